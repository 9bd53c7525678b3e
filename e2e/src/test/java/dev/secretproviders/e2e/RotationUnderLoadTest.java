package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.OpenBao;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 100 rotations in OpenBao and 100 in moto under constant load of old and new keys, as in hand-overs: no valid request is
 * refused, none passes after its overlap, and each rotation is counted.
 *
 * <p>What a request must be answered depends on when it is asked. The test knows the overlap's end to within the time between
 * its write in the manager and the first request that the new key passed; within that and {@link #MARGIN} it claims nothing.
 */
class RotationUnderLoadTest {
    private static final int SECRETS = 10;
    private static final int ROTATIONS_OF_EACH = 10;
    private static final int LOAD_CONNECTIONS = 3;
    private static final Duration OVERLAP = Duration.ofSeconds(2);
    /** The clocks of test and runner are one, so this is for a process that was not scheduled in time. */
    private static final Duration MARGIN = Duration.ofMillis(250);

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

    @TempDir
    Path directory;

    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final LongAdder currentKeys = new LongAdder();
    private final LongAdder previousKeys = new LongAdder();
    private final LongAdder endedKeys = new LongAdder();

    /** What is known of one secret's keys; times are of {@link System#nanoTime}. */
    private record HandOver(String current, @Nullable String previous, long acceptedUntil, long refusedFrom) {}

    /** Changes the value in the manager. */
    @FunctionalInterface
    private interface Writer {
        void write(String secret, String key);
    }

    /** A secret that is rotated; only its rotator writes the state, the load reads it. */
    private static final class Rotating {
        private final String name;
        private final Writer writer;
        private volatile HandOver state;

        Rotating(String name, Writer writer) {
            this.name = name;
            this.writer = writer;
            this.state = new HandOver(key(0), null, 0, 0);
        }

        String key(int version) {
            return "key-of-%s-version-%04d".formatted(name, version);
        }
    }

    @Test
    void noValidRequestIsRefusedNoneAcceptedAfterItsOverlapAndEachRotationIsCounted() throws Exception {
        try (OpenBao bao = OpenBao.start();
                Moto moto = Moto.start()) {
            bao.enableKv("kv", 2);
            List<Rotating> all = new ArrayList<>();
            StringBuilder consumers = new StringBuilder("consumers:\n");
            for (int i = 0; i < SECRETS; i++) {
                Rotating inBao = new Rotating("bao" + i, (name, key) -> {
                    synchronized (bao) {
                        bao.kvPut("kv", 2, "apisix/" + name, Map.of("key", key));
                    }
                });
                inBao.writer.write(inBao.name, inBao.key(0));
                Rotating inMoto = new Rotating("moto" + i, (name, key) -> {
                    synchronized (moto) {
                        moto.putSecretValue(name, "{\"key\":\"" + key + "\"}");
                    }
                });
                moto.createSecret(inMoto.name, "{\"key\":\"" + inMoto.key(0) + "\"}");
                all.add(inBao);
                all.add(inMoto);
                consumers.append(consumer(inBao.name, "$secret://vault/prod/"));
                consumers.append(consumer(inMoto.name, "$secret://aws/main/"));
            }
            RunnerProcess.consumers(directory, consumers.toString());
            String yaml = RunnerProcess.consumersFromFile(directory)
                    + """
                    providers:
                      vault:
                        prod:
                          uri: %s
                          prefix: kv/apisix
                          token: $env://TOKEN_OF_TEST
                          cache: {ttl: 1s}
                          rotation: {overlap: %ds}
                      aws:
                        main:
                          endpoint_url: %s
                          access_key_id: test
                          secret_access_key: $env://AWS_SECRET_OF_TEST
                          cache: {ttl: 1s}
                          rotation: {overlap: %ds}
                    """.formatted(bao.uri(), OVERLAP.toSeconds(), moto.uri(), OVERLAP.toSeconds());
            Map<String, String> environment =
                    Map.of("TOKEN_OF_TEST", bao.rootToken(), "AWS_SECRET_OF_TEST", "secret-of-test");
            try (RunnerProcess runner = RunnerProcess.start(directory, yaml, environment);
                    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (Rotating secret : all) {
                    runner.awaitStatus(200, secret.key(0));
                }
                AtomicBoolean stop = new AtomicBoolean();
                List<Future<?>> load = new ArrayList<>();
                for (int i = 0; i < LOAD_CONNECTIONS; i++) {
                    load.add(threads.submit(() -> load(runner, all, stop)));
                }
                List<Future<?>> rotators = new ArrayList<>();
                for (Rotating secret : all) {
                    rotators.add(threads.submit(() -> {
                        rotate(runner, secret);
                        return null;
                    }));
                }
                for (Future<?> rotator : rotators) {
                    rotator.get();
                }
                stop.set(true);
                for (Future<?> loading : load) {
                    loading.get();
                }

                assertThat(wrong).as("wrong answers").isEmpty();
                assertThat(currentKeys.sum()).as("requests with a current key").isGreaterThan(10_000);
                assertThat(previousKeys.sum())
                        .as("requests with a previous key within its overlap")
                        .isGreaterThan(5_000);
                assertThat(endedKeys.sum())
                        .as("requests with a key after its overlap")
                        .isGreaterThan(500);
                for (String provider : List.of("vault/prod", "aws/main")) {
                    assertThat(runner.metric("secret_providers_rotations_total", provider))
                            .as(provider)
                            .isEqualTo(SECRETS * ROTATIONS_OF_EACH);
                }
                assertThat(runner.metric("secret_providers_decisions_total", "accepted_previous"))
                        .isPositive();
            }
        }
    }

    private static String consumer(String name, String place) {
        return "  - username: %s%n    plugins: {key-auth: {key: %s%s/key}}%n".formatted(name, place, name);
    }

    private static void rotate(RunnerProcess runner, Rotating secret) throws InterruptedException {
        try (RunnerClient client = runner.client()) {
            for (int version = 1; version <= ROTATIONS_OF_EACH; version++) {
                String previous = secret.key(version - 1);
                String next = secret.key(version);
                // Seen after this moment, so accepted at least until then.
                long acceptedUntil = System.nanoTime() + OVERLAP.minus(MARGIN).toNanos();
                secret.state = new HandOver(previous, null, 0, 0);
                secret.writer.write(secret.name, next);
                long patience = System.nanoTime() + LONGEST_WAIT.toNanos();
                // Until the new key works its owner goes on with the old one.
                while (RunnerProcess.statusFor(client, next) != 200) {
                    assertThat(System.nanoTime())
                            .as(next + " is accepted in time")
                            .isLessThan(patience);
                    Thread.sleep(10);
                }
                // Seen before this moment, so refused at the latest from then on.
                long refusedFrom = System.nanoTime() + OVERLAP.plus(MARGIN).toNanos();
                secret.state = new HandOver(next, previous, acceptedUntil, refusedFrom);
                long pause =
                        refusedFrom - System.nanoTime() + Duration.ofMillis(300).toNanos();
                Thread.sleep(Duration.ofNanos(pause));
            }
        }
    }

    private void load(RunnerProcess runner, List<Rotating> all, AtomicBoolean stop) {
        try (RunnerClient client = runner.client()) {
            while (!stop.get()) {
                for (Rotating secret : all) {
                    HandOver state = secret.state;
                    int current = RunnerProcess.statusFor(client, state.current());
                    // A state that was replaced meanwhile says nothing: its current key may have become an ended one.
                    if (secret.state.equals(state)) {
                        expect(200, current, "current", state.current());
                        currentKeys.increment();
                    }
                    if (state.previous() != null) {
                        previous(client, state, state.previous());
                    }
                }
            }
        }
    }

    private void previous(RunnerClient client, HandOver state, String key) {
        long before = System.nanoTime();
        int status = RunnerProcess.statusFor(client, key);
        long after = System.nanoTime();
        if (after - state.acceptedUntil() < 0) {
            expect(200, status, "previous, within its overlap", key);
            previousKeys.increment();
        } else if (before - state.refusedFrom() > 0) {
            expect(401, status, "previous, after its overlap", key);
            endedKeys.increment();
        }
    }

    private void expect(int expected, int status, String what, String key) {
        if (status != expected) {
            wrong.add("%d for %s (%s)".formatted(status, key, what));
        }
    }
}
