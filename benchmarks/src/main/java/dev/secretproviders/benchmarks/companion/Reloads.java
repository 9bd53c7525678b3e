package dev.secretproviders.benchmarks.companion;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.KeyFile;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.peers.Nginx;
import dev.secretproviders.peers.NginxConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** Measures how requests with known keys are answered while nginx is reloaded, with the runner and without it. */
final class Reloads {
    private static final int KEYS = 100;
    private static final int WORKERS = 4;
    private static final int CLIENTS = 4;
    private static final String ROUTE = "/bench/companion";
    private static final long A_WHILE = 2_000;

    private Reloads() {}

    /** The answers; refused is what was not answered with 200. */
    record Measured(long requests, long refused) {}

    static Measured measure(Processors processors, Workplace workplace, Path launcher, Path plugin)
            throws IOException, InterruptedException {
        KnownKeys known = new KnownKeys(KEYS);
        Runner runner = new Runner("runner", launcher, new KeyFile(known.credentials()));
        AtomicBoolean over = new AtomicBoolean();
        try (RunningSubject running = runner.start(processors, workplace.directory());
                Nginx nginx = Nginx.startSharing(plugin, running.socket(), WORKERS);
                ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            nginx.consumers(known.consumers());
            known.requireAccepted(nginx, ROUTE);
            List<Future<Measured>> driving = new ArrayList<>();
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    driving.add(clients.submit(() -> drive(nginx, known.texts(), over)));
                }
                Thread.sleep(A_WHILE);
                nginx.reload();
                Thread.sleep(A_WHILE);
                running.process().terminate();
                nginx.reload();
                Thread.sleep(2 * A_WHILE);
            } finally {
                over.set(true);
            }
            return sum(driving);
        }
    }

    private static Measured sum(List<Future<Measured>> driving) throws IOException, InterruptedException {
        long requests = 0;
        long refused = 0;
        try {
            for (Future<Measured> one : driving) {
                requests += one.get().requests();
                refused += one.get().refused();
            }
        } catch (ExecutionException e) {
            throw new IOException("a client failed", e.getCause());
        }
        return new Measured(requests, refused);
    }

    /** Sends requests. nginx closes connections of workers that it replaces, so what it did not answer is sent again. */
    private static Measured drive(Nginx nginx, List<String> keys, AtomicBoolean over) throws IOException {
        long requests = 0;
        long refused = 0;
        NginxConnection connection = nginx.connect();
        try {
            while (!over.get()) {
                try {
                    int status = connection
                            .get(ROUTE, keys.get((int) (requests % keys.size())))
                            .status();
                    requests++;
                    refused += status == 200 ? 0 : 1;
                } catch (IOException e) {
                    connection.close();
                    connection = nginx.connect();
                }
            }
        } finally {
            connection.close();
        }
        return new Measured(requests, refused);
    }
}
