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

/** What a remembered verdict takes of a worker's memory. */
final class VerdictMemory {
    private static final String ROUTE = "/routes/patient";

    private VerdictMemory() {}

    /** Returns the bytes for one of so many, after a collection of all garbage. */
    static double measure(Processors processors, Workplace workplace, Path launcher, Path plugin, int verdicts)
            throws IOException, InterruptedException {
        Credentials credentials = new Credentials(verdicts);
        Runner runner = new Runner("runner", launcher, new KeyFile(credentials));
        try (RunningSubject running = runner.start(processors, workplace.directory());
                Nginx nginx = Nginx.start(plugin, running.socket(), 1);
                NginxConnection connection = nginx.connect()) {
            nginx.consumers(Hits.consumers(credentials));
            // Nothing is asked twice, and there is room for just so many.
            nginx.route("patient", "{\"verdict_ttl\":600,\"max_verdicts\":" + verdicts + "}");
            // The first one makes what the worker has once, however many it remembers.
            accept(connection, 0);
            long before = nginx.luaBytes();
            for (int i = 1; i < verdicts; i++) {
                accept(connection, i);
            }
            return (nginx.luaBytes() - before) / (verdicts - 1.0);
        }
    }

    private static void accept(NginxConnection connection, int credential) throws IOException {
        if (connection.get(ROUTE, Credentials.key(credential)).status() != 200) {
            throw new IOException("a good key was refused");
        }
    }
}
