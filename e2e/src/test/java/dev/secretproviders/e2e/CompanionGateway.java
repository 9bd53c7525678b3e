package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Nginx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/**
 * nginx with the plugin for APISIX, before the runner in a directory, and a connection to each of its workers. Route {@value
 * #ROUTE} has the plugin's defaults.
 */
final class CompanionGateway implements AutoCloseable {
    static final Path PLUGIN = Path.of("../apisix-plugin").toAbsolutePath().normalize();
    static final String ROUTE = "/routes/default";
    static final int WORKERS = 4;

    private static final int TRIES = 1_000;

    private final Nginx nginx;
    private final List<GatewayConnection> workers;

    private CompanionGateway(Nginx nginx, List<GatewayConnection> workers) {
        this.nginx = nginx;
        this.workers = workers;
    }

    /**
     * Starts it.
     *
     * @param directory the runner's
     * @param consumers as APISIX would know them; see {@link Nginx#consumers}
     */
    static CompanionGateway start(Path directory, String consumers) throws IOException {
        Nginx nginx = Nginx.start(PLUGIN, RunnerProcess.socket(directory), WORKERS);
        try {
            nginx.consumers(consumers);
            nginx.route("default", "{}");
            return new CompanionGateway(nginx, connect(nginx));
        } catch (IOException | RuntimeException | Error e) {
            nginx.close();
            throw e;
        }
    }

    /** Which worker takes a connection is up to the kernel: it is tried until each of them has one. */
    private static List<GatewayConnection> connect(Nginx nginx) throws IOException {
        Map<Integer, GatewayConnection> found = new TreeMap<>();
        for (int i = 0; i < TRIES && found.size() < WORKERS; i++) {
            GatewayConnection connection = GatewayConnection.open(nginx.uri());
            int worker = connection.get(ROUTE, List.of()).worker();
            if (found.putIfAbsent(worker, connection) != null) {
                connection.close();
            }
        }
        assertThat(found).as("workers that answer").hasSize(WORKERS);
        return List.copyOf(found.values());
    }

    Nginx nginx() {
        return nginx;
    }

    /** One connection to each worker. */
    List<GatewayConnection> workers() {
        return workers;
    }

    /** Returns one more connection, to any of the workers. */
    GatewayConnection connection() throws IOException {
        return GatewayConnection.open(nginx.uri());
    }

    /** Returns what each worker answers to a key. */
    List<Integer> statuses(String route, String key) throws IOException {
        List<Integer> statuses = new ArrayList<>();
        for (GatewayConnection worker : workers) {
            statuses.add(worker.get(route, key).status());
        }
        return statuses;
    }

    List<Integer> statuses(String key) throws IOException {
        return statuses(ROUTE, key);
    }

    /** Waits until each worker answers so; it then remembers its verdict, if there is one. */
    void awaitStatus(int status, String key) {
        awaitStatus(status, ROUTE, key, Duration.ofSeconds(15));
    }

    void awaitStatus(int status, String route, String key, Duration longest) {
        await("status " + status + " at all workers")
                .atMost(longest)
                .pollInterval(Duration.ofMillis(10))
                .until(all(route, key), statuses -> statuses.stream().allMatch(one -> one == status));
    }

    private Callable<List<Integer>> all(String route, String key) {
        return () -> statuses(route, key);
    }

    @Override
    public void close() {
        for (GatewayConnection worker : workers) {
            try {
                worker.close();
            } catch (IOException e) {
                // It is gone either way.
            }
        }
        nginx.close();
    }
}
