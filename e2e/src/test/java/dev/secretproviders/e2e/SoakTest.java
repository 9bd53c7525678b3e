package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.e2e.ProcessWatch.Holdings;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.peers.FaultProxy;
import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs a runner with short TTLs for many minutes under the events of months: constant load of valid and wrong
 * credentials, rotations of them and of a certificate, revocations, consumers that come and go, faults of OpenBao,
 * moto and etcd. No resource grows, and no decision is wrong. {@code scripts/soak} runs it; without {@code
 * -Dsoak.minutes} it is skipped.
 */
@EnabledIfSystemProperty(named = "soak.minutes", matches = "[0-9.]+", disabledReason = "scripts/soak runs it")
class SoakTest {
    private static final int SECRETS_OF_EACH = 12;
    private static final int LOAD_CONNECTIONS = 3;
    private static final Duration PAUSE_OF_LOAD = Duration.ofMillis(10);
    private static final Duration OVERLAP = Duration.ofSeconds(5);
    /** A margin for a process that was not scheduled in time; test and runner use the same clock. */
    private static final Duration MARGIN = Duration.ofSeconds(1);
    /** Time for the longest fault, the back-off after it, and a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final Duration BETWEEN_SAMPLES = Duration.ofSeconds(5);
    /** The part of the run in which caches fill and code is compiled. */
    private static final double WARM_UP = 1.0 / 3;
    /** The whole heap is touched at the start, so that later growth of the process is outside of the heap. */
    private static final String[] HEAP = {"-Xms160m", "-Xmx160m", "-XX:+AlwaysPreTouch"};

    private static final double MEGABYTE = 1 << 20;

    @TempDir
    Path directory;

    private final double minutes = Double.parseDouble(System.getProperty("soak.minutes", "1"));
    private final Path results = Path.of(System.getProperty("soak.results", "target/soak"));
    private final Decisions decisions = new Decisions();
    private final AtomicInteger rotations = new AtomicInteger();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final List<Sample> samples = new ArrayList<>();

    /** The figures at one moment, in minutes since the start. */
    private record Sample(double minute, Holdings holdings, long decisions, int wrong) {}

    /** What goes on until it is stopped. */
    @FunctionalInterface
    private interface Doing {
        void until(CountDownLatch stop) throws InterruptedException;
    }

    /** One of the figures that must not grow. */
    private record Figure(String name, double allowed, ToDoubleFunction<Holdings> of) {}

    private static final List<Figure> FIGURES = List.of(
            new Figure("live heap, MB", 1, held -> held.heap() / MEGABYTE),
            new Figure("resident memory, MB", 32, held -> held.resident() / MEGABYTE),
            new Figure("threads", 3, Holdings::threads),
            new Figure("descriptors", 5, Holdings::descriptors),
            new Figure("connections", 5, Holdings::connections));

