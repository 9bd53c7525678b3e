package dev.secretproviders.benchmarks.companion;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.KeyFile;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.peers.Nginx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Requests with known keys: the plugin against a table of keys, and against no check at all. */
final class Hits {
    /** The worker asks about each key again every five seconds; the costs include this. */
    private static final int KEYS = 100;

    private static final int CONNECTIONS = 32;
    private static final String ALWAYS_ASKING = "{\"verdict_ttl\":0}";

    private Hits() {}

    /** What checks the key. */
    enum Check {
        PLUGIN("the companion", "/bench/companion"),
        TABLE("a Lua table in its place", "/bench/table"),
        NOTHING("no check", "/bench/nothing");

        private final String title;
        private final String path;

        Check(String title, String path) {
            this.title = title;
            this.path = path;
        }

        String title() {
            return title;
        }
    }

    /** Measurements of one check; throughput in requests a second, times in microseconds. */
    record Measured(List<Double> perSecond, List<Double> median, List<Double> p99) {
        Measured() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }
    }

    static Map<Check, Measured> measure(
            Processors processors, Workplace workplace, Path launcher, Path plugin, CompanionEffort effort)
            throws IOException, InterruptedException {
        KnownKeys known = new KnownKeys(KEYS);
        Path directory = workplace.directory();
        Runner runner = new Runner("runner", launcher, new KeyFile(known.credentials()));
        try (RunningSubject running = runner.start(processors, directory);
                Nginx nginx = Nginx.start(plugin, running.socket(), 1)) {
            nginx.consumers(known.consumers());
            processors.giveToServer(nginx.master());
            for (long worker : nginx.workers()) {
                processors.giveToServer(worker);
            }
            Wrk wrk = new Wrk(Scripts.taking(known.texts(), directory), CONNECTIONS);
            warmUp(wrk, nginx, effort);
            return measure(wrk, nginx, effort);
        }
    }

    /**
     * Warms up the runner: known keys cause so few questions that its code would stay interpreted, unlike after minutes
     * of use.
     */
    private static void warmUp(Wrk wrk, Nginx nginx, CompanionEffort effort) throws IOException, InterruptedException {
        nginx.route("asking", ALWAYS_ASKING);
        Wrk.Result result = wrk.run(nginx.uri().resolve("/routes/asking"), effort.warmUp());
        if (result.others() > 0) {
            throw new IOException(result.others() + " requests were refused while the runner was warmed up");
        }
    }

    private static Map<Check, Measured> measure(Wrk wrk, Nginx nginx, CompanionEffort effort)
            throws IOException, InterruptedException {
        Map<Check, Measured> all = new EnumMap<>(Check.class);
        for (int round = 0; round <= effort.rounds(); round++) {
            for (Check check : Check.values()) {
                Wrk.Result result = wrk.run(nginx.uri().resolve(check.path), effort.slice());
                if (result.others() > 0) {
                    throw new IOException(check.title + ": " + result.others() + " requests were refused");
                }
                // The first round warms up.
                if (round > 0) {
                    Measured measured = all.computeIfAbsent(check, _ -> new Measured());
                    measured.perSecond().add(result.perSecond());
                    measured.median().add(result.median());
                    measured.p99().add(result.p99());
                }
            }
        }
        return all;
    }
}
