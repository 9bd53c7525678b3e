package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A runner that restarts while the secret manager is down decides as before, or reports why it cannot. */
class LastKnownGoodTest {
    private static final String BEFORE = "jack-key-before-the-rotation";
    private static final String AFTER = "jack-key-after-the-rotation";
    private static final String REVOKED = "kate-key-that-was-revoked";
    private static final String DELETED = "lucy-key-that-was-deleted";
    /** A key in APISIX's configuration, which is digested under the key of last-known-good. */
    private static final String LITERAL = "mary-key-in-the-configuration";

    private static final String NOBODY = "nobodys-key";

    @TempDir
    Path directory;

    private OpenBao bao;

    @BeforeEach
    void fourConsumers() throws IOException {
        consumers(directory);
        bao = OpenBao.startPersistent();
        bao.enableKv("kv", 2);
        put("jack", BEFORE);
        put("kate", REVOKED);
        put("lucy", DELETED);
    }

    @AfterEach
    void stop() {
        bao.close();
    }

    private static void consumers(Path directory) throws IOException {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://vault/prod/jack/key}}
                  - username: kate
                    plugins: {key-auth: {key: $secret://vault/prod/kate/key}}
                  - username: lucy
                    plugins: {key-auth: {key: $secret://vault/prod/lucy/key}}
                  - username: mary
                    plugins: {key-auth: {key: %s}}
                """.formatted(LITERAL));
    }

    private void put(String path, String value) {
        bao.kvPut("kv", 2, "apisix/" + path, Map.of("key", value));
    }

    private Path file() {
        return directory.resolve("secret-providers-data/last-known-good");
    }

    private Map<String, String> environment() {
        return Map.of("TOKEN_OF_TEST", bao.rootToken());
    }

    private String yaml(Path directory, String more) {
        return RunnerProcess.consumersFromFile(directory) + """
                providers:
                  vault:
                    prod:
                      uri: "%s"
                      prefix: kv/apisix
                      token: $env://TOKEN_OF_TEST
                      timeout: 1s
                      cache: {ttl: 1s}
                      rotation: {overlap: 10m}
                """.formatted(bao.uri()) + more;
    }

    private RunnerProcess start(String more) throws IOException {
        return RunnerProcess.start(directory, yaml(directory, more), environment());
    }

    /** Prepares a runner that knows a current and a previous version, a revoked and a deleted one. */
    private void getToKnow(RunnerProcess runner, AdminClient admin) {
        runner.awaitStatus(200, BEFORE);
        runner.awaitStatus(200, REVOKED);
        runner.awaitStatus(200, DELETED);
        put("jack", AFTER);
        runner.awaitStatus(200, AFTER);
        admin.post("/admin/revoke", "{'reference': '$secret://vault/prod/kate/key', 'reason': 'it leaked'}")
                .expect(200);
        bao.kvDelete("kv", 2, "apisix/lucy");
        runner.awaitStatus(401, DELETED);
        assertDecisions(runner);
    }

    private static void assertDecisions(RunnerProcess runner) {
        assertThat(runner.statusFor(AFTER)).isEqualTo(200);
        assertThat(runner.statusFor(BEFORE)).isEqualTo(200);
        assertThat(runner.statusFor(REVOKED)).isEqualTo(401);
        assertThat(runner.statusFor(DELETED)).isEqualTo(401);
        assertThat(runner.statusFor(LITERAL)).isEqualTo(200);
        assertThat(runner.statusFor(NOBODY)).isEqualTo(401);
    }

    /** Waits for the same decisions. Benchmarks measure the time on a quiet machine. */
    private void awaitDecisions(RunnerProcess runner) {
        await("the socket to accept")
                .atMost(Duration.ofMinutes(2))
                .until(() -> accepts(RunnerProcess.socket(directory)));
        runner.awaitStatus(200, AFTER);
        assertDecisions(runner);
    }

    /** Health and metrics are served some time after the socket. */
    private static void awaitReady(RunnerProcess runner) {
        await().atMost(Duration.ofMinutes(2)).until(() -> runner.status("/actuator/health/readiness") == 200);
    }

    private static boolean accepts(Path socket) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Stops a runner that knows all secrets, after the manager goes down. */
    private void runUntilTheOutage() throws Exception {
        try (RunnerProcess runner = start("");
                AdminClient admin = runner.admin()) {
            getToKnow(runner, admin);
            bao.stop();
            runner.terminate();
        }
    }

    private RunnerProcess launchDuringTheOutage() throws IOException {
        return RunnerProcess.launch(
                directory, yaml(directory, ""), environment(), RunnerProcess.freePort(), RunnerCommand.installed());
    }

    @Test
    @ResourceLock(IndependentTest.PROCESSORS)
    void restartsDuringAnOutageDecideAsBefore() throws Exception {
        runUntilTheOutage();
        for (int kills = 0; kills < 2; kills++) {
            try (RunnerProcess runner = launchDuringTheOutage()) {
                awaitDecisions(runner);
                awaitReady(runner);
                assertThat(runner.metric("secret_providers_references", "state=\"stale\""))
                        .isEqualTo(1);
                assertThat(runner.log()).contains("secrets taken over");
                try (AdminClient admin = runner.admin()) {
                    await().untilAsserted(() -> assertThat(admin.get("/admin/audit?action=snapshot.load")
                                    .expect(200)
                                    .text())
                            .contains("secrets were taken over"));
                }
                runner.kill();
            }
        }
        try (RunnerProcess runner = launchDuringTheOutage()) {
            awaitDecisions(runner);
            bao.startAgain();
            put("jack", "jack-key-after-the-outage");
            runner.awaitStatus(200, "jack-key-after-the-outage");
            assertThat(runner.statusFor(AFTER)).isEqualTo(200);
            assertThat(runner.statusFor(REVOKED)).isEqualTo(401);
            assertThat(runner.statusFor(DELETED)).isEqualTo(401);
            awaitReady(runner);
            assertNoKeyInClear(runner);
        }
    }

    private void assertNoKeyInClear(RunnerProcess runner) throws IOException {
        String said = runner.log() + runner.get("/actuator/health") + runner.get("/actuator/prometheus");
        List<String> planted = List.of(BEFORE, AFTER, REVOKED, DELETED, bao.rootToken());
        assertThat(said).doesNotContain(planted);
        try (AdminClient admin = runner.admin()) {
            assertThat(admin.get("/admin/audit").expect(200).text()).doesNotContain(planted);
        }
        try (Stream<Path> files = Files.walk(directory.resolve("secret-providers-data"))) {
            for (Path kept : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(kept, StandardCharsets.ISO_8859_1))
                        .as(kept.toString())
                        .doesNotContain(planted);
            }
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @IndependentTest
    void whatCannotBeTrustedIsRefusedAndSaidInLogHealthMetricAndAudit() throws Exception {
        runUntilTheOutage();
        byte[] good = Files.readAllBytes(file());

        byte[] tampered = good.clone();
        tampered[tampered.length / 2] ^= 1;
        Files.write(file(), tampered);
        refused("", "is damaged: it was changed by something other than the runner");

        whole(good, "rw-r--r--");
        refused("", "is open to others (rw-r--r--)");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-r--r--");

        whole(good, "rw-------");
        refused("last-known-good: {max-age: 1s}\n", "last-known-good.max-age");

        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        consumers(elsewhere);
        Path data = Files.createDirectory(
                elsewhere.resolve("secret-providers-data"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        whole(good, "rw-------");
        Files.move(file(), data.resolve("last-known-good"));
        try (RunnerProcess other = RunnerProcess.start(elsewhere, yaml(elsewhere, ""), environment())) {
            assertRefused(other, "which the keyring does not have");
            bao.startAgain();
            other.awaitStatus(200, AFTER);
            await("health without it, once it is written again")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !other.get("/actuator/health").contains("last-known-good"));
        }
    }

    private void whole(byte[] content, String mode) throws IOException {
        Files.write(file(), content);
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString(mode));
    }

    private void refused(String settings, String why) throws Exception {
        try (RunnerProcess runner = start(settings)) {
            assertRefused(runner, why);
        }
    }

    private static void assertRefused(RunnerProcess runner, String why) throws IOException {
        assertThat(runner.log()).contains("last-known-good refused").contains(why);
        assertThat(runner.get("/actuator/health"))
                .contains("DEGRADED")
                .contains("\"last-known-good\":\"refused")
                .contains(why);
        assertThat(runner.metric("secret_providers_last_known_good_refused", ""))
                .isEqualTo(1);
        assertThat(runner.statusFor(AFTER)).isEqualTo(503);
        try (AdminClient admin = runner.admin()) {
            await().untilAsserted(() -> assertThat(admin.get("/admin/audit?action=snapshot.load.failed")
                            .expect(200)
                            .text())
                    .contains(why));
        }
    }

    @IndependentTest
    void switchedOffItDeletesTheFileAndWritesNone() throws Exception {
        try (RunnerProcess runner = start("")) {
            runner.awaitStatus(200, BEFORE);
            runner.terminate();
        }
        assertThat(file()).exists();
        try (RunnerProcess runner = start("last-known-good: {enabled: false}\n")) {
            runner.awaitStatus(200, BEFORE);
            put("jack", AFTER);
            runner.awaitStatus(200, AFTER);
            assertThat(file()).doesNotExist();
            runner.terminate();
        }
        try (Stream<Path> left = Files.list(file().resolveSibling(""))) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .noneMatch(name -> name.startsWith("last-known-good"));
        }
    }

    @IndependentTest
    void newMasterKeyIsEnoughAfterRekeyOfARunningAndOfAStoppedRunner() throws Exception {
        Path keyring = directory.resolve("secret-providers-data/keyring");
        try (RunnerProcess runner = start("")) {
            runner.awaitStatus(200, BEFORE);
            await().until(() -> runner.metric("secret_providers_last_known_good_entries", "") == 3);
            bao.stop();
            RunnerProcess.Finished rekey = runner.beside("rekey");
            assertThat(rekey.code()).as(rekey.out()).isZero();
            runner.kill();
        }
        keepCurrentKeyOnly(keyring);
        try (RunnerProcess runner = start("")) {
            runner.awaitStatus(200, BEFORE);
            runner.terminate();
        }
        RunnerProcess.Finished alone = RunnerProcess.run(directory, yaml(directory, ""), environment(), "rekey");
        assertThat(alone.code()).as(alone.out()).isZero();
        keepCurrentKeyOnly(keyring);
        try (RunnerProcess runner = start("")) {
            runner.awaitStatus(200, BEFORE);
        }
    }

    private static void keepCurrentKeyOnly(Path keyring) throws IOException {
        List<String> keys = Files.readAllLines(keyring).stream()
                .filter(line -> !line.startsWith("#"))
                .toList();
        assertThat(keys).hasSize(2);
        Files.writeString(keyring, keys.getFirst() + "\n");
    }

    @IndependentTest
    void killsDuringWritesLeaveAUsableFile() throws Exception {
        Random random = new Random(7);
        AtomicBoolean stop = new AtomicBoolean();
        try (ExecutorService rotating = Executors.newSingleThreadExecutor()) {
            Future<?> rotations = rotating.submit(() -> {
                for (int i = 0; !stop.get(); i++) {
                    put("jack", "jack-key-number-" + i);
                    put("kate", "kate-key-number-" + i);
                }
            });
            try {
                for (int i = 0; i < 4; i++) {
                    try (RunnerProcess runner = start("");
                            AdminClient admin = runner.admin()) {
                        runner.awaitStatus(200, DELETED);
                        long end = System.nanoTime()
                                + Duration.ofMillis(1_100 + random.nextInt(700)).toNanos();
                        while (System.nanoTime() < end) {
                            admin.post("/admin/refresh", "{'provider': 'vault/prod'}");
                        }
                        runner.kill();
                        assertThat(runner.log()).doesNotContain("last-known-good refused");
                        assertThat(file()).exists();
                    }
                }
            } finally {
                stop.set(true);
            }
            rotations.get();
        }
        bao.stop();
        try (RunnerProcess runner = start("")) {
            runner.awaitStatus(200, DELETED);
            assertThat(runner.log()).contains("3 secrets taken over").doesNotContain("last-known-good refused");
        }
    }
}
