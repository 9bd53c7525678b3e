package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * A secret in a real OpenBao for each consumer (KV version 2), refreshed every 60 s, as by default. OpenBao runs on the
 * driver's processor.
 *
 * @param credentials the credentials, whose secrets are written one by one
 */
public record KeysInOpenBao(Credentials credentials) implements CredentialSource {
    private static final String MOUNT = "kv";
    private static final int KV_VERSION = 2;

    @Override
    public SecretManager prepare(Path directory, Path config) throws IOException {
        // In files: with thousands of secrets in memory, OpenBao takes milliseconds for each request.
        OpenBao bao = OpenBao.startPersistent();
        try {
            bao.enableKv(MOUNT, KV_VERSION);
            IntStream.range(0, credentials.count()).forEach(i -> put(bao, i, Credentials.key(i)));
            Path consumers = Consumers.write(directory, credentials.count(), i -> Consumers.keyAuth(reference(i)));
            Files.writeString(config, """
                    consumers: {source: file, file: {path: %s}}
                    providers:
                      vault:
                        bao:
                          uri: %s
                          prefix: %s
                          token: %s
                          rotation: {overlap: 1h}
                    """.formatted(consumers, bao.uri(), MOUNT, bao.rootToken()));
            return new Manager(bao, credentials);
        } catch (IOException | RuntimeException e) {
            bao.close();
            throw e;
        }
    }

    private static String reference(int index) {
        return "$secret://vault/bao/" + Credentials.name(index) + "/key";
    }

    private static void put(OpenBao bao, int index, String key) {
        int _ = bao.kvPut(MOUNT, KV_VERSION, Credentials.name(index), Map.of("key", key));
    }

    @Override
    public String heap() {
        return "-Xmx512m";
    }

    private static final class Manager implements SecretManager {
        private static final long ROTATION_MICROS = TimeUnit.MINUTES.toMicros(1) / 1_000;
        /** The time until a disturbance is in full effect. */
        private static final long SETTLE_MILLIS = 3_000;

        private final OpenBao bao;
        private final Credentials credentials;
        private int rotated;

        Manager(OpenBao bao, Credentials credentials) {
            this.bao = bao;
            this.credentials = credentials;
        }

        /** Rotates secrets. The keys of requests stay valid: they are the previous versions, within the overlap. */
        @Override
        public Disturbance.Going rotate() throws InterruptedException {
            ScheduledExecutorService rotation = Executors.newSingleThreadScheduledExecutor();
            ScheduledFuture<?> turns =
                    rotation.scheduleAtFixedRate(this::rotateOne, 0, ROTATION_MICROS, TimeUnit.MICROSECONDS);
            Thread.sleep(SETTLE_MILLIS);
            return () -> {
                boolean failed = turns.isDone();
                rotation.shutdown();
                if (failed) {
                    throw new IllegalStateException("the rotation ended before the measurement: OpenBao refused it");
                }
            };
        }

        private void rotateOne() {
            put(bao, rotated % credentials.count(), Credentials.stranger(rotated));
            rotated++;
        }

        @Override
        public Disturbance.Going die() throws InterruptedException {
            bao.pause();
            Thread.sleep(SETTLE_MILLIS);
            return () -> {
                bao.resume();
                // Waiting fetches run now; the next row begins after them.
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(SETTLE_MILLIS));
            };
        }

        @Override
        public void close() {
            bao.close();
        }
    }
}
