package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Admin API beyond this machine needs TLS. The clients are openssl and curl, the tools of an operator. */
class AdminTlsTest {
    @TempDir
    Path directory;

    @BeforeEach
    void nobodyIsAConsumer() throws IOException {
        RunnerProcess.consumers(directory, "consumers: []");
    }

    @Test
    void addressOfAnotherMachineIsRefusedWithoutTls() throws Exception {
        RunnerProcess.Finished check = RunnerProcess.run(
                directory,
                yaml() + "server: {address: 0.0.0.0}\n",
                Map.of(),
                "--check",
                "--socket",
                RunnerProcess.socket(directory).toString());
        assertThat(check.code()).isEqualTo(2);
        assertThat(check.out()).contains("server.address: ", "with TLS only", "server.ssl.certificate");
    }

    @Test
    void portForHealthAndMetricsServesThoseOnly() throws Exception {
        int port = RunnerProcess.freePort();
        int management = RunnerProcess.freePort();
        try (RunnerProcess runner = RunnerProcess.launch(
                directory, yaml() + """
                management: {server: {port: %d, address: 0.0.0.0}}
                """.formatted(management), Map.of(), port, RunnerCommand.quick())) {
            await("health")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> curl("http://127.0.0.1:" + management + "/actuator/health/readiness")
                            .equals("200"));
            assertThat(curl("http://127.0.0.1:" + management + "/admin/whoami")).isEqualTo("404");
            assertThat(curl("http://127.0.0.1:" + port + "/admin/whoami")).isEqualTo("401");
            assertThat(runner.isAlive()).isTrue();
        }
    }

    @Test
    void servesTlsAndAsksForAClientCertificate() throws Exception {
        authority("ca");
        certificate("server", "ca", "subjectAltName=IP:127.0.0.1");
        certificate("operator", "ca", "extendedKeyUsage=clientAuth");
        authority("stranger-ca");
        certificate("stranger", "stranger-ca", "extendedKeyUsage=clientAuth");
        int port = RunnerProcess.freePort();
        try (RunnerProcess runner =
                RunnerProcess.launch(directory, yaml() + """
                server:
                  address: 0.0.0.0
                  ssl:
                    certificate: server.pem
                    certificate-private-key: server.key
                    trust-certificate: ca.pem
                    client-auth: need
                """, Map.of(), port, RunnerCommand.quick())) {
            Path token = directory.resolve("secret-providers-data/admin-token");
            await("the first admin token")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> Files.exists(token) && Files.size(token) > 0);
            String url = "https://127.0.0.1:" + port + "/admin/providers";
            String key = "X-API-KEY: " + Files.readString(token).strip();
            await("the Admin API to answer")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> curl("--cert", "operator.pem", "--key", "operator.key", "-H", key, url)
                            .equals("200"));
            assertThat(curl("-H", key, url)).as("without a certificate").isEqualTo("000");
            assertThat(curl("--cert", "stranger.pem", "--key", "stranger.key", "-H", key, url))
                    .as("with a certificate of another authority")
                    .isEqualTo("000");
            assertThat(curl("--cert", "operator.pem", "--key", "operator.key", url))
                    .as("a certificate is no token")
                    .isEqualTo("401");
            assertThat(diff(runner, port, token, "--cert-file", "operator.pem", "--key-file", "operator.key"))
                    .as("a command with all of it")
                    .satisfies(same -> assertThat(same.code()).as(same.out()).isZero());
            assertThat(diff(runner, port, token).out())
                    .as("a command without a certificate")
                    .contains("TLS failed", "--cert-file");
            assertThat(curl("-H", key, url.replace("https:", "http:")))
                    .as("in clear text")
                    .isNotEqualTo("200");
            assertThat(runner.isAlive()).isTrue();
        }
    }

    private RunnerProcess.Finished diff(RunnerProcess runner, int port, Path token, String... more) throws Exception {
        Files.writeString(directory.resolve("providers.yaml"), "providers: {}\n");
        List<String> arguments = new ArrayList<>(List.of(
                "diff",
                "-f",
                "providers.yaml",
                "--admin",
                "https://127.0.0.1:" + port,
                "--token-file",
                token.toString(),
                "--ca-file",
                "ca.pem"));
        arguments.addAll(List.of(more));
        return runner.beside(arguments.toArray(String[]::new));
    }

    private void authority(String name) throws Exception {
        run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=" + name,
                "-keyout",
                name + ".key",
                "-out",
                name + ".pem");
    }

    private void certificate(String name, String authority, String extension) throws Exception {
        run(
                "openssl",
                "req",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                "/CN=" + name,
                "-keyout",
                name + ".key",
                "-out",
                name + ".csr");
        Files.writeString(directory.resolve(name + ".ext"), extension + "\n");
        run(
                "openssl",
                "x509",
                "-req",
                "-in",
                name + ".csr",
                "-days",
                "2",
                "-CA",
                authority + ".pem",
                "-CAkey",
                authority + ".key",
                "-CAcreateserial",
                "-extfile",
                name + ".ext",
                "-out",
                name + ".pem");
    }

    /** Returns the status, 000 if there was no answer. */
    private String curl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of("curl", "-s", "-o", "answer", "-w", "%{http_code}", "--max-time", "10", "--cacert", "ca.pem"));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command).directory(directory.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return out;
    }

    private void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
    }

    private String yaml() {
        return RunnerProcess.consumersFromFile(directory);
    }
}
