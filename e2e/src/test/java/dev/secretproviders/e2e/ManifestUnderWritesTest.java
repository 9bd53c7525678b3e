package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Etcd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store's manifest stays correct while several runners write, and when one is killed while it writes. */
class ManifestUnderWritesTest {
    private static final int ROUNDS = 20;
    private static final int KILLS = 8;
    /** The counter file next to the store is written once a second. */
    private static final int LONGEST_LIFE_MILLIS = 1_500;

    @TempDir
    Path directory;

    @Test
    void runnersThatWriteAtOnceKeepItRight() throws Exception {
        try (Etcd etcd = Etcd.start()) {
            String yaml = RunnerProcess.everythingOn(etcd);
            Path firstPlace = Files.createDirectory(directory.resolve("first"));
            try (RunnerProcess first = RunnerProcess.start(firstPlace, yaml, Map.of());
                    AdminClient admin = first.admin()) {
                String same = yaml + "crypto: {keyring: " + firstPlace.resolve("secret-providers-data/keyring") + "}\n";
                admin.put("/admin/providers/local/own", "{'versions': 3}").expect(201);
                try (RunnerProcess second = RunnerProcess.start(
                                Files.createDirectory(directory.resolve("second")), same, Map.of());
                        AdminClient elsewhere = second.admin(admin.token())) {
                    await().atMost(Duration.ofSeconds(5))
                            .until(() ->
                                    elsewhere.get("/admin/providers/local/own").status() == 200);

                    List<AdminClient> writers = List.of(admin, elsewhere, admin, elsewhere);
                    writeAtOnce(writers);

                    try (RunnerProcess third =
                            RunnerProcess.start(Files.createDirectory(directory.resolve("third")), same, Map.of())) {
                        for (RunnerProcess runner : List.of(first, second, third)) {
                            assertRight(runner);
                        }
                        AdminClient each = third.admin(admin.token());
                        assertThat(version(each, "shared")).isEqualTo(writers.size() * ROUNDS);
                        for (int writer = 0; writer < writers.size(); writer++) {
                            assertThat(version(each, "own-" + writer)).isEqualTo(ROUNDS);
                        }
                        assertThat(each.get("/admin/tokens")
                                        .expect(200)
                                        .json()
                                        .path("total")
                                        .asInt())
                                .as("every other token was deleted")
                                .isEqualTo(1 + writers.size() * ROUNDS / 2);
                        each.close();
                    }
                }
            }
        }
    }

    private static void writeAtOnce(List<AdminClient> writers) throws Exception {
        CountDownLatch together = new CountDownLatch(writers.size());
        try (ExecutorService threads = Executors.newFixedThreadPool(writers.size())) {
            List<Future<?>> done = new ArrayList<>();
            for (int number = 0; number < writers.size(); number++) {
                AdminClient admin = writers.get(number);
                int writer = number;
                done.add(threads.submit(() -> {
                    together.countDown();
                    together.await();
                    for (int round = 0; round < ROUNDS; round++) {
                        write(admin, "own-" + writer, "value-" + round);
                        write(admin, "shared", "value-" + writer + "-" + round);
                        String token = admin.post(
                                        "/admin/tokens",
                                        "{'name': 'token %d of %d', 'roles': ['viewer']}".formatted(round, writer))
                                .expect(201)
                                .json()
                                .path("value")
                                .path("id")
                                .asString();
                        if (round % 2 == 0) {
                            admin.delete("/admin/tokens/" + token).expect(204);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> each : done) {
                each.get(3, TimeUnit.MINUTES);
            }
        }
    }

    /**
     * A runner that is killed while it writes constantly has written more to the store than its counter file says,
     * unless it is killed in the moment after the counter was written.
     */
    @Test
    void aRunnerThatIsKilledWhileItWritesOpensItsStoreAgain() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String yaml = RunnerProcess.consumersFromFile(directory);
        RunnerProcess.consumers(directory, "consumers: []\n");
        AtomicInteger written = new AtomicInteger();
        for (int kill = 0; kill < KILLS; kill++) {
            try (RunnerProcess runner = RunnerProcess.start(directory, yaml, Map.of());
                    AdminClient admin = runner.admin()) {
                if (kill == 0) {
                    admin.put("/admin/providers/local/own", "{'versions': 3}").expect(201);
                } else {
                    assertThat(version(admin, "shared"))
                            .as("acknowledged tokens, seed %d", seed)
                            .isGreaterThanOrEqualTo(written.get());
                }
                int before = written.get();
                Thread writer = Thread.ofPlatform().start(() -> writeUntilKilled(admin, written));
                await().atMost(Duration.ofSeconds(20)).until(() -> written.get() > before);
                Thread.sleep(random.nextInt(LONGEST_LIFE_MILLIS));
                runner.kill();
                writer.join(Duration.ofSeconds(40));
                assertThat(writer.isAlive()).isFalse();
            }
        }
        try (RunnerProcess runner = RunnerProcess.start(directory, yaml, Map.of())) {
            assertRight(runner);
            assertThat(written.get()).isGreaterThan(KILLS);
        }
    }

    private static void writeUntilKilled(AdminClient admin, AtomicInteger written) {
        while (true) {
            try {
                written.set(put(admin, "shared", "value")
                        .json()
                        .path("value")
                        .path("version")
                        .asInt(written.get()));
            } catch (AssertionError killed) {
                return;
            }
        }
    }

    private static void write(AdminClient admin, String secret, String value) {
        assertThat(put(admin, secret, value).status()).isIn(200, 201);
    }

    private static AdminClient.Reply put(AdminClient admin, String secret, String value) {
        return admin.put("/admin/secrets/own/" + secret, "{'fields': {'key': '" + value + "'}}");
    }

    private static int version(AdminClient admin, String secret) {
        return admin.get("/admin/secrets/own/" + secret)
                .expect(200)
                .json()
                .path("value")
                .path("version")
                .asInt();
    }

    /** A new runner checks every record when it starts; the others report what they found. */
    private static void assertRight(RunnerProcess runner) throws IOException, InterruptedException {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(runner.get("/actuator/health"))
                        .contains("\"verified_at\"")
                        .doesNotContain("\"refused\""));
        assertThat(runner.metric("secret_providers_store_manifest_refused", "")).isZero();
        assertThat(runner.beside("audit", "verify").out()).contains("is intact");
    }
}
