package dev.secretproviders.app.cli;

import dev.secretproviders.settings.Problems;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Tries to reach the servers that a configuration names. It connects and sends nothing. */
final class ConnectionCheck {
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final Map<String, Integer> PORTS = Map.of("http", 80, "https", 443, "tcp", 601);

    private ConnectionCheck() {}

    /** Adds a problem for each server that cannot be reached. */
    static void check(Map<String, String> fields, Problems problems) {
        Map<String, Future<Optional<String>>> attempts = new LinkedHashMap<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            fields.forEach((field, value) -> {
                for (String each : List.of(value.split(",", -1))) {
                    URI destination = destination(each.strip());
                    if (destination != null) {
                        attempts.put(field, threads.submit(attempt(destination)));
                    }
                }
            });
        }
        attempts.forEach((field, attempt) -> reason(attempt)
                .ifPresent(
                        reason -> problems.add(field, reason + "; is it right, and may this machine connect to it?")));
    }

    private static @Nullable URI destination(String value) {
        try {
            URI uri = new URI(value);
            boolean known =
                    uri.getScheme() != null && PORTS.containsKey(uri.getScheme().toLowerCase(Locale.ROOT));
            return known && uri.getHost() != null ? uri : null;
        } catch (URISyntaxException e) {
            // The reader of the field reports it if the field needs an address.
            return null;
        }
    }

    /** Returns a task that tries a destination and returns why it cannot be reached. */
    private static Callable<Optional<String>> attempt(URI destination) {
        String host = destination.getHost().replaceAll("[\\[\\]]", "");
        int port = destination.getPort() < 0
                ? PORTS.getOrDefault(destination.getScheme().toLowerCase(Locale.ROOT), 0)
                : destination.getPort();
        return () -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(host, port), (int) PATIENCE.toMillis());
                return Optional.empty();
            } catch (UnknownHostException e) {
                return Optional.of("the name " + host + " cannot be looked up");
            } catch (IOException e) {
                return Optional.of(host + ":" + port + " cannot be reached (" + e.getMessage() + ")");
            }
        };
    }

    private static Optional<String> reason(Future<Optional<String>> attempt) {
        try {
            return attempt.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("was not tried");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
