package dev.secretproviders.benchmarks.companion;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.benchmarks.subject.KindsFile;
import dev.secretproviders.benchmarks.subject.ManyKeys;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.peers.Nginx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Requests with known credentials: the plugins against tables of keys, and against no check at all. */
final class Hits {
    private static final int EVENLY = 10_000;
    private static final int BY_ZIPF = 100_000;
    private static final long SEED = 20_261_129;

    private static final int CONNECTIONS = 32;
    private static final String ALWAYS_ASKING = "{\"verdict_ttl\":0}";
    private static final String KEY = "apikey";
    private static final String AUTHORIZATION = "Authorization";

    private Hits() {}

    /** Which credentials the requests have. */
    private enum Sent {
        ONE_KEY("one", KEY),
        EVENLY("evenly", KEY),
        ZIPF("zipf", KEY),
        ONE_PASSWORD("password", AUTHORIZATION),
        ONE_TOKEN("token", AUTHORIZATION);

        private final String script;
        private final String header;

        Sent(String script, String header) {
            this.script = script;
            this.header = header;
        }
    }

    /** What checks them. */
    enum Check {
        PLUGIN("the companion, one key", "/bench/companion", Sent.ONE_KEY),
        TABLE("a Lua table in its place, one key", "/bench/table", Sent.ONE_KEY),
        PLUGIN_EVENLY("the companion, 10,000 keys evenly", "/bench/companion", Sent.EVENLY),
        TABLE_EVENLY("a Lua table, 10,000 keys evenly", "/bench/table", Sent.EVENLY),
        PLUGIN_ZIPF("the companion, 100,000 keys by Zipf", "/bench/companion", Sent.ZIPF),
        TABLE_ZIPF("a Lua table, 100,000 keys by Zipf", "/bench/table", Sent.ZIPF),
        BASIC("the companion, one user name and password", "/bench/basic", Sent.ONE_PASSWORD),
        JWT("the companion, one token", "/bench/jwt", Sent.ONE_TOKEN),
        NOTHING("no check", "/bench/nothing", Sent.ONE_KEY);

        private final String title;
        private final String path;
        private final Sent sent;

        Check(String title, String path, Sent sent) {
            this.title = title;
            this.path = path;
            this.sent = sent;
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
        Path directory = workplace.directory();
        ManyKeys source = new ManyKeys(new Credentials(BY_ZIPF));
        try (RunningSubject running = new Runner("runner", launcher, source).start(processors, directory);
                Nginx nginx = Nginx.start(plugin, running.socket(), 1)) {
            nginx.consumers(consumers());
            processors.giveToServer(nginx.master());
            for (long worker : nginx.workers()) {
                processors.giveToServer(worker);
            }
            Map<Sent, Wrk> clients = new EnumMap<>(Sent.class);
            for (Sent sent : Sent.values()) {
                Path script = Scripts.sending(sent.script, sent.header, values(sent), effort.requests(), directory);
                clients.put(sent, new Wrk(script, CONNECTIONS));
            }
            warmUp(clients, nginx, effort);
            return measure(clients, nginx, effort);
        }
    }

    /** Returns consumers for the stand-in for APISIX; the table needs the keys themselves. */
    private static String consumers() {
        return IntStream.range(0, BY_ZIPF)
                .mapToObj(i -> "{\"username\":\"" + Credentials.name(i) + "\",\"plugins\":{\"key-auth\":{\"key\":\""
                        + Credentials.key(i) + "\"}" + (i == 0 ? ",\"basic-auth\":{},\"jwt-auth\":{}" : "") + "}}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static List<String> values(Sent sent) {
        return switch (sent) {
            case ONE_KEY -> List.of(Credentials.key(0));
            case EVENLY -> IntStream.range(0, EVENLY).mapToObj(Credentials::key).toList();
            case ZIPF -> byZipf();
            case ONE_PASSWORD -> List.of(KindsFile.basic(0));
            case ONE_TOKEN -> List.of(KindsFile.bearer(0));
        };
    }

    /** Returns keys of which the one of rank n is sent in proportion to 1/n, in an order of no pattern. */
    private static List<String> byZipf() {
        double[] upTo = new double[BY_ZIPF];
        double sum = 0;
        for (int i = 0; i < BY_ZIPF; i++) {
            sum += 1.0 / (i + 1);
            upTo[i] = sum;
        }
        double all = sum;
        Random random = new Random(SEED);
        return IntStream.range(0, BY_ZIPF)
                .map(_ -> Arrays.binarySearch(upTo, random.nextDouble() * all))
                .mapToObj(at -> Credentials.key(Math.min(BY_ZIPF - 1, at < 0 ? -at - 1 : at)))
                .toList();
    }

    /**
     * Warms up the runner: known keys cause so few questions that its code would stay interpreted, unlike after minutes
     * of use. Then has the worker ask about each credential.
     */
    private static void warmUp(Map<Sent, Wrk> clients, Nginx nginx, CompanionEffort effort)
            throws IOException, InterruptedException {
        nginx.route("asking", ALWAYS_ASKING);
        run(of(clients, Sent.EVENLY), nginx, "/routes/asking", effort.warmUp());
        for (Check check : Check.values()) {
            run(of(clients, check.sent), nginx, check.path, effort.warmUp());
        }
    }

    private static Wrk of(Map<Sent, Wrk> clients, Sent sent) {
        return Objects.requireNonNull(clients.get(sent));
    }

    private static Wrk.Result run(Wrk wrk, Nginx nginx, String path, Duration duration)
            throws IOException, InterruptedException {
        Wrk.Result result = wrk.run(nginx.uri().resolve(path), duration);
        if (result.others() > 0) {
            throw new IOException(path + ": " + result.others() + " requests were refused");
        }
        return result;
    }

    private static Map<Check, Measured> measure(Map<Sent, Wrk> clients, Nginx nginx, CompanionEffort effort)
            throws IOException, InterruptedException {
        Map<Check, Measured> all = new EnumMap<>(Check.class);
        for (int round = 0; round < effort.rounds(); round++) {
            for (Check check : Check.values()) {
                Wrk.Result result = run(of(clients, check.sent), nginx, check.path, effort.slice());
                Measured measured = all.computeIfAbsent(check, _ -> new Measured());
                measured.perSecond().add(result.perSecond());
                measured.median().add(result.median());
                measured.p99().add(result.p99());
            }
        }
        return all;
    }
}
