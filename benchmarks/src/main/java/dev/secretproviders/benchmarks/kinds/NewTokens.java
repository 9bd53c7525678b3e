package dev.secretproviders.benchmarks.kinds;

import dev.secretproviders.benchmarks.load.Expected;
import dev.secretproviders.benchmarks.load.Load;
import dev.secretproviders.benchmarks.load.LoadLoop;
import dev.secretproviders.benchmarks.load.LoadResult;
import dev.secretproviders.benchmarks.load.Texts;
import dev.secretproviders.benchmarks.process.CpuClock;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.statistics.Spread;
import dev.secretproviders.benchmarks.subject.KindsFile;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.benchmarks.subject.TokenSigner;
import dev.secretproviders.benchmarks.subject.Workload;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Measures tokens that the runner has not seen, so that it verifies each with a public key. Keys, tokens of each
 * algorithm, and the Java runtime's own verification of the same tokens take turns. All times are in microseconds of
 * processor time for each.
 */
final class NewTokens {
    private static final int CONNECTIONS = 32;
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    /** How many measurements are not counted. */
    private static final int WARM_UPS = 2;
    /** A key's request takes less time than a token's, so more are sent for a measurement of the same length. */
    private static final int KEYS_FOR_TOKEN = 10;

    private final KindsEffort effort;
    private final Samples keys = new Samples(new ArrayList<>(), new ArrayList<>());
    private final Map<TokenSigner, Samples> tokens = new LinkedHashMap<>();
    private final Map<TokenSigner, List<Double>> runtimes = new LinkedHashMap<>();

    /**
     * Measurements of requests.
     *
     * @param whole of all threads of the server
     * @param loops of its event loops
     */
    private record Samples(List<Double> whole, List<Double> loops) {}

    /**
     * The figures of an algorithm.
     *
     * @param token a request with a new token
     * @param onLoops the part of it on the event loops
     * @param key a request with a key, on the event loops
     * @param runtime the Java runtime's own verification
     * @param beyond what a token's request takes beyond a key's and the Java runtime's verification
     */
    record Measured(Spread token, Spread onLoops, Spread key, Spread runtime, Spread beyond) {}

    /** The requests of one algorithm, or with keys. */
    private record Driven(LoadLoop loop, Samples samples) {}

    private NewTokens(KindsEffort effort) {
        this.effort = effort;
    }

    static Map<String, Measured> measure(
            Processors processors, Workplace workplace, Runner runner, KindsFile source, KindsEffort effort)
            throws IOException, InterruptedException {
        NewTokens measuring = new NewTokens(effort);
        try (RunningSubject running = runner.start(processors, workplace.directory())) {
            measuring.run(running, source);
        }
        Map<String, Measured> measured = new LinkedHashMap<>();
        for (TokenSigner signer : source.signers()) {
            measured.put(signer.algorithm().name(), measuring.of(signer));
        }
        return measured;
    }

    private void run(RunningSubject running, KindsFile source) throws IOException {
        int count = (WARM_UPS + effort.rounds()) * effort.tokens();
        Map<TokenSigner, Texts> signed = new LinkedHashMap<>();
        List<Driven> driven = new ArrayList<>();
        try {
            driven.add(new Driven(
                    LoadLoop.open(
                            running.socket(),
                            running.exchange(Workload.ACCEPTED),
                            new Load.Counted(CONNECTIONS, effort.tokens() * KEYS_FOR_TOKEN)),
                    keys));
            for (TokenSigner signer : source.signers()) {
                // The first one is asked about when the loop opens, and so is known; all others are new.
                Texts names = Texts.of(count, i -> source.nameOf(signer, i));
                Texts texts =
                        Texts.of(count, i -> "Bearer " + signer.token(names.get(i), KindsFile.CONSUMERS_OF_SIGNER + i));
                signed.put(signer, texts);
                Samples samples = new Samples(new ArrayList<>(), new ArrayList<>());
                tokens.put(signer, samples);
                runtimes.put(signer, new ArrayList<>());
                driven.add(new Driven(
                        LoadLoop.open(
                                running.socket(),
                                running.exchange(KindsFile.workload(signer), texts, names, Expected.ACCEPTED),
                                new Load.Counted(CONNECTIONS, effort.tokens())),
                        samples));
            }
            for (TokenSigner signer : source.signers()) {
                warmUp(running, source, signer);
            }
            for (int turn = -WARM_UPS; turn < effort.rounds(); turn++) {
                for (Driven one : driven) {
                    drive(running, one, turn >= 0);
                }
                int from = (turn + WARM_UPS) * effort.tokens();
                for (Map.Entry<TokenSigner, Texts> each : signed.entrySet()) {
                    double micros = verify(each.getKey(), each.getValue(), from);
                    if (turn >= 0) {
                        Objects.requireNonNull(runtimes.get(each.getKey())).add(micros);
                    }
                }
            }
        } finally {
            for (Driven one : driven) {
                one.loop().close();
            }
        }
    }

