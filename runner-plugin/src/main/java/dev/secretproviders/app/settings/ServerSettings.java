package dev.secretproviders.app.settings;

import dev.secretproviders.settings.Problems;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;

/**
 * The address of the Admin API, health and metrics, from Spring Boot's sections {@code server} and {@code
 * management.server}.
 *
 * @param address the address of the Admin API; null if the field is wrong
 * @param port the port; 0 for any free port
 * @param tls whether it is served over TLS
 */
public record ServerSettings(@Nullable InetAddress address, int port, boolean tls) {
    private static final int DEFAULT_PORT = 9190;
    private static final int LARGEST_PORT = 65_535;
    private static final String EMPTY =
            "is empty, which would mean every address of this machine: write 127.0.0.1, or 0.0.0.0 to mean it";

    /**
     * Reads the sections. An address other than loopback needs TLS, because tokens cross the network to it. This check
     * reports a mistake early. {@code ClearOnLoopbackProtocol} enforces it.
     */
    static ServerSettings read(Environment environment, Problems problems) {
        InetAddress address = address(environment, "server.address", problems);
        if (address != null && !address.isLoopbackAddress() && !tls(environment)) {
            problems.add(
                    "server.address",
                    "the Admin API is served beyond this machine with TLS only: set server.ssl.certificate and"
                            + " server.ssl.certificate-private-key, and server.ssl.enabled not to false, or leave the"
                            + " address at 127.0.0.1. To serve only health and metrics to other machines, set"
                            + " management.server.address and management.server.port");
        }
        int port = port(environment, "server.port", problems);
        String management = environment.getProperty("management.server.port");
        if (management != null && !management.isBlank()) {
            int other = port(environment, "management.server.port", problems);
            if (other == port && other != 0) {
                problems.add("management.server.port", "is the same as server.port; leave it out, or choose another");
            }
            if (environment.getProperty("management.server.address") == null) {
                problems.add(
                        "management.server.address",
                        "is required with management.server.port: 127.0.0.1, or 0.0.0.0 to serve health and metrics to"
                                + " other machines");
            } else {
                InetAddress _ = address(environment, "management.server.address", problems);
            }
        }
        return new ServerSettings(address, port, tls(environment));
    }

    /** Returns the address for a browser on this machine, or null if the port is not known before the start. */
    public @Nullable URI onThisMachine() {
        if (port == 0) {
            return null;
        }
        String host = address == null || address.isAnyLocalAddress() ? "127.0.0.1" : address.getHostAddress();
        return URI.create((tls ? "https://" : "http://") + (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
    }

    /** Returns whether Boot would use TLS. */
    private static boolean tls(Environment environment) {
        return !"false".equalsIgnoreCase(environment.getProperty("server.ssl.enabled"))
                && Stream.of("server.ssl.certificate", "server.ssl.bundle", "server.ssl.key-store")
                        .map(environment::getProperty)
                        .anyMatch(value -> value != null && !value.isBlank());
    }

    private static @Nullable InetAddress address(Environment environment, String field, Problems problems) {
        String text = environment.getProperty(field);
        if (text == null || text.isBlank()) {
            problems.add(field, EMPTY);
            return null;
        }
        try {
            return InetAddress.getByName(text.strip());
        } catch (UnknownHostException e) {
            problems.add(field, "'" + text + "' is neither an address nor a host name that can be looked up");
            return null;
        }
    }

    private static int port(Environment environment, String field, Problems problems) {
        String text = environment.getProperty(field, Integer.toString(DEFAULT_PORT));
        try {
            int port = Integer.parseInt(text.strip());
            if (port >= 0 && port <= LARGEST_PORT) {
                return port;
            }
        } catch (NumberFormatException ignored) {
            // Reported below, together with numbers out of range.
        }
        problems.add(field, "expected a port from 0 to " + LARGEST_PORT + ", not '" + text + "'");
        return 0;
    }
}
