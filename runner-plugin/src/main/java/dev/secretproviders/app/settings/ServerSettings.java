package dev.secretproviders.app.settings;

import dev.secretproviders.spi.Problems;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;

/**
 * Where the Admin API, health and metrics are served, as Spring Boot's own sections {@code server} and {@code management.server} say.
 *
 * @param address where the Admin API listens; null if that is wrong
 * @param port the port; 0 for any
 */
public record ServerSettings(@Nullable InetAddress address, int port) {
    private static final int DEFAULT_PORT = 9190;
    private static final int LARGEST_PORT = 65_535;
    private static final String EMPTY =
            "is empty, which would mean every address of this machine: write 127.0.0.1, or 0.0.0.0 to mean it";

    /**
     * Reads what is needed. An address that is not this machine's own needs TLS, for tokens cross the network to it; this says so early,
     * {@code ClearOnLoopbackProtocol} sees to it.
     */
    static ServerSettings read(Environment environment, Problems problems) {
        InetAddress address = address(environment, "server.address", problems);
        if (address != null && !address.isLoopbackAddress() && !tls(environment)) {
            problems.add(
                    "server.address",
                    "the Admin API is served beyond this machine with TLS only: set server.ssl.certificate and"
                            + " server.ssl.certificate-private-key, and server.ssl.enabled not to false, or leave the"
                            + " address at 127.0.0.1. To have only health and metrics reached from elsewhere, set"
                            + " management.server.address and management.server.port");
        }
        int port = port(environment, "server.port", problems);
        String management = environment.getProperty("management.server.port");
        if (management != null && !management.isBlank()) {
            int other = port(environment, "management.server.port", problems);
            if (other == port && other != 0) {
                problems.add("management.server.port", "is that of server.port; leave it out, or take another");
            }
            if (environment.getProperty("management.server.address") == null) {
                problems.add(
                        "management.server.address",
                        "is required beside management.server.port: 127.0.0.1, or 0.0.0.0 to serve health and metrics to"
                                + " other machines");
            } else {
                InetAddress _ = address(environment, "management.server.address", problems);
            }
        }
        return new ServerSettings(address, port);
    }

    /** As Boot decides it. */
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
            problems.add(field, "'" + text + "' is no address and no name of one that can be looked up");
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
            // Said below, together with numbers out of range.
        }
        problems.add(field, "expected a port from 0 to " + LARGEST_PORT + ", not '" + text + "'");
        return 0;
    }
}
