package dev.secretproviders.benchmarks.restart;

import dev.secretproviders.benchmarks.process.CpuGroup;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.ServerProcess;
import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.peers.Nginx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Requests that keep all processors busy until it is closed: as many as nginx answers without a runner. */
final class RequestLoad implements AutoCloseable {
    private static final Path NO_RUNNER = Path.of("/nonexistent/runner.sock");
    private static final int CONNECTIONS = 64;
    /** Longer than any start may take. */
    private static final String DURATION = "300s";

    private static final Duration SETTLE = Duration.ofSeconds(1);

    private final Nginx nginx;
    private final ServerProcess client;

    private RequestLoad(Nginx nginx, ServerProcess client) {
        this.nginx = nginx;
        this.client = client;
    }

    /** Starts it, with a worker and a thread of the client for each processor, and waits until it is in full swing. */
    static RequestLoad start(Processors all, Path directory, Path plugin) throws IOException, InterruptedException {
        String each = Integer.toString(all.serverCount());
        Nginx nginx = Nginx.start(plugin, NO_RUNNER, all.serverCount());
        try {
            nginx.consumers(Consumers.json(1));
            // This process, and what it starts, has one processor.
            all.giveToServer(nginx.master());
            for (long worker : nginx.workers()) {
                all.giveToServer(worker);
            }
            ServerProcess client = ServerProcess.start(
                    all,
                    directory,
                    List.of(
                            "wrk",
                            "--threads",
                            each,
                            "--connections",
                            Integer.toString(CONNECTIONS),
                            "--duration",
                            DURATION,
                            "--header",
                            "apikey: " + Credentials.key(0),
                            nginx.uri().resolve("/bench/table").toString()),
                    Map.of());
            Thread.sleep(SETTLE);
            return new RequestLoad(nginx, client);
        } catch (IOException | InterruptedException | RuntimeException e) {
            nginx.close();
            throw e;
        }
    }

    /** Puts all its processes into a group. */
    void moveTo(CpuGroup group) throws IOException {
        group.add(client.pid());
        group.add(nginx.master());
        for (long worker : nginx.workers()) {
            group.add(worker);
        }
    }

    @Override
    public void close() {
        client.close();
        nginx.close();
    }
}
