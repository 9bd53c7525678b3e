package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Etcd;
import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three runners on one etcd. A rotation that one of them sees, or a revocation, is in force at all within a second,
 * long before they would ask the manager by themselves. Each makes one fetch, however many references to the secret
 * exist.
 */
class ThreeRunnersTest {
    private static final Duration A_SECOND = Duration.ofSeconds(1);
    private static final int MANY = 50;

    @TempDir
    Path directory;

    @Test
    void aRotationSeenByOneIsInForceAtAllWithinASecondForOneFetchEach() throws Exception {
        try (Etcd etcd = Etcd.start();
                OpenBao bao = OpenBao.start()) {
            bao.enableKv("kv", 2);
            write(bao, "first");
            consumer(etcd, 0);
            Path place = Files.createDirectory(directory.resolve("runner0"));
            List<RunnerProcess> runners = new ArrayList<>();
            try (RunnerProcess first = RunnerProcess.start(place, RunnerProcess.everythingOn(etcd), Map.of());
                    AdminClient admin = first.admin()) {
                String keyring = "crypto: {keyring: " + place.resolve("secret-providers-data/keyring") + "}\n";
                admin.put("/admin/providers/vault/prod", """
                                {'uri': '%s', 'prefix': 'kv', 'token': '%s', 'cache': {'ttl': '1h'}}
                                """.formatted(bao.uri(), bao.rootToken()))
                        .expect(201);
                runners.add(first);
                for (int i = 1; i < 3; i++) {
                    runners.add(RunnerProcess.start(
                            Files.createDirectory(directory.resolve("runner" + i)),
                            RunnerProcess.everythingOn(etcd) + keyring,
                            Map.of()));
                }
                runners.forEach(runner -> runner.awaitStatus(200, key("first", 0)));

                double withOne = rotation(bao, admin, runners, "second", 1);
                for (int i = 1; i < MANY; i++) {
                    consumer(etcd, i);
                }
                for (RunnerProcess runner : runners) {
                    runner.awaitStatus(200, key("second", MANY - 1));
                }
                double withMany = rotation(bao, admin, runners, "third", MANY);

                assertThat(withOne).isPositive();
                assertThat(withMany)
                        .as("fetches for a rotation with %d references", MANY)
                        .isEqualTo(withOne)
                        .isEqualTo(runners.size());

                revocation(admin, runners);
            } finally {
                runners.forEach(RunnerProcess::close);
            }
        }
    }

    /** Returns how many fetches all runners together made for a rotation. */
    private static double rotation(
            OpenBao bao, AdminClient admin, List<RunnerProcess> runners, String round, int references)
            throws IOException, InterruptedException {
        double before = fetches(runners);
        write(bao, round);
        admin.post("/admin/refresh", "{'provider': 'vault/prod'}").expect(202);
        long asked = System.nanoTime();
        for (RunnerProcess runner : runners) {
            for (int i : new int[] {0, references - 1}) {
                await().pollInterval(Duration.ofMillis(5))
                        .atMost(A_SECOND)
                        .until(() -> runner.statusFor(key(round, i)) == 200);
            }
        }
        assertThat(Duration.ofNanos(System.nanoTime() - asked))
                .as("in force at all three")
                .isLessThan(A_SECOND);
        // Waits for late fetches that are not needed.
        Thread.sleep(1_000);
        return fetches(runners) - before;
    }

    /** Versions have the same number on all runners; other identifications of a version are local to each runner. */
    private static void revocation(AdminClient admin, List<RunnerProcess> runners) {
        admin.post("/admin/revoke", "{'provider': 'vault/prod', 'path': 'shared', 'version': 'current'}")
                .expect(200);
        for (RunnerProcess runner : runners) {
            await().pollInterval(Duration.ofMillis(5))
                    .atMost(A_SECOND)
                    .until(() -> runner.statusFor(key("third", 0)) == 401);
        }
    }

    private static double fetches(List<RunnerProcess> runners) throws IOException {
        double sum = 0;
        for (RunnerProcess runner : runners) {
            sum += runner.metric("secret_providers_fetches_total", "vault/prod");
        }
        return sum;
    }

    /** All keys are fields of one secret. */
    private static void write(OpenBao bao, String round) {
        Map<String, String> fields = new HashMap<>();
        for (int i = 0; i < MANY; i++) {
            fields.put("key" + i, key(round, i));
        }
        bao.kvPut("kv", 2, "shared", fields);
    }

    private static String key(String round, int number) {
        return "the-%s-key-of-consumer-%d".formatted(round, number);
    }

    private static void consumer(Etcd etcd, int number) {
        etcd.put(
                "/apisix/consumers/c" + number,
                "{\"username\":\"c%1$d\",\"plugins\":{\"key-auth\":{\"key\":\"$secret://vault/prod/shared/key%1$d\"}}}"
                        .formatted(number));
    }
}
