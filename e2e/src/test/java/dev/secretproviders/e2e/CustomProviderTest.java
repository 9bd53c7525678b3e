package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Etcd;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of docs/tutorials/custom-providers.md: its jar in plugins/ of the packaged runner, and a real etcd. */
class CustomProviderTest {
    private static final String PAGE = "docs/tutorials/custom-providers.md";
    private static final String FIRST = "jacks-first-key-in-etcd";
    private static final String SECOND = "jacks-second-key-in-etcd";
    private static final String PASSWORD = "gateways-own-password";

    @TempDir
    Path directory;

    @Test
    void commandsOfTheTutorialRunTheExample() throws Exception {
        List<DocumentedBlock> blocks = DocumentedBlock.of(PAGE, DocumentedBlock.read(PAGE));
        Files.copy(
                exampleJar(),
                Files.createDirectory(directory.resolve("plugins")).resolve("example.jar"));
        try (Etcd etcd = Etcd.start()) {
            Matcher put = Pattern.compile("etcdctl put (\\S+) '(.*)'").matcher(DocumentedBlock.read(PAGE));
            assertThat(put.find()).isTrue();
            etcd.put(put.group(1), put.group(2));
            String yaml = block(blocks, "yaml", "providers:")
                    .replace("http://127.0.0.1:2379", etcd.endpoint().toString());
            Files.writeString(directory.resolve("application.yaml"), yaml);
            Files.writeString(directory.resolve("apisix.yaml"), block(blocks, "yaml", "consumers:\n  - "));

            String script = "runner() { '"
                    + String.join("' '", RunnerCommand.quick().words()) + "' \"$@\"; }\n"
                    + block(blocks, "bash", "--check").replace("/opt/secret-providers/bin/secret-providers", "runner");
            Process process = new ProcessBuilder("bash", "-eu", "-c", script)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(out).isZero();
            assertThat(out).contains("The configuration is valid", "FRESH").doesNotContain("jacks-key");

            try (RunnerProcess runner = RunnerProcess.start(directory, yaml, Map.of())) {
                runner.awaitStatus(200, "jacks-key");
            }
        }
    }

    private static String block(List<DocumentedBlock> blocks, String tag, String text) {
        return blocks.stream()
                .filter(block -> block.tag().equals(tag) && block.text().contains(text))
                .findFirst()
                .orElseThrow()
                .text();
    }

    private static Path exampleJar() {
        return Path.of(Objects.requireNonNull(System.getProperty("example.jar"), "the build sets example.jar"));
    }

    /** Another jar there is broken, and its provider is left out. Other providers are not affected. */
    @Test
    void managerInAJarAuthenticatesRequestsAndABrokenJarBesideItDoesNoHarm() throws Exception {
        Path plugins = Files.createDirectory(directory.resolve("plugins"));
        Files.copy(exampleJar(), plugins.resolve("example.jar"));
        Files.writeString(plugins.resolve("broken.jar"), "no zip");
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://etcd/prod/jack/key}}
                  - username: jill
                    plugins: {key-auth: {key: $secret://lost/prod/jill}}
                  - username: joe
                    plugins: {key-auth: {key: $env://KEY_OF_JOE}}
                """);
        try (Etcd etcd = Etcd.start()) {
            etcd.addReader("gateway", PASSWORD, "secrets/");
            etcd.put("secrets/jack", "{\"key\": \"" + FIRST + "\"}");
            etcd.enableAuth("roots-own-password");
            String yaml = RunnerProcess.consumersFromFile(directory) + """
                    providers:
                      lost:
                        prod: {whatever: {it: takes}}
                      etcd:
                        prod:
                          endpoint: "%s"
                          prefix: secrets/
                          username: gateway
                          password: $env://ETCD_PASSWORD
                          cache: {ttl: 1s}
                    """.formatted(etcd.endpoint());
            Map<String, String> environment = Map.of("ETCD_PASSWORD", PASSWORD, "KEY_OF_JOE", "joes-key");
            try (RunnerProcess runner =
                            RunnerProcess.start(directory, yaml, environment, RunnerCommand.asDocumented());
                    AdminClient admin = runner.admin()) {
                runner.awaitStatus(200, FIRST);
                runner.awaitStatus(200, "joes-key");

                etcd.put("secrets/jack", "{\"key\": \"" + SECOND + "\"}");
                runner.awaitStatus(200, SECOND);
                assertThat(runner.statusFor(FIRST)).as("within the overlap").isEqualTo(200);
                assertThat(runner.metric("secret_providers_rotations_total", "etcd/prod"))
                        .isEqualTo(1);

                // The provider's token ends with the server, so it logs in again.
                etcd.stop();
                etcd.startAgain();
                etcd.delete("secrets/jack");
                await("the deleted key to be refused")
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> runner.statusFor(SECOND) != 200);

                assertThat(admin.get("/admin/openapi.json").expect(200).text()).contains("Provider_etcd");
                assertThat(admin.post("/admin/providers/etcd/prod/test", "{}")
                                .expect(200)
                                .json()
                                .path("ok")
                                .asBoolean())
                        .isTrue();
                assertThat(runner.get("/actuator/health"))
                        .contains("broken.jar: is no readable jar")
                        .contains("providers.lost: is left out");
                assertThat(runner.log()).doesNotContain(FIRST, SECOND, PASSWORD);
            }

            assertThat(RunnerProcess.run(
                            RunnerCommand.asDocumented(),
                            directory,
                            yaml + "server: {port: 0}\n",
                            environment,
                            "--check",
                            "--socket",
                            "s"))
                    .satisfies(checked -> {
                        assertThat(checked.code()).isEqualTo(2);
                        assertThat(checked.out())
                                .contains("broken.jar: is no readable jar")
                                .contains("providers.lost: is left out");
                    });
        }
    }
}