    @Test
    void nothingGrowsAndNoDecisionIsWrong() throws Exception {
        try (OpenBao bao = OpenBao.start();
                Moto moto = Moto.start();
                Etcd etcd = Etcd.start();
                ApisixAdminApi gateway = ApisixAdminApi.start();
                FaultProxy toBao = FaultProxy.before(bao.uri());
                FaultProxy toMoto = FaultProxy.before(moto.uri());
                FaultProxy toEtcd = FaultProxy.before(etcd.endpoint())) {
            bao.enableKv("kv", 2);
            List<RotatingSecret> secrets = secrets(bao, moto, etcd);
            Map<String, String> environment =
                    Map.of("TOKEN_OF_TEST", bao.rootToken(), "AWS_SECRET_OF_TEST", "secret-of-test");
            try (RunnerProcess runner = RunnerProcess.start(
                            directory,
                            yaml(toBao, toMoto, toEtcd) + SoakCertificates.yaml(gateway),
                            environment,
                            RunnerCommand.installed(HEAP));
                    AdminClient admin = runner.admin();
                    ProcessWatch watch = ProcessWatch.of(runner.pid())) {
                admin.put("/admin/providers/local/own", "{}").expect(201);
                try (RunnerClient client = runner.client()) {
                    for (RotatingSecret secret : secrets) {
                        secret.awaitAccepted(RotatingSecret.Asking.of(client), PATIENCE);
                    }
                }
                SoakCertificates certificates = new SoakCertificates(bao, gateway);
                certificates.create(admin);
                Holdings atRest = watch.look();
                SoakGuests guests = new SoakGuests(runner, admin, decisions, bao, moto, etcd);
                SoakFaults faults = new SoakFaults(System.nanoTime(), toBao, toMoto, toEtcd);
                soak(runner, watch, secrets, List.of(guests::run, guests::run, certificates::run, faults::run));
                List<Growth> growths = judge();
                report(growths, guests, certificates, faults, watch.threadsByName());

                assertThat(decisions.wrong()).as("wrong decisions").isEmpty();
                assertThat(growths).noneMatch(Growth::grew);
                assertThat(rotations.get()).isPositive();
                assertThat(guests.revoked()).isPositive();
                assertThat(certificates.rotations()).isPositive();
                await("what came to have gone").atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
                    Holdings after = watch.look();
                    assertThat(after.connections()).isLessThanOrEqualTo(atRest.connections() + 2);
                    assertThat(after.descriptors()).isLessThanOrEqualTo(atRest.descriptors() + 6);
                });
            }
        }
    }

    private List<RotatingSecret> secrets(OpenBao bao, Moto moto, Etcd etcd) {
        List<PresentedKind> kinds = List.of(PresentedKind.values());
        List<RotatingSecret> secrets = new ArrayList<>();
        for (int i = 0; i < SECRETS_OF_EACH; i++) {
            PresentedKind kind = kinds.get(i % kinds.size());
            secrets.add(new RotatingSecret("bao" + i, kind, "/orders", OVERLAP, MARGIN, (name, key) -> {
                synchronized (bao) {
                    bao.kvPut("kv", 2, "apisix/" + name, Map.of("key", key));
                }
            }));
            consumer(etcd, secrets.getLast(), "vault/prod");
            moto.createSecret("moto" + i, "{}");
            secrets.add(new RotatingSecret("moto" + i, kind, "/orders", OVERLAP, MARGIN, (name, key) -> {
                synchronized (moto) {
                    moto.putSecretValue(name, "{\"key\":\"" + key.replace("\n", "\\n") + "\"}");
                }
            }));
            consumer(etcd, secrets.getLast(), "aws/main");
        }
        return secrets;
    }

    private static void consumer(Etcd etcd, RotatingSecret secret, String provider) {
        String yaml = "{username: %s, plugins: {%s}}"
                .formatted(secret.name(), secret.plugin("$secret://" + provider + "/" + secret.name() + "/key"));
        Object consumer = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
        etcd.put("/apisix/consumers/" + secret.name(), JsonMapper.shared().writeValueAsString(consumer));
    }

    private static String yaml(FaultProxy toBao, FaultProxy toMoto, FaultProxy toEtcd) {
        return """
                runner: {unresolved-answer: 401}
                consumers:
                  source: etcd
                  etcd: {endpoints: ["%3$s"]}
                store:
                  type: etcd
                  etcd: {endpoints: ["%3$s"], timeout: 2s}
                providers:
                  vault:
                    prod:
                      uri: "%1$s"
                      prefix: kv/apisix
                      token: $env://TOKEN_OF_TEST
                      timeout: 1s
                      cache: {ttl: 1s, negative_ttl: 1s}
                      rotation: {overlap: %4$ds}
                  aws:
                    main:
                      endpoint_url: "%2$s"
                      access_key_id: test
                      secret_access_key: $env://AWS_SECRET_OF_TEST
                      timeout: 1s
                      cache: {ttl: 1s, negative_ttl: 1s}
                      rotation: {overlap: %4$ds}
                """.formatted(toBao.uri(), toMoto.uri(), toEtcd.uri(), OVERLAP.toSeconds());
    }

    /** Starts everything, takes samples until the time is up or something fails, and stops everything. */
    private void soak(RunnerProcess runner, ProcessWatch watch, List<RotatingSecret> secrets, List<Doing> others)
            throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> going = new ArrayList<>();
            for (int i = 0; i < LOAD_CONNECTIONS; i++) {
                going.add(threads.submit(() -> load(runner, secrets)));
            }
            for (RotatingSecret secret : secrets) {
                going.add(threads.submit(() -> rotate(runner, secret)));
            }
            for (Doing other : others) {
                going.add(threads.submit(() -> {
                    other.until(stop);
                    return null;
                }));
            }
            try {
                sample(runner, watch, going);
            } finally {
                stop.countDown();
            }
            for (Future<?> each : going) {
                each.get();
            }
        }
    }

    private Void load(RunnerProcess runner, List<RotatingSecret> secrets) throws InterruptedException {
        try (RunnerClient client = runner.client()) {
            while (stop.getCount() > 0) {
                for (RotatingSecret secret : secrets) {
                    secret.use(RotatingSecret.Asking.of(client), decisions);
                    Thread.sleep(PAUSE_OF_LOAD);
                }
                String unknown = "nobodys-key-" + decisions.count();
                decisions.judge(Decisions.Key.UNKNOWN, RunnerProcess.statusFor(client, unknown), unknown);
            }
        }
        return null;
    }

    private Void rotate(RunnerProcess runner, RotatingSecret secret) throws InterruptedException {
        try (RunnerClient client = runner.client()) {
            while (stop.getCount() > 0) {
                secret.rotate(RotatingSecret.Asking.of(client), PATIENCE);
                rotations.incrementAndGet();
            }
        }
        return null;
    }

    private void sample(RunnerProcess runner, ProcessWatch watch, List<Future<?>> going) throws Exception {
        long began = System.nanoTime();
        double minute = 0;
        while (minute < minutes && going.stream().noneMatch(Future::isDone)) {
            // Metrics are scraped in production, too.
            runner.get("/actuator/prometheus");
            Holdings holdings = watch.look();
            minute = (System.nanoTime() - began) / 60e9;
            samples.add(new Sample(
                    minute, holdings, decisions.count(), decisions.wrong().size()));
            stop.await(BETWEEN_SAMPLES.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private List<Growth> judge() {
        List<Sample> judged = samples.stream()
                .filter(sample -> sample.minute() >= WARM_UP * minutes)
                .toList();
        List<Double> times = judged.stream().map(Sample::minute).toList();
        return FIGURES.stream()
                .map(figure -> Growth.of(
                        figure.name(),
                        times,
                        judged.stream()
                                .map(sample -> figure.of().applyAsDouble(sample.holdings()))
                                .toList(),
                        figure.allowed()))
                .toList();
    }

    private void report(
            List<Growth> growths,
            SoakGuests guests,
            SoakCertificates certificates,
            SoakFaults faults,
            Map<String, Integer> threads)
            throws IOException {
        Files.createDirectories(results);
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "%.1f minutes: %d requests, %d of them wrongly decided; %d rotations, %d of a certificate,"
                        + " %d consumers came and went, %d of their keys were revoked, %d faults%n",
                samples.getLast().minute(),
                decisions.count(),
                decisions.wrong().size(),
                rotations.get(),
                certificates.rotations(),
                guests.count(),
                guests.revoked(),
                faults.episodes().size()));
        for (Decisions.Key key : Decisions.Key.values()) {
            text.append(String.format(Locale.ROOT, "  %-10s %d%n", key, decisions.count(key)));
        }
        growths.forEach(growth -> text.append(growth.line()).append(System.lineSeparator()));
        text.append("threads at the end: ").append(threads).append(System.lineSeparator());
        System.out.println(text);
        Files.writeString(results.resolve("soak.txt"), text);
        Files.writeString(results.resolve("soak.csv"), csv());
        Files.writeString(results.resolve("soak.svg"), plot(faults));
    }

    private String csv() {
        StringBuilder csv =
                new StringBuilder("minute,live_heap_mb,resident_mb,threads,descriptors,connections,requests,wrong\n");
        for (Sample sample : samples) {
            Holdings held = sample.holdings();
            csv.append(String.format(
                    Locale.ROOT,
                    "%.2f,%.2f,%.1f,%d,%d,%d,%d,%d%n",
                    sample.minute(),
                    held.heap() / MEGABYTE,
                    held.resident() / MEGABYTE,
                    held.threads(),
                    held.descriptors(),
                    held.connections(),
                    sample.decisions(),
                    sample.wrong()));
        }
        return csv.toString();
    }

    private String plot(SoakFaults faults) {
        List<Double> times = samples.stream().map(Sample::minute).toList();
        List<SoakPlot.Panel> panels = new ArrayList<>();
        for (Figure figure : FIGURES) {
            panels.add(new SoakPlot.Panel(
                    figure.name(),
                    times,
                    samples.stream()
                            .map(sample -> figure.of().applyAsDouble(sample.holdings()))
                            .toList()));
        }
        panels.add(new SoakPlot.Panel("requests a second", times.subList(1, times.size()), rates()));
        panels.add(new SoakPlot.Panel(
                "wrong decisions so far",
                times,
                samples.stream().map(sample -> (double) sample.wrong()).toList()));
        return SoakPlot.draw(
                "The runner's process over %.0f minutes of load, rotations, consumers coming and going, and faults"
                        .formatted(samples.getLast().minute()),
                samples.getLast().minute(),
                WARM_UP * minutes,
                faults.episodes().stream()
                        .map(episode -> new SoakPlot.Shade(episode.from(), episode.to()))
                        .toList(),
                panels);
    }

    private List<Double> rates() {
        List<Double> rates = new ArrayList<>();
        for (int i = 1; i < samples.size(); i++) {
            Sample before = samples.get(i - 1);
            Sample after = samples.get(i);
            rates.add((after.decisions() - before.decisions()) / (60 * (after.minute() - before.minute())));
        }
        return rates;
    }
}
