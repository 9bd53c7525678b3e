package dev.secretproviders.benchmarks.companion;

import dev.secretproviders.benchmarks.process.CpuClock;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.KeyFile;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.peers.Nginx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Measures a client that tries keys: how many good keys stay remembered, and the cost for the runner. */
final class WrongKeys {
    private static final int GOOD = 1_000;
    private static final int CONNECTIONS = 64;
    private static final String ROUTE = "/routes/patient";
    /** Once remembered, a key passes without the runner, until it is evicted. */
    private static final String CONF = "{\"verdict_ttl\":600,\"grace\":600,\"max_verdicts\":" + GOOD + "}";

    private WrongKeys() {}

    /**
     * The results.
     *
     * @param tried number of different keys, each answered with 401
     * @param perSecond wrong keys a second
     * @param cpuMicros processor time of the runner for each wrong key
     * @param kept share of the good keys that stayed remembered until the end
     */
    record Measured(long tried, double perSecond, double cpuMicros, double kept) {}

    static Measured measure(Processors processors, Workplace workplace, Path launcher, Path plugin, int count)
            throws IOException, InterruptedException {
        Path directory = workplace.directory();
        KnownKeys good = new KnownKeys(GOOD);
        Runner runner = new Runner("runner", launcher, new KeyFile(good.credentials()));
        try (RunningSubject running = runner.start(processors, directory);
                Nginx nginx = Nginx.start(plugin, running.socket(), 1)) {
            nginx.consumers(good.consumers());
            nginx.route("patient", CONF);
            good.requireAccepted(nginx, ROUTE);
            Wrk wrk = new Wrk(Scripts.guessing(directory), CONNECTIONS);
            CpuClock clock = new CpuClock(running.process().pid());
            CpuClock.Reading before = clock.read();
            long started = System.nanoTime();
            long tried = 0;
            for (int run = 1; tried < count; run++) {
                Wrk.Result result = wrk.run(
                        nginx.uri().resolve(ROUTE),
                        Duration.ofSeconds(count > 100_000 ? 10 : 1),
                        Integer.toString(run));
                if (result.others() > 0) {
                    throw new IOException(result.others() + " wrong keys were not answered with 401");
                }
                tried += result.requests();
            }
            double seconds = (System.nanoTime() - started) / (double) TimeUnit.SECONDS.toNanos(1);
            double cpu = clock.read().since(before) / 1e3 / tried;
            running.process().terminate();
            return new Measured(tried, tried / seconds, cpu, good.answered(nginx, ROUTE, 200) / (double) GOOD);
        }
    }
}
