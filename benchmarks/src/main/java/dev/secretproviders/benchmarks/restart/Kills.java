package dev.secretproviders.benchmarks.restart;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.ServerProcess;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.benchmarks.subject.KeyFile;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.FreePorts;
import dev.secretproviders.peers.KeptSockets;
import dev.secretproviders.peers.Nginx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Measures what a killed runner costs whose sockets another process keeps, as systemd does. */
final class Kills {
    private static final Duration LOAD = Duration.ofSeconds(8);
    /** Each run through the companion has keys of its own, because the companion remembers those it has seen. */
    private static final int KEYS_OF_A_RUN = Steady.requests(LOAD);

    private static final List<Boolean> BUSY = List.of(false, true);
    /** Spinning processes for each processor. */
    private static final int EACH = 2;

    private static final Duration READY = Duration.ofMinutes(1);

    private Kills() {}

    /**
     * The answers.
     *
     * @param busy whether all processors were busy
     * @param companion whether the requests went through the companion, with keys that it did not know
     */
    record Measured(boolean busy, boolean companion, List<Steady.Answers> runs) {}

    static List<Measured> measure(Processors processors, Workplace workplace, Path launcher, Path plugin, int kills)
            throws IOException, InterruptedException {
        Path directory = Files.createDirectory(workplace.directory().resolve("kills"));
        Path config = directory.resolve("application.yaml");
        Path socket = directory.resolve("runner.sock");
        List<Measured> measured = new ArrayList<>();
        int keys = BUSY.size() * kills * KEYS_OF_A_RUN;
        int fresh = 0;
        var _ = new KeyFile(new Credentials(keys)).prepare(directory, config);
        try (Weights weights = Weights.of(Weights.OF_THE_UNIT).orElse(null);
                KeptSockets kept = KeptSockets.start(
                        List.of(socket, directory.resolve("runner.sock.events")),
                        command(processors, launcher, config, socket, weights),
                        Runner.environment(FreePorts.next(), "-Xmx512m"),
                        directory.resolve("server.log"));
                Nginx nginx = Nginx.start(plugin, socket, 1);
                RunnerClient gateway = RunnerClient.open(socket)) {
            nginx.consumers(Consumers.json(keys));
            for (boolean busy : BUSY) {
                for (boolean companion : List.of(false, true)) {
                    List<Steady.Answers> runs = new ArrayList<>();
                    for (int i = 0; i < kills; i++) {
                        awaitReady(Way.filter(gateway, keys));
                        Way way = Way.filter(gateway, keys);
                        if (companion) {
                            way = Way.companion(nginx, fresh, KEYS_OF_A_RUN);
                            fresh += KEYS_OF_A_RUN;
                        }
                        try (Spinning _ = Spinning.start(busy, processors.undivided(), directory, weights)) {
                            runs.add(Steady.during(() -> kept.restart(true), way, LOAD));
                        }
                    }
                    measured.add(new Measured(busy, companion, runs));
                }
            }
        }
        return measured;
    }

    private static List<String> command(
            Processors processors, Path launcher, Path config, Path socket, @Nullable Weights weights) {
        List<String> command = new ArrayList<>();
        if (weights != null) {
            command.addAll(weights.runner().words());
        }
        command.addAll(processors.undivided().onServer(Runner.command(launcher, config, socket)));
        return command;
    }

    /** Processes that keep the processors busy. */
    private record Spinning(List<ServerProcess> processes) implements AutoCloseable {
        static Spinning start(boolean busy, Processors all, Path directory, @Nullable Weights weights)
                throws IOException {
            Spinning spinning = new Spinning(new ArrayList<>());
            try {
                for (int i = 0; busy && i < EACH * all.serverCount(); i++) {
                    ServerProcess process =
                            ServerProcess.start(all, directory, List.of("sh", "-c", "while :; do :; done"), Map.of());
                    spinning.processes.add(process);
                    if (weights != null) {
                        weights.load().add(process.pid());
                    }
                }
                return spinning;
            } catch (IOException | RuntimeException e) {
                spinning.close();
                throw e;
            }
        }

        @Override
        public void close() {
            processes.forEach(ServerProcess::close);
        }
    }

    private static void awaitReady(Way way) throws IOException, InterruptedException {
        long end = System.nanoTime() + READY.toNanos();
        while (!way.accepted(0)) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("the runner does not answer");
            }
            Thread.sleep(50);
        }
        // The management endpoints start after the first answer, and would be measured otherwise.
        Thread.sleep(3_000);
    }
}
