package dev.secretproviders.app;

import dev.secretproviders.settings.Problems;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;

/**
 * Where the Admin API is served, as Spring Boot's own section {@code server} says.
 *
 * @param port the port
 * @param tls whether it speaks TLS
 */
record ServerSettings(int port, boolean tls) {
    private static final int DEFAULT_PORT = 9190;

    /** Reads what is needed; an address that is not this machine's own needs TLS, for tokens cross the network to it. */
    static ServerSettings read(Environment environment, Problems problems) {
        String address = environment.getProperty("server.address");
        boolean tls = Stream.of("server.ssl.certificate", "server.ssl.bundle", "server.ssl.key-store")
                .anyMatch(name -> environment.getProperty(name) != null);
        if (!tls && !isLoopback(address)) {
            problems.add(
                    "server.address",
                    "the Admin API is served beyond this machine with TLS only: set server.ssl.certificate and"
                            + " server.ssl.certificate-private-key, or leave the address at 127.0.0.1. To have only health"
                            + " and metrics reached from elsewhere, set management.server.address and"
                            + " management.server.port");
        }
        return new ServerSettings(environment.getProperty("server.port", Integer.class, DEFAULT_PORT), tls);
    }

    /** An address that nobody can look up is refused by the server itself. */
    private static boolean isLoopback(@Nullable String address) {
        try {
            return address != null && InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
