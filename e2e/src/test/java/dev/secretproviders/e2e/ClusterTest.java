package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.Etcd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two runners on one etcd: a change at one is in force at the other within a second, also after etcd restarted. */
class ClusterTest {
    private static final Duration A_SECOND = Duration.ofSeconds(1);
    private static final String KEY = "the-key-of-jack-1234";

    @TempDir
    Path directory;

    @Test
    void changesReachTheOtherRunnerWithinASecondAndAnEtcdRestartRejectsNobody() throws Exception {
        try (Etcd etcd = Etcd.start()) {
            consumer(etcd, "$secret://local/own/jack/key");
            Path firstPlace = Files.createDirectory(directory.resolve("first"));
            Path secondPlace = Files.createDirectory(directory.resolve("second"));
            try (RunnerProcess first = RunnerProcess.start(firstPlace, RunnerProcess.everythingOn(etcd), Map.of());
                    AdminClient admin = first.admin()) {
                Path keyring = firstPlace.resolve("secret-providers-data/keyring");
                aRunnerWithAnotherKeyringDoesNotStart(etcd);
                try (RunnerProcess second = RunnerProcess.start(
                                secondPlace,
                                RunnerProcess.everythingOn(etcd) + "crypto: {keyring: " + keyring + "}\n",
                                Map.of());
                        AdminClient elsewhere = second.admin(admin.token())) {
                    assertThat(secondPlace.resolve("secret-providers-data/admin-token"))
                            .doesNotExist();
                    elsewhere.get("/admin/whoami").expect(200);

                    admin.put("/admin/providers/local/own", "{}").expect(201);
                    admin.put("/admin/secrets/own/jack", "{'fields': {'key': '" + KEY + "'}}")
                            .expect(201);
                    // The load begins with a key that both runners know.
                    withinASecond(first, KEY, 200);
                    withinASecond(second, KEY, 200);
                    underLoadWhileEtcdRestarts(etcd, List.of(first, second));

                    elsewhere
                            .put("/admin/secrets/own/jack", "{'fields': {'key': 'the-next-key-of-jack'}}")
                            .expect(200);
                    withinASecond(first, "the-next-key-of-jack", 200);
                    String token = elsewhere
                            .post("/admin/tokens", "{'name': 'viewer', 'roles': ['viewer']}")
                            .expect(201)
                            .json()
                            .path("value")
                            .path("token")
                            .asString();
                    try (AdminClient viewer = first.admin(token)) {
                        await().atMost(A_SECOND)
                                .until(() -> viewer.get("/admin/providers").status() == 200);
                    }
                    assertThat(admin.delete("/admin/providers/local/own").status())
                            .isEqualTo(409);
                    consumer(etcd, "a-literal-key-of-jack");
                    withinASecond(second, "a-literal-key-of-jack", 200);
                    await().atMost(A_SECOND)
                            .until(() -> elsewhere
                                            .delete("/admin/providers/local/own")
                                            .status()
                                    == 204);
                    await().atMost(A_SECOND)
                            .until(() -> admin.get("/admin/providers/local/own").status() == 404);
                    assertThat(admin.get("/admin/audit/verify")
                                    .expect(200)
                                    .json()
                                    .path("intact")
                                    .asBoolean())
                            .isTrue();
                }
            }
        }
    }

    @Test
    void firstStartsWithTheKeyringInAVariableMakeTheirDataDirectoriesAndOneAdminToken() throws Exception {
        Map<String, String> keyring =
                Map.of("SECRET_PROVIDERS_KEYRING", Base64.getEncoder().encodeToString(new byte[32]));
        try (Etcd etcd = Etcd.start()) {
            Path firstPlace = Files.createDirectory(directory.resolve("first"));
            Path secondPlace = Files.createDirectory(directory.resolve("second"));
            try (RunnerProcess first = RunnerProcess.start(firstPlace, RunnerProcess.everythingOn(etcd), keyring);
                    RunnerProcess second = RunnerProcess.start(secondPlace, RunnerProcess.everythingOn(etcd), keyring);
                    AdminClient admin = first.admin()) {
                for (Path place : List.of(firstPlace, secondPlace)) {
                    assertThat(PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(place.resolve("secret-providers-data"))))
                            .isEqualTo("rwx------");
                }
                assertThat(secondPlace.resolve("secret-providers-data/admin-token"))
                        .doesNotExist();
                admin.get("/admin/whoami").expect(200);

                RunnerProcess.Finished reset =
                        RunnerProcess.run(secondPlace, RunnerProcess.everythingOn(etcd), keyring, "token", "reset");
                assertThat(reset.code()).as(reset.out()).isZero();
                try (AdminClient another = second.admin()) {
                    await().atMost(A_SECOND)
                            .until(() -> admin.get("/admin/whoami").status() == 401
                                    && another.get("/admin/whoami").status() == 200);
                }
            }
        }
    }

    private void aRunnerWithAnotherKeyringDoesNotStart(Etcd etcd) throws Exception {
        Path place = Files.createDirectory(directory.resolve("stranger"));
        try (RunnerProcess stranger = RunnerProcess.launch(
                place, RunnerProcess.everythingOn(etcd), Map.of(), RunnerProcess.freePort(), RunnerCommand.quick())) {
            await().atMost(Duration.ofSeconds(20)).until(() -> !stranger.isAlive());
            assertThat(stranger.log()).contains("there is no keyring at", "copy that of another runner");
        }
    }

    private static void underLoadWhileEtcdRestarts(Etcd etcd, List<RunnerProcess> runners) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong passed = new AtomicLong();
        List<CompletableFuture<Void>> load = runners.stream()
                .map(runner -> CompletableFuture.runAsync(
                        () -> {
                            try (RunnerClient client = runner.client()) {
                                while (!stop.get()) {
                                    assertThat(RunnerProcess.statusFor(client, KEY))
                                            .as("request %d", passed.get())
                                            .isEqualTo(200);
                                    assertThat(RunnerProcess.statusFor(client, "a-wrong-key"))
                                            .isEqualTo(401);
                                    passed.incrementAndGet();
                                }
                            }
                        },
                        Thread::startVirtualThread))
                .toList();
        Thread.sleep(500);
        etcd.stop();
        Thread.sleep(2_000);
        etcd.startAgain();
        Thread.sleep(3_000);
        stop.set(true);
        load.forEach(CompletableFuture::join);
        assertThat(passed.get()).isGreaterThan(1_000);
    }

    private static void withinASecond(RunnerProcess runner, String key, int status) {
        await().atMost(A_SECOND).pollInterval(Duration.ofMillis(10)).until(() -> runner.statusFor(key) == status);
    }

    private static void consumer(Etcd etcd, String key) {
        etcd.put(
                "/apisix/consumers/jack",
                "{\"username\":\"jack\",\"plugins\":{\"key-auth\":{\"key\":\"%s\"}}}".formatted(key));
    }
}
