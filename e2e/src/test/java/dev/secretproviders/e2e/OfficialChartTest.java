package dev.secretproviders.e2e;

import static dev.secretproviders.e2e.ChartFiles.KUBERNETES;
import static dev.secretproviders.e2e.ChartFiles.OVERLAY;
import static dev.secretproviders.e2e.ChartFiles.named;
import static dev.secretproviders.e2e.ChartFiles.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.secretproviders.peers.KubernetesTools;
import dev.secretproviders.peers.KubernetesTools.Finished;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * APISIX's own chart, rendered with our values. The chart is not part of this project: {@code scripts/overlay DIRECTORY} runs
 * this test with a copy of it, which the variable {@code APISIX_CHART} names.
 */
@Tag("all")
class OfficialChartTest {
    private static final String CHART = System.getenv().getOrDefault("APISIX_CHART", "");

    @TempDir
    Path directory;

    @BeforeAll
    static void theChartIsAtHand() {
        assumeThat(CHART).as("APISIX_CHART names a copy of APISIX's chart").isNotEmpty();
    }

    static Stream<List<Path>> values() {
        Path ingress = KUBERNETES.resolve("ingress-controller-values.yaml");
        return Stream.concat(
                Stream.of(
                        List.of(OVERLAY),
                        List.of(OVERLAY, ingress),
                        List.of(OVERLAY, KUBERNETES.resolve("examples/aws-apisix.yaml")),
                        List.of(OVERLAY, KUBERNETES.resolve("examples/gcp-apisix.yaml"))),
                ChartFiles.pluginLists().stream().map(list -> List.of(OVERLAY, ingress, list)));
    }

    /** The chart lists the plugins of the companion only together with a list of the others. */
    @ParameterizedTest
    @MethodSource("values")
    void apisixLoadsTheWholeListAndTheCompanion(List<Path> values) {
        JsonNode configuration = apisixConfiguration(rendered(values));
        JsonNode last = ChartFiles.yaml(values.getLast());
        JsonNode list = last.at("/apisix/plugins");
        List<String> plugins = new ArrayList<>(
                texts(list.isArray() ? list : ChartFiles.yaml(OVERLAY).at("/apisix/plugins")));
        plugins.addAll(List.of(
                "secret-key-auth", "secret-basic-auth", "secret-jwt-auth", "secret-hmac-auth", "secret-inject"));
        assertThat(texts(configuration.path("plugins"))).containsExactlyElementsOf(plugins);
        assertThat(configuration.at("/plugin_attr/secret-key-auth/socket").asString())
                .isEqualTo("/run/secret-providers/runner.sock");
        assertThat(configuration.at("/apisix/extra_lua_path").asString())
                .startsWith("/opt/secret-providers/plugins/?.lua;/opt/secret-providers/modules/?.lua;");
        assertThat(configuration
                        .at("/nginx_config/http/custom_lua_shared_dict/secret-providers")
                        .asString())
                .isEqualTo("64m");
    }

    @ParameterizedTest
    @MethodSource("values")
    void theRunnerIsASidecarOfApisix(List<Path> values) {
        JsonNode pod = deployment(rendered(values)).at("/spec/template/spec");
        JsonNode runner = named(pod.path("initContainers"), "secret-providers");
        assertThat(runner.path("restartPolicy").asString()).isEqualTo("Always");
        assertThat(pod.at("/initContainers")).last().isEqualTo(runner);
        JsonNode apisix = named(pod.path("containers"), "apisix");
        List<String> volumes = pod.path("volumes")
                .valueStream()
                .map(volume -> volume.path("name").asString())
                .toList();
        assertThat(volumes).doesNotHaveDuplicates();
        assertThat(Stream.of(runner, apisix)
                        .flatMap(container -> container.path("volumeMounts").valueStream())
                        .map(mount -> mount.path("name").asString())
                        .distinct())
                .isSubsetOf(volumes);
        assertThat(pod.path("serviceAccountName").asString()).isEqualTo("apisix");
        assertThat(deployment(rendered(values)).at("/spec/template/metadata/labels/app.kubernetes.io~1instance"))
                .hasToString("\"apisix\"");
    }

    @ParameterizedTest
    @MethodSource("values")
    void noKnownKeyIsUsed(List<Path> values) {
        assertThat(rendered(values))
                .doesNotContain("edd1c9f034335f136f87ad84b625c8f1", "4054f7cf07e344346cd3f287985e76a2")
                .contains("APISIX_ADMIN_KEY");
    }

    @Test
    void aNodeCanBeDrained() {
        JsonNode budget = documents(rendered(List.of(OVERLAY)), "PodDisruptionBudget")
                .filter(document -> document.at("/metadata/name").asString().equals("apisix"))
                .findFirst()
                .orElseThrow();
        assertThat(budget.at("/spec/maxUnavailable").asInt()).isEqualTo(1);
        assertThat(budget.at("/spec").has("minAvailable")).isFalse();
    }

    @Test
    void withTheIngressControllerNoEtcdIsNeededAndTheConfigurationComesFromTheController() {
        String rendered = rendered(List.of(OVERLAY, KUBERNETES.resolve("ingress-controller-values.yaml")));
        assertThat(documents(rendered, "StatefulSet")).isEmpty();
        assertThat(apisixConfiguration(rendered)
                        .at("/deployment/role_traditional/config_provider")
                        .asString())
                .isEqualTo("yaml");
        assertThat(documents(rendered, "GatewayProxy")
                        .map(proxy -> proxy.at("/spec/provider/controlPlane/auth/adminKey/valueFrom/secretKeyRef/name")
                                .asString()))
                .containsExactly("apisix-admin-keys");
    }

    private static JsonNode apisixConfiguration(String rendered) {
        return documents(rendered, "ConfigMap")
                .filter(document -> document.path("data").has("config.yaml"))
                .filter(document -> document.at("/metadata/name").asString().equals("apisix"))
                .map(document -> ChartFiles.documents(
                                document.at("/data/config.yaml").asString())
                        .getFirst())
                .findFirst()
                .orElseThrow();
    }

    private static JsonNode deployment(String rendered) {
        return documents(rendered, "Deployment")
                .filter(document -> document.at("/metadata/name").asString().equals("apisix"))
                .findFirst()
                .orElseThrow();
    }

    private static Stream<JsonNode> documents(String rendered, String kind) {
        return ChartFiles.documents(rendered).stream()
                .filter(document -> document.path("kind").asString("").equals(kind));
    }

    private String rendered(List<Path> values) {
        List<String> words = new ArrayList<>(List.of("helm", "template", "apisix", CHART, "--namespace", "gateway"));
        values.forEach(file -> words.addAll(List.of("--values", file.toString())));
        Finished rendered =
                KubernetesTools.run(directory, Map.of("HOME", directory.toString()), words.toArray(String[]::new));
        assertThat(rendered.code()).as(rendered.said()).isZero();
        return rendered.out();
    }
}
