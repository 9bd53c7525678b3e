package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** All problems of a configuration are reported at once, without its secrets, and the runner does not start. */
class ConfigurationTest {
    private static final String CANARY = "canary-in-a-wrong-configuration";

    @TempDir
    Path directory;

    @IndependentTest
    void everyProblemIsSaidAtOnce() throws Exception {
        String yaml = """
                runner:
                  request-deadline: soon
                  unresolved-answer: 404
                  sokcet: {path: /tmp/x}
                  socket: {mode: 0660}
                providers:
                  vualt: {prod: {uri: http://127.0.0.1:1}}
                  vault:
                    prod: {uri: nonsense, prefix: secret, token: %s, cache: {ttl: 10ms}}
                  aws:
                    main: {region: us-east-1, access_key_id: a, typo: 1}
                consumers:
                  source: etdc
                """.formatted(CANARY);
        RunnerProcess.Finished check =
                RunnerProcess.run(RunnerCommand.asDocumented(), directory, yaml, Map.of(), "--check");
        assertThat(check.code()).isEqualTo(2);
        assertThat(check.out())
                .contains("runner.request-deadline")
                .contains("runner.unresolved-answer")
                .contains("runner.sokcet")
                .contains("runner.socket.path")
                .contains(
                        "runner.socket.mode: expected a zero and three octal digits such as \"0660\"; quote it in YAML")
                .contains("providers.vualt")
                .contains("providers.vault.prod.uri")
                .contains("providers.vault.prod.cache.ttl")
                .contains("providers.aws.main.typo")
                .contains("consumers.source")
                .doesNotContain(CANARY)
                .doesNotContain("\tat ");
    }

    @IndependentTest
    void aValidOneIsSaidToBeValid() throws Exception {
        String yaml = """
                runner: {socket: {path: /tmp/x.sock}}
                server: {port: 0}
                providers:
                  vault:
                    prod: {uri: "http://127.0.0.1:1", prefix: secret/apisix, token: $env://VAULT_TOKEN}
                """;
        RunnerProcess.Finished check = RunnerProcess.run(
                RunnerCommand.asDocumented(), directory, yaml, Map.of("VAULT_TOKEN", "a-token"), "--check");
        assertThat(check.out()).contains("The configuration is valid");
        assertThat(check.code()).isZero();
        assertThat(Path.of("/tmp/x.sock")).doesNotExist();
    }

    @IndependentTest
    void whatProvidersMayReachIsChecked() throws Exception {
        String yaml = """
                runner: {socket: {path: /tmp/x.sock}, data-dir: data}
                providers:
                  files: {allow: [/run/secrets, /proc/self, %s]}
                  destinations: ["*.vault.example", "nonsense/path"]
                  vault:
                    listed: {uri: "https://a.vault.example", token: $env://VAULT_TOKEN}
                    strange: {uri: "https://evil.example", token: $env://VAULT_TOKEN}
                    clear: {uri: "http://a.vault.example", token: $env://VAULT_TOKEN}
                    meant: {uri: "http://b.vault.example", token: $env://VAULT_TOKEN, tls: {allow_plaintext: true}}
                """.formatted(directory.resolve("data/inside"));
        RunnerProcess.Finished check = RunnerProcess.run(
                RunnerCommand.asDocumented(), directory, yaml, Map.of("VAULT_TOKEN", "a-token"), "--check");
        assertThat(check.code()).isEqualTo(2);
        assertThat(check.out())
                .contains("providers.files.allow: '/proc/self' lies in /proc")
                .contains("providers.files.allow: '" + directory.resolve("data/inside") + "' lies in")
                .contains("providers.destinations: 'nonsense/path' is not a destination")
                .contains(
                        "providers.vault.strange.uri: evil.example, port 443, is not in the list providers.destinations")
                .contains("providers.vault.clear.uri: http would send credentials and secrets to a.vault.example")
                .contains("tls.allow_plaintext: true")
                .doesNotContain("vault.listed", "vault.meant");
    }

    @IndependentTest
    void aVariableOverridesAFieldOfTheFile() throws Exception {
        String yaml = """
                runner: {socket: {path: /tmp/x.sock}, request-deadline: 1s}
                """;
        RunnerProcess.Finished check = RunnerProcess.run(
                RunnerCommand.asDocumented(), directory, yaml, Map.of("RUNNER_REQUEST_DEADLINE", "never"), "--check");
        assertThat(check.code()).isEqualTo(2);
        assertThat(check.out()).contains("runner.request-deadline");
    }

    /** Without management endpoints, requests would be served all the same. */
    @IndependentTest
    void aFieldThatSpringCannotUsePreventsTheStart() throws Exception {
        RunnerProcess.Finished start = RunnerProcess.run(
                RunnerCommand.asDocumented(),
                directory,
                "consumers: {source: none}\nrunner: {socket: {path: r.sock}}\n",
                Map.of("SPRING_MAIN_BANNER_MODE", CANARY));
        assertThat(start.code()).isEqualTo(2);
        assertThat(start.out()).contains("spring.main.banner-mode: ").doesNotContain(CANARY);
    }

    @IndependentTest
    void malformedYamlIsLocatedButNotQuoted() throws Exception {
        RunnerProcess.Finished check = RunnerProcess.run(
                RunnerCommand.asDocumented(),
                directory,
                "providers:\n  vault:\n    prod: {token: " + CANARY + "\n  aws: ]\n",
                Map.of(),
                "--check");
        assertThat(check.code()).isEqualTo(2);
        assertThat(check.out()).contains("line 4").doesNotContain(CANARY).doesNotContain("\tat ");
    }

    @IndependentTest
    void aFileThatIsNotThereIsNamed() throws Exception {
        RunnerProcess.Finished check =
                RunnerProcess.run(RunnerCommand.asDocumented(), directory, "", Map.of(), "--check");
        Files.delete(directory.resolve("application.yaml"));
        assertThat(check.code()).isEqualTo(2);
        assertThat(check.out()).contains("runner.socket.path");
    }

    /** Spring would merge files of the working directory with the file of --config. */
    @IndependentTest
    void nothingOfTheWorkingDirectoryIsRead() throws Exception {
        Files.writeString(
                Files.createDirectory(directory.resolve("config")).resolve("application.yaml"),
                "runner: {request-deadline: never}");
        Files.writeString(directory.resolve("application.properties"), "runner.event-loops=none");
        RunnerProcess.Finished check =
                RunnerProcess.run(RunnerCommand.asDocumented(), directory, """
                runner: {socket: {path: /tmp/x.sock}}
                server: {port: 0}
                servr: {port: 1}
                """, Map.of(), "--check");
        assertThat(check.code()).isEqualTo(2);
        assertThat(check.out())
                .contains("has a problem:")
                .contains("application.yaml:3: servr: is not a known field; did you mean 'server'?");
    }

    @IndependentTest
    void theVersionIsTold() throws Exception {
        RunnerProcess.Finished version =
                RunnerProcess.run(RunnerCommand.asDocumented(), directory, "", Map.of(), "--version");
        assertThat(version.code()).isZero();
        assertThat(version.out()).contains("secret-providers 0.1.0").containsPattern("\\(bc-fips\\) 2\\.1\\.\\d+");
    }
}
