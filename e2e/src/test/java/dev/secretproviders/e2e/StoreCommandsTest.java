package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.e2e.RunnerProcess.Finished;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The commands on the store, with and without a running runner. */
class StoreCommandsTest {
    private static final String FIRST = "the-first-key-of-jack";
    private static final String SECOND = "the-second-key-of-jack";
    /** The longest wait for a runner's store. */
    private static final Duration LOCK_WAIT = Duration.ofSeconds(5);

    @TempDir
    Path directory;

    @BeforeEach
    void jackRefersToALocalSecret() throws IOException {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://local/own/jack/key}}
                """);
    }

    @IndependentTest
    void backupOfARunningRunnerIsPutBackAfterItStopped() throws Exception {
        try (RunnerProcess runner = start()) {
            secret(runner, FIRST);
            Finished backup = runner.beside("backup", "the.backup");
            assertThat(backup.code()).as(backup.out()).isZero();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file("the.backup"))))
                    .isEqualTo("rw-------");
            secret(runner, SECOND);

            Finished again = runner.beside("backup", "the.backup");
            assertThat(again.code()).isEqualTo(1);
            assertThat(again.out()).contains("there is already a file the.backup");
            Finished tooEarly = runner.beside("restore", "the.backup");
            assertThat(tooEarly.code()).as(tooEarly.out()).isEqualTo(1);
            assertThat(runner.statusFor(SECOND)).isEqualTo(200);
            runner.terminate();
        }
        Finished restore = run("restore", "the.backup");
        assertThat(restore.code()).as(restore.out()).isZero();
        assertThat(restore.out()).contains("The previous store is in ");

        try (RunnerProcess runner = start();
                AdminClient admin = runner.admin()) {
            runner.awaitStatus(200, FIRST);
            assertThat(runner.statusFor(SECOND)).isEqualTo(401);
            assertThat(admin.get("/admin/audit").expect(200).json().path("list").findValuesAsString("event_type"))
                    .contains("restore");
        }
        Finished verify = run("audit", "verify");
        assertThat(verify.code()).as(verify.out()).isZero();
        assertThat(verify.out()).contains("is intact");
    }

    /** Earlier versions waited five seconds for the store before they asked the runner. */
    @IndependentTest
    void runnerThatHasTheStoreIsNotWaitedFor() throws Exception {
        try (RunnerProcess runner = start()) {
            secret(runner, FIRST);
            // Other tests slow a start: the quickest of a few is compared with a command that needs no store.
            await().atMost(Duration.ofMinutes(2)).until(() -> {
                Duration asked = taken(() -> runner.beside("reload"));
                return taken(() -> runner.beside("audit", "verify"))
                                .minus(asked)
                                .compareTo(LOCK_WAIT.minusSeconds(1))
                        < 0;
            });
        }
    }

    private static Duration taken(Callable<Finished> command) throws Exception {
        long began = System.nanoTime();
        Finished finished = command.call();
        assertThat(finished.code()).as(finished.out()).isZero();
        return Duration.ofNanos(System.nanoTime() - began);
    }

    @IndependentTest
    void backupIsMadeWithoutARunner() throws Exception {
        try (RunnerProcess runner = start()) {
            secret(runner, FIRST);
            runner.terminate();
        }
        Finished backup = run("backup", "the.backup");
        assertThat(backup.code()).as(backup.out()).isZero();
        Files.delete(file("secret-providers-data/store.mv.db"));
        Finished restore = run("restore", "the.backup");
        assertThat(restore.code()).as(restore.out()).isZero();
        assertThat(restore.out()).doesNotContain("The previous store");
        try (RunnerProcess runner = start()) {
            runner.awaitStatus(200, FIRST);
        }
    }

    @IndependentTest
    void whatIsNoBackupOrNeedsAnotherKeyringReplacesNothing() throws Exception {
        try (RunnerProcess runner = start()) {
            secret(runner, FIRST);
            runner.terminate();
        }
        Files.writeString(file("no.backup"), "this is not a store");
        Finished refused = run("restore", "no.backup");
        assertThat(refused.code()).as(refused.out()).isEqualTo(1);

        assertThat(run("backup", "the.backup").code()).isZero();
        Path keyring = file("secret-providers-data/keyring");
        Path other = file("secret-providers-data/another");
        Path ours = file("secret-providers-data/store.mv.db");
        Path elsewhere = file("secret-providers-data/elsewhere");
        Files.move(keyring, other);
        Files.move(ours, elsewhere);
        try (RunnerProcess another = start()) {
            secret(another, SECOND);
            another.terminate();
        }
        Finished foreign = run("restore", "the.backup");
        assertThat(foreign.code()).as(foreign.out()).isEqualTo(1);
        assertThat(foreign.out()).contains("does not fit");
        try (RunnerProcess another = start()) {
            another.awaitStatus(200, SECOND);
        }
    }

    @IndependentTest
    void healthShowsTheCryptographicModule() throws Exception {
        try (RunnerProcess runner = start()) {
            assertThat(runner.get("/actuator/health"))
                    .containsPattern("\\(bc-fips\\) 2\\.1\\.\\d+, approved only, READY");
        }
    }

    @IndependentTest
    void rekeyPutsEverythingUnderANewMasterKeyWhileRequestsPass() throws Exception {
        try (RunnerProcess runner = start()) {
            secret(runner, FIRST);
            Finished rekey = runner.beside("rekey");
            assertThat(rekey.code()).as(rekey.out()).isZero();
            assertThat(runner.statusFor(FIRST)).isEqualTo(200);
            secret(runner, SECOND);
            runner.terminate();
        }
        Finished alone = run("rekey");
        assertThat(alone.code()).as(alone.out()).isZero();
        assertThat(alone.out()).contains("are under master key");
        List<String> keys = keys();
        assertThat(keys).hasSize(3);

        // Nothing needs previous keys any more.
        Files.writeString(file("secret-providers-data/keyring"), keys.getFirst() + "\n");
        try (RunnerProcess runner = start()) {
            runner.awaitStatus(200, SECOND);
            assertThat(runner.beside("audit", "verify").out()).contains("is intact");
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(runner.get("/actuator/health"))
                            .as("every record is the one that the manifest names")
                            .contains("\"verified_at\"")
                            .doesNotContain("\"refused\""));
            assertThat(runner.metric("secret_providers_store_manifest_refused", ""))
                    .isZero();
        }
    }

    /** Here the file has little free space; EmbeddedStoreTest shows how much smaller it can become. */
    @IndependentTest
    void compactionIsDoneWhileRequestsPassAndWithoutARunner() throws Exception {
        try (RunnerProcess runner = start();
                AdminClient admin = runner.admin()) {
            secret(runner, FIRST);
            Finished compact = runner.beside("compact");
            assertThat(compact.code()).as(compact.out()).isZero();
            assertThat(compact.out()).contains("The store had ");
            assertThat(admin.get("/admin/audit").expect(200).json().path("list").findValuesAsString("event_type"))
                    .contains("compact");
            assertThat(runner.statusFor(FIRST)).isEqualTo(200);
            runner.terminate();
        }
        Finished alone = run("compact");
        assertThat(alone.code()).as(alone.out()).isZero();
        assertThat(alone.out()).contains("The store had ");
        try (RunnerProcess runner = start()) {
            runner.awaitStatus(200, FIRST);
            assertThat(runner.beside("audit", "verify").out()).contains("is intact");
        }
    }

    @IndependentTest
    void wrongOrMissingKeyringStopsTheStartAndLeavesTheStoreAlone() throws Exception {
        try (RunnerProcess runner = start()) {
            secret(runner, FIRST);
            runner.terminate();
        }
        Path store = file("secret-providers-data/store.mv.db");
        Path keyring = file("secret-providers-data/keyring");
        Path away = file("keyring.away");
        byte[] before = Files.readAllBytes(store);
        Files.move(keyring, away);

        assertThat(refusal()).contains("there is no keyring at", "Put back the keyring");
        assertThat(keyring).doesNotExist();
        assertThat(Files.readAllBytes(store)).isEqualTo(before);

        Files.createFile(keyring, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(keyring, "A".repeat(43) + "=\n");
        assertThat(refusal()).contains("does not fit the store", "Put back the keyring");
        assertThat(Files.readAllBytes(store)).isEqualTo(before);

        Files.writeString(keyring, "not base64!\n");
        assertThat(refusal()).contains("keyring").doesNotContain("not base64!");
        assertThat(Files.readAllBytes(store)).isEqualTo(before);

        Files.delete(keyring);
        Files.move(away, keyring);
        try (RunnerProcess runner = start()) {
            runner.awaitStatus(200, FIRST);
        }
    }

    @IndependentTest
    void auditIsExportedWithAndWithoutARunner() throws Exception {
        try (RunnerProcess runner = start()) {
            secret(runner, FIRST);
            Finished lines = runner.beside("audit", "export");
            assertThat(lines.code()).as(lines.out()).isZero();
            assertThat(lines.out()).contains("\"event_type\":\"secret.create\"").doesNotContain(FIRST);
            runner.terminate();
        }
        Finished csv = run("audit", "export", "--format", "csv");
        assertThat(csv.code()).as(csv.out()).isZero();
        assertThat(csv.out()).contains(",secret.create,").doesNotContain(FIRST);
    }

    /** Another process has the port. It would receive the token if it were sent, and could answer anything. */
    @IndependentTest
    void commandsReachTheRunnerWhoeverHasItsPort() throws Exception {
        StringBuilder heard = new StringBuilder();
        try (ServerSocket foreign = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> listen(foreign, heard));
            try (RunnerProcess runner =
                    RunnerProcess.launch(directory, yaml(), Map.of(), foreign.getLocalPort(), RunnerCommand.quick())) {
                Path socket = file("secret-providers-data/admin.sock");
                await("the socket for commands").atMost(Duration.ofMinutes(1)).until(() -> Files.exists(socket));
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                        .isEqualTo("rw-------");
                Files.delete(file("secret-providers-data/admin-token"));

                Finished verify = runner.beside("audit", "verify");
                assertThat(verify.out()).contains("is intact");
                Finished backup = runner.beside("backup", "the.backup");
                assertThat(backup.code()).as(backup.out()).isZero();
                Finished compact = runner.beside("compact");
                assertThat(compact.out()).contains("The store had ");
                Finished export = runner.beside("audit", "export");
                assertThat(export.out()).contains("\"event_type\":\"backup\"", "(uid ", "\"source\":\"command\"");
                Finished tokens = runner.beside("list", "tokens");
                assertThat(tokens.out()).contains("ID ", "ROLES", "first-admin", "admin");
                Finished json = runner.beside("list", "tokens", "-o", "json");
                assertThat(json.out()).contains("\"name\" : \"first-admin\"");
                runner.terminate();
                assertThat(socket).doesNotExist();
            }
        }
        assertThat(heard.toString()).isEmpty();
    }

    private static void listen(ServerSocket foreign, StringBuilder heard) {
        while (true) {
            try (Socket client = foreign.accept()) {
                heard.append(new String(client.getInputStream().readNBytes(20), StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                return;
            }
        }
    }

    @IndependentTest
    void lostAdminTokenIsReplacedWithAndWithoutARunner() throws Exception {
        Path token = file("secret-providers-data/admin-token");
        String first;
        try (RunnerProcess runner = start()) {
            secret(runner, FIRST);
            first = Files.readString(token).strip();
            Files.delete(token);
            Finished reset = runner.beside("token", "reset");
            assertThat(reset.code()).as(reset.out()).isZero();
            assertThat(reset.out())
                    .contains("The new one is in ", "admin-token")
                    .doesNotContain("sp_");
            try (AdminClient ended = runner.admin(first);
                    AdminClient admin = runner.admin()) {
                assertThat(ended.get("/admin/whoami").status()).isEqualTo(401);
                admin.get("/admin/whoami").expect(200);
            }
            runner.terminate();
        }
        String second = Files.readString(token).strip();
        Finished alone = run("token", "reset");
        assertThat(alone.code()).as(alone.out()).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token)))
                .isEqualTo("rw-------");
        try (RunnerProcess runner = start();
                AdminClient ended = runner.admin(second);
                AdminClient admin = runner.admin()) {
            assertThat(ended.get("/admin/whoami").status()).isEqualTo(401);
            assertThat(admin.get("/admin/audit").expect(200).json().path("list").findValuesAsString("event_type"))
                    .contains("token.reset");
            assertThat(admin.get("/admin/tokens")
                            .expect(200)
                            .json()
                            .path("total")
                            .asInt())
                    .isEqualTo(1);
        }
    }

    @IndependentTest
    void resolveAsksTheRunnerWhichKnowsTheProvidersOfItsStore() throws Exception {
        try (RunnerProcess runner = start()) {
            secret(runner, FIRST);
            Finished resolved = runner.beside("resolve", "$secret://local/own/jack/key");
            assertThat(resolved.code()).as(resolved.out()).isZero();
            assertThat(resolved.out())
                    .contains("state      FRESH", "version    1")
                    .doesNotContain(FIRST);
            Finished json = runner.beside("resolve", "-o", "json", "$secret://local/own/jack/key");
            assertThat(json.out()).contains("\"state\" : \"fresh\"").doesNotContain(FIRST);
            try (AdminClient admin = runner.admin()) {
                admin.put(
                                "/admin/secrets/own/jack",
                                "{'fields': {'key': 'another-key', 'expires_at': '2100-01-01T00:00:00Z'}}")
                        .expect(200);
            }
            assertThat(runner.beside("resolve", "$secret://local/own/jack/key").out())
                    .contains("limits     valid, until 2100-01-01T00:00:00Z");
            Finished missing = runner.beside("resolve", "$secret://local/own/missing/key");
            assertThat(missing.code()).isEqualTo(1);
            assertThat(missing.out()).contains("state      NEGATIVE");
        }
    }

    /** Starts a runner that must refuse to start, and returns its output. */
    private String refusal() throws IOException {
        Files.deleteIfExists(file("runner.log"));
        try (RunnerProcess runner =
                RunnerProcess.launch(directory, yaml(), Map.of(), RunnerProcess.freePort(), RunnerCommand.quick())) {
            await("the runner to stop").atMost(Duration.ofSeconds(30)).until(() -> !runner.isAlive());
            return runner.log();
        }
    }

    private RunnerProcess start() throws IOException {
        return RunnerProcess.start(directory, yaml(), Map.of());
    }

    private Finished run(String... arguments) throws IOException, InterruptedException {
        return RunnerProcess.run(directory, yaml(), Map.of(), arguments);
    }

    private void secret(RunnerProcess runner, String key) {
        try (AdminClient admin = runner.admin()) {
            if (admin.get("/admin/providers/local/own").status() == 404) {
                admin.put("/admin/providers/local/own", "{}").expect(201);
            }
            assertThat(admin.put("/admin/secrets/own/jack", "{'fields': {'key': '%s'}}".formatted(key))
                            .status())
                    .isIn(200, 201);
        }
        runner.awaitStatus(200, key);
    }

    private List<String> keys() throws IOException {
        return Files.readAllLines(file("secret-providers-data/keyring")).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
    }

    private Path file(String name) {
        return directory.resolve(name);
    }

    private String yaml() {
        return RunnerProcess.consumersFromFile(directory);
    }
}