    /** Sends a token with the signature of another one again and again; a refused token is not remembered. */
    private void warmUp(RunningSubject running, KindsFile source, TokenSigner signer) throws IOException {
        String name = source.nameOf(signer, 0);
        String token = signer.token(name, 0);
        String other = signer.token(name, 1);
        String wrong = token.substring(0, token.lastIndexOf('.')) + other.substring(other.lastIndexOf('.'));
        Load load = new Load.Counted(CONNECTIONS, effort.wrongTokens());
        try (LoadLoop loop = LoadLoop.open(
                running.socket(),
                running.exchange(
                        KindsFile.workload(signer),
                        Texts.of(1, _ -> "Bearer " + wrong),
                        Texts.of(1, _ -> name),
                        Expected.REFUSED),
                load)) {
            requireRight(loop.run(PATIENCE));
        }
    }

    private static void requireRight(LoadResult result) throws IOException {
        if (result.wrong() > 0 || result.answered() == 0) {
            throw new IOException(result.wrong() + " wrong answers, " + result.answered() + " right ones");
        }
    }

    private static void drive(RunningSubject running, Driven driven, boolean counts) throws IOException {
        CpuClock clock = new CpuClock(running.process().pid());
        CpuClock loops = new CpuClock(running.process().pid(), running.eventLoops());
        CpuClock.Reading whole = clock.read();
        CpuClock.Reading onLoops = loops.read();
        LoadResult result = driven.loop().run(PATIENCE);
        double answered = result.answered();
        double loopMicros = loops.read().since(onLoops) / answered / TimeUnit.MICROSECONDS.toNanos(1);
        double micros = clock.read().since(whole) / answered / TimeUnit.MICROSECONDS.toNanos(1);
        requireRight(result);
        if (counts) {
            driven.samples().whole().add(micros);
            driven.samples().loops().add(loopMicros);
        }
    }

    /** Verifies tokens in this process; returns the time for each. */
    private double verify(TokenSigner signer, Texts texts, int from) throws IOException {
        List<byte[]> inputs = new ArrayList<>();
        List<byte[]> signatures = new ArrayList<>();
        for (int i = from; i < from + effort.tokens(); i++) {
            String token = texts.get(i).substring("Bearer ".length());
            int dot = token.lastIndexOf('.');
            inputs.add(token.substring(0, dot).getBytes(StandardCharsets.US_ASCII));
            signatures.add(Base64.getUrlDecoder().decode(token.substring(dot + 1)));
        }
        long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        try {
            for (int i = 0; i < inputs.size(); i++) {
                if (!signer.verify(inputs.get(i), signatures.get(i))) {
                    throw new IOException("a token of " + signer.algorithm() + " is not valid");
                }
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        long nanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
        return nanos / (double) inputs.size() / TimeUnit.MICROSECONDS.toNanos(1);
    }

    private Measured of(TokenSigner signer) {
        Samples samples = Objects.requireNonNull(tokens.get(signer));
        List<Double> runtime = Objects.requireNonNull(runtimes.get(signer));
        List<Double> beyond = new ArrayList<>();
        for (int i = 0; i < runtime.size(); i++) {
            beyond.add(samples.whole().get(i) - keys.whole().get(i) - runtime.get(i));
        }
        return new Measured(
                Spread.of(samples.whole()),
                Spread.of(samples.loops()),
                Spread.of(keys.loops()),
                Spread.of(runtime),
                Spread.of(beyond));
    }
}
