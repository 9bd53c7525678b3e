package dev.secretproviders.benchmarks.companion;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.KeyFile;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.peers.Nginx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** Measures how requests with known keys are answered while the runner is away, for a moment and permanently. */
final class Outages {
    private static final int KEYS = 100;
    private static final int CONNECTIONS = 8;
    private static final String USUAL = "/bench/companion";
    private static final String BRIEF = "/routes/brief";
    private static final String BRIEF_CONF = "{\"verdict_ttl\":1,\"grace\":1}";
    private static final Duration LONGER_THAN_BRIEF = Duration.ofMillis(2_500);
    /** So long that the worker has found the next runner, and asks it about keys. */
    private static final Duration LONGER_THAN_A_VERDICT = Duration.ofSeconds(6);

    private static final Duration A_WHILE = Duration.ofSeconds(1);

    private Outages() {}

    /**
     * The counts.
     *
     * @param requests with known keys while the runner was terminated, started, killed and started again
     * @param refused how many of them were refused
     * @param unavailable share of the requests that were answered with 503 when it was gone for longer than grace
     */
    record Measured(long requests, long refused, double unavailable) {}

    /** The answers to requests that were sent meanwhile. */
    private record Load(long requests, long refused) {}

    static Measured measure(Processors processors, Workplace workplace, Path launcher, Path plugin)
            throws IOException, InterruptedException {
        KnownKeys known = new KnownKeys(KEYS);
        Path directory = workplace.directory();
        Runner runner = new Runner("runner", launcher, new KeyFile(known.credentials()));
        try (RunningSubject first = runner.start(processors, directory);
                Nginx nginx = Nginx.start(plugin, first.socket(), 1);
                ExecutorService client = Executors.newSingleThreadExecutor()) {
            nginx.consumers(known.consumers());
            nginx.route("brief", BRIEF_CONF);
            known.requireAccepted(nginx, USUAL);
            Wrk wrk = new Wrk(Scripts.taking(known.texts(), directory), CONNECTIONS);
            AtomicBoolean over = new AtomicBoolean();
            Future<Load> driving = client.submit(() -> drive(wrk, nginx, over));
            try {
                Thread.sleep(A_WHILE);
                first.process().terminate();
                // Killed at the end of its block, like the third.
                try (RunningSubject _ = runner.startAgain(processors, directory)) {
                    Thread.sleep(LONGER_THAN_A_VERDICT);
                    known.requireAccepted(nginx, BRIEF);
                }
                Load load;
                try (RunningSubject _ = runner.startAgain(processors, directory)) {
                    Thread.sleep(LONGER_THAN_A_VERDICT);
                    over.set(true);
                    load = driving.get();
                    known.requireAccepted(nginx, BRIEF);
                }
                Thread.sleep(LONGER_THAN_BRIEF);
                return new Measured(load.requests(), load.refused(), known.answered(nginx, BRIEF, 503) / (double) KEYS);
            } catch (ExecutionException e) {
                throw new IOException("the load failed", e.getCause());
            } finally {
                over.set(true);
            }
        }
    }

    /** Sends requests until the outage ends. */
    private static Load drive(Wrk wrk, Nginx nginx, AtomicBoolean over) throws IOException, InterruptedException {
        long requests = 0;
        long refused = 0;
        while (!over.get()) {
            Wrk.Result result = wrk.run(nginx.uri().resolve(USUAL), A_WHILE);
            requests += result.requests();
            refused += result.others();
        }
        return new Load(requests, refused);
    }
}
