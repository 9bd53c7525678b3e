package dev.secretproviders.benchmarks.companion;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.LocalRunner;
import dev.secretproviders.peers.Nginx;
import dev.secretproviders.peers.NginxConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Measures how long workers of nginx still accept a remembered key after the Admin API acknowledged its revocation. */
final class Revocations {
    private static final int WORKERS = 4;
    private static final String ROUTE = "/routes/patient";
    /** So long that remembered verdicts do not expire. */
    private static final String CONF = "{\"verdict_ttl\":600}";

    private static final String CONSUMER =
            "[{\"username\":\"jack\",\"plugins\":{\"key-auth\":{\"key\":\"$secret://local/own/jack/key\"}}}]";
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private Revocations() {}

    /** Returns the milliseconds of each revocation; 0 if it was in force when it was acknowledged. */
    static List<Double> measure(Processors processors, Workplace workplace, Path launcher, Path plugin, int times)
            throws IOException, InterruptedException {
        List<Double> millis = new ArrayList<>();
        try (LocalRunner runner = LocalRunner.start(processors, workplace.directory(), launcher, CONSUMER);
                Nginx nginx = Nginx.start(plugin, runner.socket(), WORKERS)) {
            nginx.consumers(CONSUMER);
            nginx.route("patient", CONF);
            List<NginxConnection> workers = nginx.connectToEach(ROUTE);
            runner.put("/admin/providers/local/own", "{\"rotation\":{\"overlap\":\"0\"}}");
            for (int i = 0; i < times; i++) {
                String key = "key-of-jack-" + i;
                runner.put("/admin/secrets/own/jack", "{\"fields\":{\"key\":\"" + key + "\"}}");
                await(workers, key);
                millis.add(revoke(runner, workers, key));
            }
            for (NginxConnection worker : workers) {
                worker.close();
            }
        }
        return millis;
    }

    private static void await(List<NginxConnection> workers, String key) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE;
        while (accepting(workers, key) < workers.size()) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("a new key was not accepted by every worker within 10 s");
            }
            Thread.sleep(1);
        }
    }

    private static double revoke(LocalRunner runner, List<NginxConnection> workers, String key)
            throws IOException, InterruptedException {
        CompletableFuture<Long> acknowledged = CompletableFuture.supplyAsync(
                () -> {
                    runner.post(
                            "/admin/revoke", "{\"provider\":\"local/own\",\"path\":\"jack\",\"version\":\"current\"}");
                    return System.nanoTime();
                },
                Thread::startVirtualThread);
        long end = System.nanoTime() + PATIENCE;
        long lastAccepted = System.nanoTime();
        while (accepting(workers, key) > 0) {
            lastAccepted = System.nanoTime();
            if (lastAccepted - end > 0) {
                throw new IOException("a revoked key was still accepted after 10 s");
            }
        }
        try {
            return Math.max(0, lastAccepted - acknowledged.get()) / 1e6;
        } catch (ExecutionException e) {
            throw new IOException("the revocation failed", e.getCause());
        }
    }

    private static int accepting(List<NginxConnection> workers, String key) throws IOException {
        int accepting = 0;
        for (NginxConnection worker : workers) {
            accepting += worker.get(ROUTE, key).status() == 200 ? 1 : 0;
        }
        return accepting;
    }
}
