package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.peers.Etcd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No secret sent to the Admin API occurs in clear in the store, in etcd, in logs, in the audit log or in an answer. */
class StoreCanaryTest {
    private static final String MARK = "c4n4ry";
    private static final List<String> PATHS = List.of(
            "/admin/providers",
            "/admin/providers/vault/prod",
            "/admin/providers/aws/main",
            "/admin/secrets/own",
            "/admin/secrets/own/jack",
            "/admin/references",
            "/admin/references?sort=age",
            "/admin/graph?depth=6",
            "/admin/unused",
            "/admin/findings",
            "/admin/consumers",
            "/admin/consumers/jack",
            "/admin/tokens",
            "/admin/whoami",
            "/admin/status",
            "/admin/audit?page_size=1000",
            "/admin/audit/export",
            "/admin/audit/export?format=csv",
            "/admin/audit/verify",
            "/admin/openapi.json",
            "/actuator/health",
            "/actuator/prometheus");

    @TempDir
    Path directory;

    @Test
    void embeddedStore() throws Exception {
        List<String> tokens;
        try (RunnerProcess runner = RunnerProcess.start(directory, consumers(), Map.of());
                AdminClient admin = runner.admin()) {
            tokens = plant(runner, admin);
            assertThat(runner.log()).doesNotContain(MARK).doesNotContain(tokens);
        }
        RunnerProcess.Finished backup =
                RunnerProcess.run(directory, consumers(), Map.of(), "backup", directory + "/b.backup");
        assertThat(backup.code()).as(backup.out()).isZero();
        try (Stream<Path> files = Files.walk(directory)) {
            files.filter(file -> Files.isRegularFile(file)
                            // The only file that contains the first token.
                            && !file.endsWith("admin-token"))
                    .forEach(file -> assertThat(content(file))
                            .as(file.toString())
                            .doesNotContain(MARK)
                            .doesNotContain(tokens));
        }
    }

    @Test
    void etcd() throws Exception {
        try (Etcd etcd = Etcd.start()) {
            String yaml = consumers() + "store: {type: etcd, etcd: {endpoints: [\"" + etcd.endpoint() + "\"]}}\n";
            try (RunnerProcess runner = RunnerProcess.start(directory, yaml, Map.of());
                    AdminClient admin = runner.admin()) {
                List<String> tokens = plant(runner, admin);
                assertThat(etcd.dump("/secret-providers/"))
                        .contains("provider/vault/prod")
                        .doesNotContain(MARK)
                        .doesNotContain(tokens);
                assertThat(runner.log()).doesNotContain(MARK).doesNotContain(tokens);
            }
        }
    }

    /** Sends secrets in all valid and invalid ways, checks every answer, and returns the texts of tokens. */
    private static List<String> plant(RunnerProcess runner, AdminClient admin) {
        List<AdminClient.Reply> answers = new ArrayList<>();
        answers.add(admin.put("/admin/providers/local/own", "{}").expect(201));
        answers.add(admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'c4n4ry-local-secret'}}")
                .expect(201));
        answers.add(admin.patch("/admin/secrets/own/jack", "{'fields': {'other': 'c4n4ry-other-secret'}}"));
        answers.add(admin.put(
                        "/admin/providers/vault/prod",
                        "{'uri': 'http://127.0.0.1:1', 'prefix': 'kv', 'token': 'c4n4ry-vault-token'}")
                .expect(201));
        answers.add(admin.put(
                        "/admin/providers/aws/main",
                        "{'endpoint_url': 'http://127.0.0.1:1', 'access_key_id': 'c4n4ry-id', 'secret_access_key':"
                                + " 'c4n4ry-aws'}")
                .expect(201));
        answers.add(admin.post("/admin/providers/vault/prod/test", "{'path': 'a/b'}"));
        // Secrets in the wrong places.
        answers.add(
                admin.put("/admin/providers/vault/bad", "{'uri': 'http://c4n4ry-user:c4n4ry@h', 'token': 'c4n4ry'}"));
        answers.add(admin.put("/admin/providers/vault/bad", "{'uri': 'http://h', 'token': ['c4n4ry']}"));
        answers.add(admin.put("/admin/secrets/own/bad", "{'fields': {'key': {'c': 'c4n4ry'}}}"));
        answers.add(admin.put("/admin/secrets/own/bad", "{'fields': {'key': 'c4n4ry"));
        answers.add(admin.patch("/admin/providers/vault/prod", "{'timeout': 'c4n4ry'}"));
        List<String> tokens = new ArrayList<>(List.of(admin.token()));
        tokens.add(admin.post("/admin/tokens", "{'name': 'one', 'roles': ['viewer']}")
                .expect(201)
                .json()
                .path("value")
                .path("token")
                .asString());
        try (AdminClient wrong = runner.admin("c4n4ry-wrong-token")) {
            answers.add(wrong.get("/admin/providers").expect(401));
        }
        runner.awaitStatus(200, "c4n4ry-local-secret");
        PATHS.forEach(path -> answers.add(admin.get(path).expect(200)));
        assertThat(answers)
                .allSatisfy(answer -> assertThat(answer.text())
                        .as(answer.response().uri().toString())
                        .doesNotContain(MARK)
                        .doesNotContain(tokens));
        return tokens;
    }

    private String consumers() throws IOException {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: "$secret://local/own/jack/key"}}
                """);
        return RunnerProcess.consumersFromFile(directory);
    }

    private static String content(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
