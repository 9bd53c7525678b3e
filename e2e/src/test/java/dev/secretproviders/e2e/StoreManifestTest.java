package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.e2e.RunnerProcess.Finished;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A store of an earlier version, and one that was replaced by an older copy, as a user sees them. */
class StoreManifestTest {
    private static final Path FIXTURE = Path.of("../runner-plugin/src/test/resources/store-of-6d0e859");
    private static final String KEY = "the-second-key-of-jack";

    @TempDir
    Path directory;

    @BeforeEach
    void jackRefersToALocalSecret() throws IOException {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://local/own/jack/key}}
                """);
        Files.createDirectory(
                data(""), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        for (String name : List.of("store.mv.db", "keyring")) {
            Files.createFile(
                    data(name), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(data(name), Files.readAllBytes(FIXTURE.resolve(name)));
        }
        // All calls of the Admin API are made with it.
        Files.writeString(
                data("admin-token"),
                Files.readString(FIXTURE.resolve("known-token")).strip());
    }

    @IndependentTest
    void aStoreOfTheVersionBeforeServesItsSecretsAndItsTokens() throws Exception {
        try (RunnerProcess runner = start()) {
            runner.awaitStatus(200, KEY);
            assertThat(runner.statusFor("the-first-key-of-jack")).isEqualTo(401);
            try (AdminClient admin = runner.admin()) {
                assertThat(admin.get("/admin/providers").expect(200).json().toString())
                        .contains("local/own", "env/machine", "vault/prod");
                assertThat(admin.get("/admin/audit")
                                .expect(200)
                                .json()
                                .path("list")
                                .findValuesAsString("event_type"))
                        .contains("manifest.create", "token.create", "secret.revoke");
            }
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(runner.get("/actuator/health"))
                            .contains("\"manifest\"", "\"verified_at\"")
                            .doesNotContain("\"refused\""));
            assertThat(runner.get("/actuator/prometheus"))
                    .contains("secret_providers_store_manifest_refused 0.0", "secret_providers_store_manifest_counter");
            runner.terminate();
        }
        try (RunnerProcess runner = start()) {
            runner.awaitStatus(200, KEY);
        }
    }

    @IndependentTest
    void aStoreThatWasPutBackIsRefusedUntilItIsAccepted() throws Exception {
        try (RunnerProcess runner = start()) {
            runner.awaitStatus(200, KEY);
            runner.terminate();
        }
        Files.write(data("store.mv.db"), Files.readAllBytes(FIXTURE.resolve("store.mv.db")));

        Files.deleteIfExists(directory.resolve("runner.log"));
        try (RunnerProcess runner =
                RunnerProcess.launch(directory, yaml(), Map.of(), RunnerProcess.freePort(), RunnerCommand.quick())) {
            await("the runner to stop").atMost(Duration.ofSeconds(30)).until(() -> !runner.isAlive());
            assertThat(runner.log()).contains("lost its manifest", "restore --accept");
        }
        Finished verify = run("audit", "verify");
        assertThat(verify.code()).as(verify.out()).isEqualTo(1);

        Finished accepted = run("restore", "--accept");
        assertThat(accepted.code()).as(accepted.out()).isZero();
        assertThat(accepted.out()).contains("accepted as it is");
        try (RunnerProcess runner = start()) {
            runner.awaitStatus(200, KEY);
            assertThat(runner.beside("audit", "verify").out()).contains("is intact");
            Finished beside = runner.beside("restore", "--accept");
            assertThat(beside.code()).isEqualTo(1);
            assertThat(beside.out()).contains("stop it first");
        }
        Finished neither = run("restore");
        assertThat(neither.code()).as(neither.out()).isEqualTo(2);
    }

    private RunnerProcess start() throws IOException {
        return RunnerProcess.start(directory, yaml(), Map.of());
    }

    private Finished run(String... arguments) throws IOException, InterruptedException {
        return RunnerProcess.run(directory, yaml(), Map.of(), arguments);
    }

    private Path data(String name) {
        return directory.resolve("secret-providers-data").resolve(name);
    }

    private String yaml() {
        return RunnerProcess.consumersFromFile(directory);
    }
}
