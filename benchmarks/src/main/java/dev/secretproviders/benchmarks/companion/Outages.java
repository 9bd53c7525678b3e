package dev.secretproviders.benchmarks.companion;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.benchmarks.subject.KeyFile;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.peers.Nginx;
import dev.secretproviders.peers.NginxConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/** The runner goes away, for a moment and for good: what becomes of requests with known keys. */
final class Outages {
    private static final int CONNECTIONS = 8;
    private static final String USUAL = "/bench/companion";
    private static final String BRIEF = "/routes/brief";
    private static final String BRIEF_CONF = "{\"verdict_ttl\":1,\"grace\":1}";
    private static final Duration LONGER_THAN_BRIEF = Duration.ofMillis(2_500);
    /** Longer than the usual verdict_ttl: keys are asked about again. */
    private static final Duration LONGER_THAN_A_VERDICT = Duration.ofSeconds(6);

    private static final Duration A_WHILE = Duration.ofSeconds(1);

    private Outages() {}

    /**
     * What was counted.
     *
     * @param requests with known keys while the runner was terminated, started, killed and started again
     * @param refused of them
     * @param unavailable share of the requests that were answered with 503 when it was gone for longer than verdict_ttl and grace
     */
    record Measured(long requests, long refused, double unavailable) {}

    static Measured measure(Processors processors, Workplace workplace, Path launcher, Path plugin, int known)
            throws IOException, InterruptedException {
        Credentials credentials = new Credentials(known);
        Path directory = workplace.directory();
        List<String> keys = IntStream.range(0, known).mapToObj(Credentials::key).toList();
        Runner runner = new Runner("runner", launcher, new KeyFile(credentials));
        try (RunningSubject first = runner.start(processors, directory);
                Nginx nginx = Nginx.start(plugin, first.socket(), 1);
                ExecutorService client = Executors.newSingleThreadExecutor()) {
            nginx.consumers(Hits.consumers(credentials));
            nginx.route("brief", BRIEF_CONF);
            require(answers(nginx, USUAL, keys, 200) == known, "a good key was refused");
            Wrk wrk = new Wrk(Scripts.taking(keys, directory), CONNECTIONS);
            AtomicBoolean over = new AtomicBoolean();
            Future<long[]> load = client.submit(() -> drive(wrk, nginx, over));
            try {
                Thread.sleep(A_WHILE);
                first.process().terminate();
                try (RunningSubject second = runner.startAgain(processors, directory)) {
                    Thread.sleep(LONGER_THAN_A_VERDICT);
                    require(answers(nginx, BRIEF, keys, 200) == known, "a good key was refused after the restart");
                    second.process().close();
                }
                try (RunningSubject third = runner.startAgain(processors, directory)) {
                    Thread.sleep(LONGER_THAN_A_VERDICT);
                    over.set(true);
                    long[] counts = load.get();
                    require(answers(nginx, BRIEF, keys, 200) == known, "a good key was refused after both restarts");
                    third.process().close();
                    Thread.sleep(LONGER_THAN_BRIEF);
                    return new Measured(counts[0], counts[1], answers(nginx, BRIEF, keys, 503) / (double) keys.size());
                }
            } catch (ExecutionException e) {
                throw new IOException("the load failed", e.getCause());
            } finally {
                over.set(true);
            }
        }
    }

    /** Sends requests until it is over; returns how many, and how many of them were refused. */
    private static long[] drive(Wrk wrk, Nginx nginx, AtomicBoolean over) throws IOException, InterruptedException {
        long requests = 0;
        long refused = 0;
        while (!over.get()) {
            Wrk.Result result = wrk.run(nginx.uri().resolve(USUAL), A_WHILE);
            requests += result.requests();
            refused += result.others();
        }
        return new long[] {requests, refused};
    }

    /** Returns how many of the keys get this status. */
    private static long answers(Nginx nginx, String target, List<String> keys, int status) throws IOException {
        long count = 0;
        try (NginxConnection connection = nginx.connect()) {
            for (String key : keys) {
                count += connection.get(target, key).status() == status ? 1 : 0;
            }
        }
        return count;
    }

    private static void require(boolean holds, String otherwise) throws IOException {
        if (!holds) {
            throw new IOException(otherwise);
        }
    }
}
