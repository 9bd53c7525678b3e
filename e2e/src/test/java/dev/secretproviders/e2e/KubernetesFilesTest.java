package dev.secretproviders.e2e;

import static dev.secretproviders.e2e.ChartFiles.CHART;
import static dev.secretproviders.e2e.ChartFiles.OVERLAY;
import static dev.secretproviders.e2e.ChartFiles.ROOT;
import static dev.secretproviders.e2e.ChartFiles.named;
import static dev.secretproviders.e2e.ChartFiles.texts;
import static dev.secretproviders.e2e.ChartFiles.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Checks of the files for Kubernetes that need no Helm: that values which occur in two of them are the same. */
class KubernetesFilesTest {
    private static final JsonNode VALUES = yaml(OVERLAY);
    private static final JsonNode RUNNER = named(VALUES.path("extraInitContainers"), "secret-providers");
    private static final String SOCKET = "/run/secret-providers/runner.sock";

    static Stream<Path> pluginLists() {
        return ChartFiles.pluginLists().stream();
    }

    /** Links of Git, which a clone or an archive may turn into small files. */
    @Test
    void theChartHasTheCompanionAndTheAlerts() throws IOException {
        Path files = CHART.resolve("files");

        assertThat(files.resolve("alerts.yml")).hasSameTextualContentAs(ROOT.resolve("monitoring/alerts.yml"));
        assertThat(files.resolve("companion/secret-key-auth.lua")).isRegularFile();
        assertThat(files.resolve("companion/secret-providers")).isDirectoryContaining("glob:**.lua");
    }

    /** APISIX serves a route without a plugin that it did not load. */
    @Test
    void apisixLoadsItsOwnPluginsAndTheCompanion() throws IOException {
        List<String> compose =
                texts(yaml(ROOT.resolve("apisix-conf/config.yaml")).path("plugins"));
        List<String> companion = companionPlugins();
        assertThat(texts(VALUES.at("/apisix/plugins")))
                .containsExactlyElementsOf(compose.stream()
                        .filter(plugin -> !companion.contains(plugin))
                        .toList());
        assertThat(VALUES.at("/apisix/customPlugins/enabled").asBoolean()).isTrue();
        assertThat(VALUES.at("/apisix/customPlugins/plugins")
                        .valueStream()
                        .map(plugin -> plugin.path("name").asString()))
                .containsExactlyInAnyOrderElementsOf(companion);
    }

