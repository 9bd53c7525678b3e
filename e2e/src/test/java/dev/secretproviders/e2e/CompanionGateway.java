package dev.secretproviders.e2e;

import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Nginx;
import dev.secretproviders.peers.NginxConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * nginx with the plugin for APISIX in front of the runner in a directory, and a connection to each of its workers. By
 * default, route {@value #ROUTE} has the plugin's default configuration.
 */
final class CompanionGateway implements AutoCloseable {
    static final Path PLUGIN = Path.of("../apisix-plugin").toAbsolutePath().normalize();
    static final String ROUTE = "/routes/default";
    static final int WORKERS = 4;

    private final Nginx nginx;
    private final List<NginxConnection> workers;

    private CompanionGateway(Nginx nginx, List<NginxConnection> workers) {
        this.nginx = nginx;
        this.workers = workers;
    }

    /**
     * Starts nginx.
     *
     * @param directory the runner's
     * @param consumers in APISIX's form; see {@link Nginx#consumers}
     */
    static CompanionGateway start(Path directory, String consumers) throws IOException {
        return start(directory, consumers, "{}");
    }

    /**
     * Starts nginx with a configuration of the route. The first request fixes its settings of the workers' memory.
     *
     * @param directory the runner's
     * @param consumers in APISIX's form; see {@link Nginx#consumers}
     * @param conf the plugin's configuration on {@value #ROUTE}, as JSON
     */
    static CompanionGateway start(Path directory, String consumers, String conf) throws IOException {
        Nginx nginx = Nginx.start(PLUGIN, RunnerProcess.socket(directory), WORKERS);
        try {
            nginx.consumers(consumers);
            nginx.route("default", conf);
            return new CompanionGateway(nginx, nginx.connectToEach(ROUTE));
        } catch (IOException | RuntimeException | Error e) {
            nginx.close();
            throw e;
        }
    }

    /**
     * Returns consumers and credentials of a standalone configuration in the form of {@link Nginx#consumers}.
     *
     * @param yaml the configuration
     */
    static String apisix(String yaml) {
        Map<String, ObjectNode> consumers = new LinkedHashMap<>();
        Object read = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
        for (JsonNode entry : JsonMapper.shared().valueToTree(read).get("consumers")) {
            if (entry.has("username")) {
                consumers.put(entry.get("username").asString(), (ObjectNode) entry);
            } else {
                String[] id = entry.get("id").asString().split("/", -1);
                Objects.requireNonNull(consumers.get(id[0]))
                        .withObject("/credentials")
                        .set(id[2], entry.get("plugins"));
            }
        }
        return JsonMapper.shared().writeValueAsString(consumers.values());
    }

    Nginx nginx() {
        return nginx;
    }

    /** Returns one connection to each worker. */
    List<NginxConnection> workers() {
        return workers;
    }

    /** Returns another connection, to any of the workers. */
    NginxConnection connection() throws IOException {
        return nginx.connect();
    }

    /** Returns each worker's answer to a key. */
    List<Integer> statuses(String route, String key) throws IOException {
        List<Integer> statuses = new ArrayList<>();
        for (NginxConnection worker : workers) {
            statuses.add(worker.get(route, key).status());
        }
        return statuses;
    }

    List<Integer> statuses(String key) throws IOException {
        return statuses(ROUTE, key);
    }

    /** Waits until each worker answers with this status; it then remembers its verdict, if there is one. */
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
        for (NginxConnection worker : workers) {
            try {
                worker.close();
            } catch (IOException e) {
                // It has ended in any case.
            }
        }
        nginx.close();
    }
}
