package dev.secretproviders.e2e;

import static dev.secretproviders.e2e.ChartFiles.CHART;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.peers.KubernetesTools;
import dev.secretproviders.peers.KubernetesTools.Finished;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Our Helm chart, rendered with each of the example values. {@code kubernetes/chart/tests} has its unit tests. */
@Tag("all")
class HelmChartTest {
    @TempDir
    Path directory;

    static Stream<Path> examples() {
        return ChartFiles.examples().stream();
    }

    @Test
    void unitTestsOfTheChartPass() {
        Finished tested = run("helm-unittest", "--strict", CHART.toString());
        assertThat(tested.code()).as(tested.said()).isZero();
        assertThat(tested.out()).as(tested.said()).containsPattern("Tests: +[3-9]\\d passed, [3-9]\\d total");
    }

    @ParameterizedTest
    @MethodSource("examples")
    void lintFindsNothing(Path example) {
        Finished linted = run("helm", "lint", "--strict", "--values", example.toString(), CHART.toString());
        assertThat(linted.code()).as(linted.said()).isZero();
        assertThat(linted.said()).doesNotContain("[WARNING]", "[ERROR]");
    }

    /** The runner starts with this file. Its certificates and tokens are mounted from objects that the user makes. */
    @ParameterizedTest
    @MethodSource("examples")
    void theRunnerFindsNothingWrongWithTheConfiguration(Path example) throws Exception {
        String configuration = ChartFiles.documents(
                        rendered("--values", example.toString(), "--show-only", "templates/configuration.yaml"))
                .getFirst()
                .at("/data/application.yaml")
                .asString();
        RunnerProcess.Finished checked = RunnerProcess.run(
                directory,
                inDirectory(configuration),
                Map.of(
                        "SERVER_PORT", "0",
                        "MANAGEMENT_SERVER_PORT", "0",
                        "APISIX_VIEWER_KEY", "viewer",
                        "SECRET_PROVIDERS_KEYRING", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
                "--check");
        assertThat(checked.code()).as(checked.out()).isZero();
    }

    /** Replaces the places of the pod by some below the test's directory. Only root can give the socket to another user. */
    private String inDirectory(String configuration) throws IOException, InterruptedException {
        List<String> made = List.of(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=test",
                "-keyout",
                "tls.key",
                "-out",
                "tls.crt");
        Process openssl = new ProcessBuilder(made)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(openssl.waitFor()).as(said).isZero();
        Files.copy(directory.resolve("tls.crt"), directory.resolve("vault-ca.pem"));
        Files.writeString(directory.resolve("token"), "a-token");
        return configuration
                .replace("/etc/secret-providers-tls/", directory + "/")
                .replace("/run/secrets/secret-providers/", directory + "/")
                .replace("/var/run/secrets/tokens/secret-providers/", directory + "/")
                .replace("/run/secret-providers/", directory + "/")
                .replace("/var/lib/secret-providers/", directory + "/")
                .replaceAll("(?m)^ +(?:owner|group): \"636\"\n", "");
    }

    private String rendered(String... options) {
        return render(options).out();
    }

    private Finished render(String... options) {
        List<String> words = new ArrayList<>(
                List.of("helm", "template", "secret-providers", CHART.toString(), "--namespace", "gateway"));
        words.addAll(List.of(options));
        Finished rendered = run(words.toArray(String[]::new));
        assertThat(rendered.code()).as(rendered.said()).isZero();
        return rendered;
    }

    private Finished run(String... words) {
        return KubernetesTools.run(directory, Map.of("HOME", directory.toString()), words);
    }
}
