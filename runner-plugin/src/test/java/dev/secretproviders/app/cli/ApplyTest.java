package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.app.wiring.CommandSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** {@code diff}, {@code apply} and {@code dump} against a real Admin API, over HTTP. */
class ApplyTest {
    private static final String CANARY = "canary-token-of-vault";

    @TempDir
    Path directory;

    private AdminFixture admin;

    @BeforeEach
    void start() throws Exception {
        admin = new AdminFixture(Files.createDirectory(directory.resolve("runner")));
    }

    @AfterEach
    void stop() throws Exception {
        admin.close();
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(directory.resolve("providers.yaml"), yaml);
    }

    private CommandRun run(String command, String... more) throws IOException {
        return runAs(admin.firstToken, command, more);
    }

    private CommandRun runAs(String key, String command, String... more) throws IOException {
        Path token = Files.writeString(directory.resolve("token"), key + "\n");
        List<String> arguments =
                new ArrayList<>(List.of(command, "--admin", admin.uri().toString(), "--token-file", token.toString()));
        arguments.addAll(List.of(more));
        CommandRun run = CommandRun.of(arguments);
        assertThat(run.printed()).doesNotContain(CANARY).doesNotContain(key);
        return run;
    }

    @Test
    void fileIsAppliedOnceAndThenNothingDiffers() throws Exception {
        Path secrets = Files.createDirectory(directory.resolve("secrets"));
        String path = file("""
                providers:
                  vault/prod:
                    uri: http://127.0.0.1:1
                    prefix: kv/apisix
                    token: %s
                    access: [{consumers: [jack], paths: ["jack/**"]}]
                  file/mounted: {directory: %s, desc: "mounted secrets"}
                tokens:
                  "team a": {roles: [operator], scope: {providers: ["vault/team-a-*"]}, expires_at: 2031-01-31T01:00:00+01:00}
                """.formatted(CANARY, secrets)).toString();
        assertThat(run("diff", "-f", path).code()).isEqualTo(1);

        CommandRun applied = run(
                "apply",
                "-f",
                path,
                "--yes",
                "--tokens-to",
                directory.resolve("tokens").toString());

        assertThat(applied.code()).as(applied.printed()).isZero();
        assertThat(applied.out())
                .contains("+ provider vault/prod", "    prefix: kv/apisix", "    token: ***", "+ token team a")
                .contains("3 to create, 0 to update, 0 to delete, 0 as in the file.")
                .contains("created provider vault/prod", "created token team a");
        assertThat(applied.err())
                .contains("note: create provider vault/prod: its manager cannot be used now (connect)");
        Path text = directory.resolve("tokens/team_a");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(text)))
                .isEqualTo("rw-------");
        admin.call(Files.readString(text), "GET", "/admin/whoami", null).expect(200);
        // The secret is written in the file, so it is written again each time.
        CommandRun again = run("diff", "-f", path);
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.out()).contains("token: *** (written again: the stored one is not shown)", "2 as in the file");
        String masked =
                file(Files.readString(Path.of(path)).replace(CANARY, "'***'")).toString();
        assertThat(run("diff", "-f", masked).code()).isZero();
        assertThat(run("apply", "-f", masked, "--yes").out()).contains("Nothing differs: 3 as in the file.");
    }

    @Test
    void dumpIsAppliedElsewhereAndChangesNothingHere() throws Exception {
        admin.put(
                        "/admin/providers/vault/prod",
                        "{'uri': 'http://127.0.0.1:1', 'prefix': 'kv', 'token': '" + CANARY
                                + "', 'cache': {'ttl': '2m'}}")
                .expect(201);
        admin.token("viewer", ", 'scope': {'providers': ['vault/*']}");
        Path dumped = directory.resolve("dumped.yaml");

        assertThat(run("dump", "-f", dumped.toString()).code()).isZero();

        assertThat(dumped)
                .content()
                .contains("vault/prod:", "token: '***'", "ttl: 2m")
                .doesNotContain("origin", "created_at");
        assertThat(dumped).content().doesNotContain("first-admin");
        CommandRun same = run("diff", "-f", dumped.toString(), "--prune");
        assertThat(same.code()).as(same.printed()).isZero();
        assertThat(run("dump", "-f", dumped.toString()).code()).isEqualTo(1);
        assertThat(JsonMapper.shared()
                        .readTree(run("dump", "-o", "json").out())
                        .at("/providers/vault~1prod/prefix")
                        .asString())
                .isEqualTo("kv");
        try (AdminFixture other = new AdminFixture(Files.createDirectory(directory.resolve("other")))) {
            Path token = Files.writeString(directory.resolve("other-token"), other.firstToken);
            CommandRun refused = CommandRun.of(
                    "apply",
                    "--yes",
                    "-f",
                    dumped.toString(),
                    "--admin",
                    other.uri() + "/admin/",
                    "--token-file",
                    token.toString());
            assertThat(refused.code()).isEqualTo(Main.WRONG_CONFIGURATION);
            assertThat(refused.err()).contains("provider vault/prod: has *** in place of a secret", "dumped.yaml:");
            other.get("/admin/providers/vault/prod").expect(404);
        }
    }

    @Test
    void changeThatWouldBreakAReferenceIsShownAndNothingIsChanged() throws Exception {
        Path secrets = admin.fileProvider("jacks", Map.of("jack", "the-key-of-jack"));
        Path other = Files.createDirectory(directory.resolve("other"));
        admin.gateway("consumers: [{username: jack, plugins: {key-auth: {key: $secret://file/jacks/jack}}}]");
        admin.get("/admin/references?state=fresh").expect(200);
        String wrong = file("providers: {file/jacks: {directory: %s}, file/new: {directory: %s}}"
                        .formatted(other, secrets))
                .toString();

        CommandRun refused = run("apply", "-f", wrong, "--yes");

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err())
                .contains("would be refused: update provider file/jacks: references that work now", "(409)")
                .contains("consumer jack, plugins.key-auth.key, $secret://file/jacks/jack: ")
                .contains("Nothing was changed.");
        admin.get("/admin/providers/file/new").expect(404);
        String gone = file("providers: {}").toString();
        CommandRun pruned = run("apply", "-f", gone, "--prune", "--yes");
        assertThat(pruned.code()).isEqualTo(1);
        assertThat(pruned.err())
                .contains("would be refused: delete provider file/jacks: the provider is still referred to");
        admin.get("/admin/providers/file/jacks").expect(200);
    }

    @Test
    void whatTheFileDoesNotNameIsDeletedOnDemandOnly() throws Exception {
        admin.put("/admin/providers/local/app", "{}").expect(201);
        admin.token("viewer", "");
        String empty = file("providers:\ntokens: {}\n").toString();

        CommandRun kept = run("apply", "-f", empty, "--yes");
        assertThat(kept.code()).isZero();
        assertThat(kept.out()).contains("provider local/app is not in the file, and stays", "Nothing differs");
        CommandRun tried = run("apply", "-f", empty, "--prune", "--dry-run");
        assertThat(tried.code()).as(tried.printed()).isZero();
        assertThat(tried.out()).contains("- provider local/app", "0 to create, 0 to update, 2 to delete");
        admin.get("/admin/providers/local/app").expect(200);
        CommandRun pruned = run("apply", "-f", empty, "--prune", "--yes");
        assertThat(pruned.code()).as(pruned.printed()).isZero();
        admin.get("/admin/providers/local/app").expect(404);
        // The first token, which also makes the calls, is still there.
        assertThat(admin.get("/admin/tokens").expect(200).json().path("total").asInt())
                .isEqualTo(1);
    }

    @Test
    void whatThePlanDeletesFirstKeepsNothing() throws Exception {
        Path secrets = admin.fileProvider("z", Map.of("vault", "a-token"));
        admin.put(
                        "/admin/providers/vault/a",
                        "{'uri': 'http://127.0.0.1:1', 'prefix': 'kv', 'token': '$secret://file/z/vault'}")
                .expect(201);
        assertThat(secrets).exists();

        CommandRun pruned = run("apply", "-f", file("providers:").toString(), "--prune", "--yes");

        assertThat(pruned.code()).as(pruned.printed()).isZero();
        assertThat(pruned.out()).containsSubsequence("deleted provider vault/a", "deleted provider file/z");
        assertThat(pruned.err()).contains("delete provider file/z: what refers to it is changed first");
    }

    @Test
    void failureSaysWhatWasDoneAndWhatWasNot() throws Exception {
        // The second is refused when it is written only: tokens have no dry run.
        String path = file("""
                providers: {local/app: {}}
                tokens:
                  one: {roles: [operator], expires_at: 2001-01-01T00:00:00Z}
                  two: {roles: [viewer]}
                """).toString();

        CommandRun run = run(
                "apply",
                "-f",
                path,
                "--yes",
                "--tokens-to",
                directory.resolve("tokens").toString());

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("created provider local/app").doesNotContain("created token");
        assertThat(run.err())
                .contains("failed: create token one: expires_at: expected a time in the future")
                .contains("not tried: create token two")
                .contains("1 of 3 changes were made.");
        CommandRun mended = run(
                "apply",
                "-f",
                file(Files.readString(Path.of(path)).replace("2001", "2031")).toString(),
                "--yes",
                "--tokens-to",
                directory.resolve("tokens").toString());
        assertThat(mended.code()).as(mended.printed()).isZero();
        assertThat(mended.out()).contains("2 to create, 0 to update, 0 to delete, 1 as in the file.");
    }

    @Test
    void withoutATerminalNothingIsChangedUnlessYesIsSaid() throws Exception {
        String path = file("{\"providers\": {\"local/app\": {}}}").toString();

        CommandRun run = run("apply", "-f", path);

        assertThat(run.code()).isEqualTo(Main.WRONG_CONFIGURATION);
        assertThat(run.err()).contains("add --yes");
        admin.get("/admin/providers/local/app").expect(404);
        CommandRun noPlace =
                run("apply", "-f", file("tokens: {a: {roles: [viewer]}}").toString(), "--yes");
        assertThat(noPlace.code()).isEqualTo(Main.WRONG_CONFIGURATION);
        assertThat(noPlace.err()).contains("--tokens-to");
    }

    @Test
    void providersAreWrittenBeforeThoseThatReferToThem() throws Exception {
        Path secrets = Files.createDirectory(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("vault"), "a-token");
        String path = file("""
                providers:
                  vault/a: {uri: "http://127.0.0.1:1", prefix: kv, token: "$secret://file/z/vault"}
                  file/z: {directory: %s}
                """.formatted(secrets)).toString();

        CommandRun run = run("apply", "-f", path, "--yes");

        assertThat(run.code()).as(run.printed()).isZero();
        assertThat(run.out()).containsSubsequence("created provider file/z", "created provider vault/a");
        assertThat(run.err()).contains("refers to provider file/z, so it is tried when that is there");
    }

    @Test
    void rightsOfTheTokenCountAndDiffNeedsOnlyToRead() throws Exception {
        String viewer = admin.token("viewer", "");
        String path = file("providers: {local/app: {}}").toString();

        assertThat(runAs(viewer, "diff", "-f", path).code()).isEqualTo(1);
        CommandRun apply = runAs(viewer, "apply", "-f", path, "--yes");
        assertThat(apply.code()).isEqualTo(1);
        assertThat(apply.err()).contains("would be refused: create provider local/app: your token's roles");
        CommandRun dump = runAs(viewer, "dump");
        assertThat(dump.code()).isZero();
        assertThat(dump.err()).contains("tokens are left out");
        CommandRun wrong = runAs("sp_000000000000_wrong", "diff", "-f", path);
        assertThat(wrong.code()).isEqualTo(2);
    }

    @Test
    void wrongFilesAndOptionsAreNamedAndChangeNothing() throws Exception {
        Map<String, Integer> before = admin.stored();
        for (Map.Entry<String, String> wrong : Map.of(
                        "provider: {}", "unknown section 'provider'; did you mean 'providers'?",
                        "providers: []", "providers: expected objects by name",
                        "providers: {local/app: 1}", "local/app: expected fields",
                        "providers: {local: {}}", "expected manager/id",
                        "providers: {local/app: {desc: \"${{NO_SUCH_VARIABLE}}\"}}",
                                "the variable NO_SUCH_VARIABLE is not set",
                        "- a", "expected one document",
                        "providers: {env/process: {}}", "is defined in the runner's configuration file")
                .entrySet()) {
            CommandRun run = run("apply", "--yes", "-f", file(wrong.getKey()).toString());
            assertThat(run.code()).as(wrong.getKey()).isEqualTo(Main.WRONG_CONFIGURATION);
            assertThat(run.err()).contains("providers.yaml", wrong.getValue());
        }
        String fine = file("providers: {}").toString();
        for (List<String> options : List.of(
                List.of("--admin", "http://runner.example:9190"),
                List.of("--admin", "ftp://127.0.0.1"),
                List.of("--admin", "https://user:canary@127.0.0.1"),
                List.of("--ca-file", "ca.pem"),
                List.of("--admin", "https://127.0.0.1:1", "--token-file", "no-such-file"),
                List.of("--admin", "https://127.0.0.1:1", "--token-file", fine))) {
            List<String> arguments = new ArrayList<>(List.of("diff", "-f", fine));
            arguments.addAll(options);
            CommandRun run = CommandRun.of(arguments);
            assertThat(run.code()).as(run.printed()).isEqualTo(Main.WRONG_CONFIGURATION);
            assertThat(run.err()).doesNotContain("canary");
        }
        assertThat(admin.stored()).isEqualTo(before);
    }

    @Test
    void runnerOfThisMachineIsCalledOverItsSocket() throws Exception {
        Path data = Files.createDirectory(
                directory.resolve("data"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path config = Files.writeString(directory.resolve("runner.yaml"), "runner: {data-dir: %s}\n".formatted(data));
        String path = file("providers: {local/app: {desc: one}}").toString();
        try (CommandSocket _ = CommandSocket.open(data, admin.api.servlet())) {
            CommandRun created = CommandRun.of("--config", config.toString(), "apply", "-f", path, "--yes");
            assertThat(created.code()).as(created.printed()).isZero();
            CommandRun changed = CommandRun.of(
                    "--config",
                    config.toString(),
                    "apply",
                    "-f",
                    file("providers: {local/app: {desc: two}}").toString(),
                    "--yes");
            assertThat(changed.out()).contains("desc: one -> two", "updated provider local/app");
            CommandRun pruned = CommandRun.of(
                    "--config",
                    config.toString(),
                    "apply",
                    "-f",
                    file("providers:").toString(),
                    "--prune",
                    "--yes");
            assertThat(pruned.out()).contains("deleted provider local/app");
        }
        CommandRun away = CommandRun.of("--config", config.toString(), "diff", "-f", path);
        assertThat(away.code()).isEqualTo(2);
        assertThat(away.err()).contains("the running runner cannot be asked");
    }
}
