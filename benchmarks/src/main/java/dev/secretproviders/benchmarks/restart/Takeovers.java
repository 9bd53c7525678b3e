package dev.secretproviders.benchmarks.restart;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.ServerProcess;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.benchmarks.subject.KeyFile;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.FreePorts;
import dev.secretproviders.peers.Nginx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** Measures planned restarts: each runner takes over from the one before, while requests come. */
final class Takeovers {
    private static final int WORKERS = 4;
    private static final int KNOWN = 100;
    /** More than are sent, so that the gateway asks about each. */
    static final int KEYS = 20_000;

    private Takeovers() {}

    /** The ways, and what the gateway knows. */
    enum Load {
        FILTER("filter"),
        KNOWN_KEYS("companion, known keys"),
        NEW_KEYS("companion, keys that it does not know"),
        RELOAD("companion, known keys, gateway reloaded");

        private final String title;

        Load(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    static Map<Load, Steady.Answers> measure(
            Processors processors, Workplace workplace, Path launcher, Path plugin, Duration load)
            throws IOException, InterruptedException {
        Path directory = workplace.directory();
        Runner runner = new Runner("runner", launcher, new KeyFile(new Credentials(KEYS)));
        Map<Load, Steady.Answers> measured = new EnumMap<>(Load.class);
        try (RunningSubject first = runner.start(processors, directory);
                Nginx nginx = Nginx.startSharing(plugin, first.socket(), WORKERS);
                RunnerClient gateway = RunnerClient.open(first.socket())) {
            nginx.consumers(Consumers.json(KEYS));
            Chain chain = new Chain(processors, launcher, directory, first.socket(), first.process());
            try {
                Way known = Way.companion(nginx, 0, KNOWN);
                warmUp(known);
                measured.put(Load.RELOAD, Steady.during(nginx::reload, known, load));
                measured.put(Load.FILTER, Steady.during(chain::takeOver, Way.filter(gateway, KEYS), load));
                warmUp(known);
                measured.put(Load.KNOWN_KEYS, Steady.during(chain::takeOver, known, load));
                measured.put(
                        Load.NEW_KEYS, Steady.during(chain::takeOver, Way.companion(nginx, KNOWN, KEYS - KNOWN), load));
            } finally {
                chain.close();
            }
        }
        return measured;
    }

    private static void warmUp(Way way) throws IOException {
        for (int i = 0; i < WORKERS * KNOWN; i++) {
            if (!way.accepted(i)) {
                throw new IOException("a good key was refused before anything happened");
            }
        }
    }

    /** Runners that take over from each other. */
    private static final class Chain implements AutoCloseable {
        private final Processors processors;
        private final Path launcher;
        private final Path directory;
        private final Path socket;
        private ServerProcess current;

        Chain(Processors processors, Path launcher, Path directory, Path socket, ServerProcess first) {
            this.processors = processors;
            this.launcher = launcher;
            this.directory = directory;
            this.socket = socket;
            this.current = first;
        }

        /** Starts the next runner, and waits until the one before has ended by itself. */
        void takeOver() throws IOException, InterruptedException {
            ServerProcess next = Runner.launch(
                    processors,
                    launcher,
                    directory.resolve("application.yaml"),
                    socket,
                    FreePorts.next(),
                    "-Xmx1g",
                    "--takeover");
            ServerProcess old = current;
            current = next;
            Duration _ = old.awaitEnd();
        }

        @Override
        public void close() {
            current.close();
        }
    }
}
