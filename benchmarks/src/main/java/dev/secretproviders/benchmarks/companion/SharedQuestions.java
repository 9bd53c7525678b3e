package dev.secretproviders.benchmarks.companion;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.benchmarks.subject.KeyFile;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.peers.FreePorts;
import dev.secretproviders.peers.Nginx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Measures how often workers that share what they know ask the runner about keys that are in steady use. */
final class SharedQuestions {
    private static final int KEYS = 10_000;
    private static final int WORKERS = 4;
    private static final int CONNECTIONS = 16;
    private static final String ROUTE = "/bench/companion";
    /** How often it may take until each key was asked about. */
    private static final int PATIENCE = 60;

    private static final Pattern VERDICTS =
            Pattern.compile("(?m)^secret_providers_verdicts_total\\{[^}]*verdict=\"accepted\"[^}]*} ([\\d.E+]+)$");

    private SharedQuestions() {}

    /** Returns the questions a second of all workers. */
    static double measure(Processors processors, Workplace workplace, Path launcher, Path plugin, Duration time)
            throws IOException, InterruptedException {
        KnownKeys known = new KnownKeys(KEYS);
        Path directory = workplace.directory();
        int port = FreePorts.next();
        Runner runner = new Runner("runner", launcher, new KeyFile(new Credentials(KEYS)));
        try (RunningSubject running = runner.start(processors, directory, port);
                Nginx nginx = Nginx.startSharing(plugin, running.socket(), WORKERS);
                HttpClient http = HttpClient.newHttpClient()) {
            nginx.consumers(known.consumers());
            URI metrics = URI.create("http://127.0.0.1:" + port + "/actuator/prometheus");
            Wrk wrk = new Wrk(Scripts.sending("steady", "apikey", known.texts(), KEYS, directory), CONNECTIONS);
            // The metrics come a moment after the socket.
            double asked = running.process().await(() -> questions(http, metrics));
            for (int i = 0; asked < KEYS || asked + KEYS / 100.0 < questions(http, metrics); i++) {
                if (i == PATIENCE) {
                    throw new IOException("not every key was asked about");
                }
                asked = questions(http, metrics);
                drive(wrk, nginx, Duration.ofSeconds(2));
            }
            double before = questions(http, metrics);
            long started = System.nanoTime();
            drive(wrk, nginx, time);
            double seconds = (System.nanoTime() - started) / (double) TimeUnit.SECONDS.toNanos(1);
            return (questions(http, metrics) - before) / seconds;
        }
    }

    private static void drive(Wrk wrk, Nginx nginx, Duration time) throws IOException, InterruptedException {
        Wrk.Result result = wrk.run(nginx.uri().resolve(ROUTE), time);
        if (result.others() > 0) {
            throw new IOException(result.others() + " requests with good keys were refused");
        }
    }

    private static double questions(HttpClient http, URI metrics) throws IOException, InterruptedException {
        String text = http.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString())
                .body();
        Matcher found = VERDICTS.matcher(text);
        double sum = 0;
        while (found.find()) {
            sum += Double.parseDouble(found.group(1));
        }
        return sum;
    }
}
