package dev.secretproviders.benchmarks.companion;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.KeyFile;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.peers.Nginx;
import java.io.IOException;
import java.nio.file.Path;

/** Measures how much of a worker's memory a remembered verdict takes. */
final class VerdictMemory {
    private static final String ROUTE = "/routes/patient";

    private VerdictMemory() {}

    /** Returns the bytes of one verdict when a worker remembers this many, after a full garbage collection. */
    static double measure(Processors processors, Workplace workplace, Path launcher, Path plugin, int verdicts)
            throws IOException, InterruptedException {
        KnownKeys all = new KnownKeys(verdicts);
        Runner runner = new Runner("runner", launcher, new KeyFile(all.credentials()));
        try (RunningSubject running = runner.start(processors, workplace.directory());
                Nginx nginx = Nginx.start(plugin, running.socket(), 1)) {
            nginx.consumers(all.consumers());
            // No key is asked about twice, and there is room for exactly this many.
            nginx.route("patient", "{\"verdict_ttl\":600,\"max_verdicts\":" + verdicts + "}");
            // The first request creates what the worker needs once, independent of the number of verdicts.
            new KnownKeys(1).requireAccepted(nginx, ROUTE);
            long before = nginx.luaBytes();
            all.requireAccepted(nginx, ROUTE);
            return (nginx.luaBytes() - before) / (verdicts - 1.0);
        }
    }
}