    private static List<String> companionPlugins() throws IOException {
        try (Stream<Path> files = Files.list(ROOT.resolve("apisix-plugin/apisix/plugins"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".lua"))
                    .map(name -> name.replace(".lua", ""))
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("pluginLists")
    void aListForAnotherVersionIsWhole(Path file) {
        JsonNode values = yaml(file);
        String version = file.getFileName().toString().replaceAll("apisix-|\\.yaml", "");
        assertThat(values.at("/image/tag").asString()).startsWith(version + ".");
        assertThat(texts(values.at("/apisix/plugins")))
                .hasSizeGreaterThan(90)
                .doesNotHaveDuplicates()
                .contains("key-auth", "basic-auth", "jwt-auth", "hmac-auth", "multi-auth", "ext-plugin-pre-req")
                .noneMatch(plugin -> plugin.startsWith("secret-"));
    }

    @Test
    void bothContainersNameTheSameSocketAndOnlyTheRunnerCanReplaceIt() {
        assertThat(texts(RUNNER.path("args"))).containsSequence("--socket", SOCKET);
        assertThat(texts(RUNNER.at("/startupProbe/exec/command"))).endsWith(SOCKET);
        assertThat(VALUES.at("/apisix/customPlugins/plugins").valueStream())
                .allSatisfy(plugin ->
                        assertThat(plugin.at("/attrs/socket").asString()).isEqualTo(SOCKET));
        JsonNode own = named(RUNNER.path("volumeMounts"), "runner-socket");
        JsonNode theirs = named(VALUES.path("extraVolumeMounts"), "runner-socket");
        assertThat(own.path("mountPath").asString())
                .isEqualTo(theirs.path("mountPath").asString())
                .isEqualTo(String.valueOf(Path.of(SOCKET).getParent()));
        assertThat(own.path("readOnly").asBoolean(false)).isFalse();
        assertThat(theirs.path("readOnly").asBoolean()).isTrue();
        assertThat(named(VALUES.path("extraVolumes"), "runner-socket").has("emptyDir"))
                .isTrue();
        assertThat(ChartFiles.read(CHART.resolve("templates/_configuration.tpl")))
                .contains("\"path\" \"" + SOCKET + "\"");
    }

    @Test
    void theRunnerIsTheWorkersUserAndCanWriteOnlyWhereItMust() {
        assertThat(Stream.of(VALUES.path("podSecurityContext"), RUNNER.path("securityContext")))
                .allSatisfy(context -> {
                    assertThat(context.path("runAsUser").asInt()).isEqualTo(636);
                    assertThat(context.path("runAsGroup").asInt()).isEqualTo(636);
                    assertThat(context.path("runAsNonRoot").asBoolean()).isTrue();
                    assertThat(context.at("/seccompProfile/type").asString()).isEqualTo("RuntimeDefault");
                });
        assertThat(Stream.of(VALUES.path("securityContext"), RUNNER.path("securityContext")))
                .allSatisfy(context -> {
                    assertThat(context.path("allowPrivilegeEscalation").asBoolean(true))
                            .isFalse();
                    assertThat(texts(context.at("/capabilities/drop"))).containsExactly("ALL");
                });
        assertThat(RUNNER.at("/securityContext/readOnlyRootFilesystem").asBoolean())
                .isTrue();
        assertThat(RUNNER.path("volumeMounts")
                        .valueStream()
                        .filter(mount -> !mount.path("readOnly").asBoolean(false))
                        .map(mount -> mount.path("mountPath").asString()))
                .containsExactly("/run/secret-providers", "/var/lib/secret-providers", "/tmp");
    }

    /** With restartPolicy Always, an init container is a native sidecar: APISIX starts after its startup probe succeeds. */
    @Test
    void apisixStartsAfterTheRunnersSocketIsThereAndGetsRequestsWhenBothAreReady() {
        assertThat(RUNNER.path("restartPolicy").asString()).isEqualTo("Always");
        String port = named(RUNNER.path("ports"), "runner-metrics").path("name").asString();
        for (String probe : List.of("readiness", "liveness")) {
            JsonNode asked = RUNNER.at("/" + probe + "Probe/httpGet");
            assertThat(asked.path("port").asString()).isEqualTo(port);
            assertThat(asked.path("path").asString()).isEqualTo("/actuator/health/" + probe);
        }
        assertThat(named(RUNNER.path("ports"), "runner-metrics")
                        .path("containerPort")
                        .asString())
                .isEqualTo("9191");
    }

    @Test
    void everyMountHasItsVolume() {
        List<String> volumes = VALUES.path("extraVolumes")
                .valueStream()
                .map(volume -> volume.path("name").asString())
                .toList();
        assertThat(Stream.of(RUNNER.path("volumeMounts"), VALUES.path("extraVolumeMounts"))
                        .flatMap(JsonNode::valueStream)
                        .map(mount -> mount.path("name").asString())
                        .distinct())
                .containsExactlyInAnyOrderElementsOf(volumes);
    }

    @Test
    void luaFindsThePluginsAndTheirModulesWhereTheyAreMounted() {
        List<String> places =
                List.of(VALUES.at("/apisix/customPlugins/luaPath").asString().split(";"));
        assertThat(places.stream().map(place -> place.replace("?", "apisix/plugins/secret-key-auth")))
                .contains(mountOf("companion-plugins") + "/secret-key-auth.lua");
        assertThat(places.stream().map(place -> place.replace("?", "apisix/plugins/secret-providers/key_auth")))
                .contains(mountOf("companion-modules") + "/key_auth.lua");
    }

    private static String mountOf(String volume) {
        return named(VALUES.path("extraVolumeMounts"), volume).path("mountPath").asString();
    }

    /** They are links, so that there is one copy. */
    @Test
    void theChartsFilesAreThoseOfTheProject() throws IOException {
        assertThat(CHART.resolve("files/companion").toRealPath())
                .isEqualTo(ROOT.resolve("apisix-plugin/apisix/plugins").toRealPath());
        assertThat(CHART.resolve("files/alerts.yml").toRealPath())
                .isEqualTo(ROOT.resolve("monitoring/alerts.yml").toRealPath());
    }

    @Test
    void theChartAndTheImageHaveTheVersionOfTheBuild() {
        String built = matches("<version>(.*?)-SNAPSHOT</version>", ROOT.resolve("pom.xml"))
                .findFirst()
                .orElseThrow();
        JsonNode chart = yaml(CHART.resolve("Chart.yaml"));
        assertThat(List.of(
                        chart.path("version").asString(),
                        chart.path("appVersion").asString(),
                        RUNNER.path("image").asString().replaceAll(".*:", "")))
                .containsOnly(built);
    }

    /** The chart refuses a literal in each field that holds a secret. */
    @Test
    void theChartKnowsEveryFieldOfASecretManagerThatHoldsASecret() throws IOException {
        List<String> known = matches(
                        "\"([a-z_]+)\"",
                        matches("(?s)\\$names := list(.*?)-}}", CHART.resolve("templates/_configuration.tpl"))
                                .findFirst()
                                .orElseThrow())
                .toList();
        try (Stream<Path> pages = Files.list(ROOT.resolve("docs/how-to/managers"))) {
            assertThat(pages.flatMap(page -> matches("(?m)^\\| `(?:\\w+\\.)*(\\w+)` .*A secret, or a reference", page)))
                    .contains("token", "client_secret", "private_key")
                    .isSubsetOf(known);
        }
    }

    @Test
    void noValueIsASecret() {
        assertThat(Stream.of(ChartFiles.examples().stream(), Stream.of(OVERLAY), pluginLists())
                        .flatMap(files -> files)
                        .map(ChartFiles::read))
                .noneMatch(text -> Pattern.compile("(?i)(?:password|token|secret|key): [A-Za-z0-9+/]{16}")
                        .matcher(text)
                        .find());
    }

    private static Stream<String> matches(String pattern, Path file) {
        return matches(pattern, ChartFiles.read(file));
    }

    private static Stream<String> matches(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().map((MatchResult result) -> result.group(1));
    }
}
