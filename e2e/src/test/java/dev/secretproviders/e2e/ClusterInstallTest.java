package dev.secretproviders.e2e;

import static dev.secretproviders.e2e.ChartFiles.CHART;
import static dev.secretproviders.e2e.ChartFiles.KUBERNETES;
import static dev.secretproviders.e2e.ChartFiles.OVERLAY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.HttpReply;
import dev.secretproviders.peers.KubeApiServer;
import dev.secretproviders.peers.KubernetesTools;
import dev.secretproviders.peers.KubernetesTools.Finished;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The charts, installed by Helm into an API server of Kubernetes. No node is there, so pods are accepted and never run. */
@Tag("all")
class ClusterInstallTest {
    private static final String PAGE = "docs/how-to/kubernetes.md";
    private static final String OFFICIAL_CHART = System.getenv().getOrDefault("APISIX_CHART", "");
    private static final List<String> KINDS_OF_OTHERS = List.of(
            "servicemonitors.monitoring.coreos.com",
            "prometheusrules.monitoring.coreos.com",
            "apisixconsumers.apisix.apache.org",
            "apisixroutes.apisix.apache.org");

    /** Commands of the page that need pods, APISIX's chart or a Docker engine. */
    private static final List<String> NEEDS_MORE =
            List.of("docker ", "apisix/apisix", "deploy/apisix", "deployment/apisix", "kubectl get pods");

    @TempDir
    static Path home;

    private static KubeApiServer cluster;

    @BeforeAll
    static void start() {
        cluster = KubeApiServer.start();
        for (String kind : KINDS_OF_OTHERS) {
            ChartFiles.documents(ChartFiles.read(KubernetesTools.definition(kind)))
                    .forEach(cluster::apply);
        }
        cluster.createNamespace("shop");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    static Stream<Path> examples() {
        return ChartFiles.examples().stream();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void everyExampleIsInstalledUpgradedAndRemoved(Path example) {
        String namespace = "gateway-" + example.getFileName().toString().replace(".yaml", "");
        String[] chart = {
            "secret-providers",
            CHART.toString(),
            "--namespace",
            namespace,
            "--create-namespace",
            "--values",
            example.toString(),
            "--set",
            "keyring.create=true,serviceMonitor.enabled=true,prometheusRule.enabled=true"
        };
        helm("install", chart);
        assertThat(namesInTheOverlay())
                .contains("configmaps/secret-providers-config", "secrets/secret-providers-keyring")
                .allSatisfy(name ->
                        assertThat(get(namespace, name).status()).as(name).isEqualTo(200));
        String keyring = get(namespace, "secrets/secret-providers-keyring")
                .json()
                .at("/data/keyring")
                .asString();

        helm("upgrade", chart);
        assertThat(get(namespace, "secrets/secret-providers-keyring")
                        .json()
                        .at("/data/keyring")
                        .asString())
                .as("the keyring after an upgrade")
                .isEqualTo(keyring);

        helm("uninstall", "secret-providers", "--namespace", namespace);
        assertThat(get(namespace, "configmaps/secret-providers-config").status())
                .isEqualTo(404);
        assertThat(get(namespace, "secrets/secret-providers-keyring").status())
                .as("the keyring of a chart that was removed")
                .isEqualTo(200);
    }

    /** Returns the objects that the overlay needs and our chart makes, with the kind as in a path. */
    private static List<String> namesInTheOverlay() {
        List<String> names = new ArrayList<>();
        for (JsonNode volume : ChartFiles.yaml(OVERLAY).path("extraVolumes")) {
            if (volume.has("configMap")) {
                names.add("configmaps/" + volume.at("/configMap/name").asString());
            }
        }
        JsonNode variables = ChartFiles.yaml(OVERLAY).at("/extraInitContainers/0/env");
        names.add("secrets/"
                + ChartFiles.named(variables, "SECRET_PROVIDERS_KEYRING")
                        .at("/valueFrom/secretKeyRef/name")
                        .asString());
        return names;
    }

    /** As Argo CD does, which renders without looking into the cluster. */
    @Test
    void aKeyringThatIsRenderedAgainDoesNotReplaceTheFirstOne() {
        cluster.createNamespace("rendered");
        List<String> words = List.of(
                "template",
                "secret-providers",
                CHART.toString(),
                "--namespace",
                "rendered",
                "--set",
                "keyring.create=true,config.consumers.source=none",
                "--show-only",
                "templates/keyring.yaml");
        JsonNode first = ChartFiles.documents(helm(cluster, words).out()).getFirst();
        JsonNode second = ChartFiles.documents(helm(cluster, words).out()).getFirst();
        assertThat(first.at("/data/keyring")).isNotEqualTo(second.at("/data/keyring"));
        cluster.apply(first);

        HttpReply refused = cluster.http(
                "PUT",
                "/api/v1/namespaces/rendered/secrets/secret-providers-keyring",
                JsonMapper.shared().writeValueAsString(second));

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.text()).contains("immutable");
    }

    @Test
    void theRunnerMayReadTheNamedSecretsAndNoOthers() {
        helm(
                "install",
                "secret-providers",
                CHART.toString(),
                "--namespace",
                "gateway-rights",
                "--create-namespace",
                "--values",
                KUBERNETES.resolve("examples/kubernetes.yaml").toString());
        cluster.createServiceAccount("gateway-rights", "apisix");
        for (String secret : List.of("jack", "jill", "jane")) {
            cluster.putSecret("shop", secret, Map.of("key", "key-of-" + secret));
        }
        String account = "system:serviceaccount:gateway-rights:apisix";
        await().until(() -> may(account, "get", "jack"));
        assertThat(may(account, "get", "jill")).isTrue();
        assertThat(may(account, "get", "jane")).isFalse();
        assertThat(may(account, "list", "")).isFalse();
        assertThat(may(account, "watch", "")).isFalse();
        assertThat(may("system:serviceaccount:gateway-rights:default", "get", "jack"))
                .isFalse();
    }

    private static boolean may(String user, String verb, String secret) {
        JsonNode review = cluster.create(
                "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                Map.of(
                        "spec",
                        Map.of(
                                "user",
                                user,
                                "resourceAttributes",
                                Map.of("namespace", "shop", "resource", "secrets", "verb", verb, "name", secret))));
        return review.at("/status/allowed").asBoolean();
    }

    /** The API server checks a pod itself against the Pod Security Standard of its namespace. */
    @Test
    void theRunnersContainerFitsTheRestrictedStandard() {
        JsonNode values = ChartFiles.yaml(OVERLAY);
        ObjectNode apisix = JsonMapper.shared().createObjectNode();
        apisix.put("name", "apisix").put("image", "apisix");
        apisix.set("securityContext", values.path("securityContext"));
        apisix.set("volumeMounts", values.path("extraVolumeMounts"));
        ObjectNode pod = JsonMapper.shared().createObjectNode();
        pod.put("serviceAccountName", "apisix");
        pod.set("securityContext", values.path("podSecurityContext"));
        pod.set("initContainers", values.path("extraInitContainers"));
        pod.putArray("containers").add(apisix);
        pod.set("volumes", values.path("extraVolumes"));
        assertThat(acceptedInRestrictedNamespace("restricted", pod)).isTrue();

        apisix.remove("securityContext");
        assertThat(acceptedInRestrictedNamespace("restricted-refuses", pod)).isFalse();
    }

    private static boolean acceptedInRestrictedNamespace(String namespace, JsonNode pod) {
        cluster.create(
                "/api/v1/namespaces",
                Map.of(
                        "metadata",
                        Map.of(
                                "name",
                                namespace,
                                "labels",
                                Map.of("pod-security.kubernetes.io/enforce", "restricted"))));
        ObjectNode object = JsonMapper.shared().createObjectNode();
        object.put("apiVersion", "v1").put("kind", "Pod");
        object.putObject("metadata").put("name", "apisix");
        object.set("spec", pod);
        HttpReply answer = cluster.http(
                "POST",
                "/api/v1/namespaces/" + namespace + "/pods?fieldValidation=Strict",
                JsonMapper.shared().writeValueAsString(object));
        assertThat(answer.status()).as(answer.text()).isIn(201, 403);
        return answer.succeeded();
    }

    /** APISIX's own chart with the overlay; its pod, as it will be, is then accepted. */
    @Test
    void apisixsOwnChartIsInstalledWithTheRunner() {
        assumeThat(OFFICIAL_CHART)
                .as("APISIX_CHART names a copy of APISIX's chart, see scripts/overlay")
                .isNotEmpty();
        helm(
                "install",
                "apisix",
                OFFICIAL_CHART,
                "--namespace",
                "official",
                "--create-namespace",
                "--values",
                OVERLAY.toString());
        JsonNode deployment = cluster.http("GET", "/apis/apps/v1/namespaces/official/deployments/apisix", null)
                .json();
        ObjectNode pod = JsonMapper.shared().createObjectNode();
        pod.put("apiVersion", "v1").put("kind", "Pod");
        pod.putObject("metadata").put("name", "apisix");
        pod.set("spec", deployment.at("/spec/template/spec"));
        HttpReply made = cluster.http(
                "POST",
                "/api/v1/namespaces/official/pods?fieldValidation=Strict",
                JsonMapper.shared().writeValueAsString(pod));
        assertThat(made.status()).as(made.text()).isEqualTo(201);
    }

    /** In a server of its own, because that chart brings its own definitions of the controller's kinds. */
    @Test
    void apisixsOwnChartIsInstalledWithTheIngressController() {
        assumeThat(OFFICIAL_CHART)
                .as("APISIX_CHART names a copy of APISIX's chart, see scripts/overlay")
                .isNotEmpty();
        try (KubeApiServer other = KubeApiServer.start()) {
            helm(
                    other,
                    List.of(
                            "install",
                            "apisix",
                            OFFICIAL_CHART,
                            "--namespace",
                            "gateway",
                            "--create-namespace",
                            "--values",
                            OVERLAY.toString(),
                            "--values",
                            KUBERNETES.resolve("ingress-controller-values.yaml").toString(),
                            "--set",
                            "ingress-controller.apisix.adminService.namespace=gateway"));
            assertThat(other.http("GET", "/apis/apps/v1/namespaces/gateway/deployments/apisix", null)
                            .status())
                    .isEqualTo(200);
            other.createNamespace("shop");
            assertThat(objectsOfThePage().stream()
                            .map(object -> other.apply(object).path("kind").asString()))
                    .containsExactly("ApisixConsumer", "ApisixRoute");
        }
    }

    /** What the page writes for the Ingress Controller, whose definitions refuse unknown fields. */
    private static List<JsonNode> objectsOfThePage() {
        String command = DocumentedBlock.of(PAGE, DocumentedBlock.read(PAGE)).stream()
                .map(DocumentedBlock::text)
                .filter(block -> block.contains("kind: ApisixConsumer"))
                .findFirst()
                .orElseThrow();
        return ChartFiles.documents(command.substring(command.indexOf("apiVersion:"), command.lastIndexOf("END")));
    }

    /** Commands of the page, as they are printed, in the order of the page. */
    @ParameterizedTest
    @EnumSource
    void commandsOfThePageRun(Shell shell) throws Exception {
        shell.require();
        List<String> blocks = DocumentedBlock.of(PAGE, DocumentedBlock.read(PAGE)).stream()
                .filter(DocumentedBlock::isShell)
                .map(DocumentedBlock::text)
                .filter(block -> NEEDS_MORE.stream().noneMatch(block::contains))
                .toList();
        assertThat(blocks).hasSizeGreaterThan(6);
        // Each shell has namespaces of its own.
        String suffix = "-of-" + shell.name().toLowerCase(Locale.ROOT);
        String script = String.join("\n", blocks)
                .replace("namespace gateway", "namespace gateway" + suffix)
                .replace("namespace shop", "namespace shop" + suffix)
                .replace("namespace: shop", "namespace: shop" + suffix);
        Path directory = Files.createDirectory(home.resolve("page" + suffix));
        Files.createSymbolicLink(directory.resolve("kubernetes"), KUBERNETES);
        ProcessBuilder builder = new ProcessBuilder(shell.command("-eu", "-c", script))
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().putAll(environment(cluster));
        builder.environment()
                .compute("PATH", (_, path) -> KubernetesTools.program("helm").getParent() + ":" + path);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(out).isZero();

        assertThat(cluster.http(
                                "GET",
                                "/apis/apisix.apache.org/v2/namespaces/shop" + suffix + "/apisixconsumers/jack",
                                null)
                        .json()
                        .at("/spec/authParameter/keyAuth/value/key")
                        .asString())
                .isEqualTo("$secret://vault/prod/shop/jack/key");
        assertThat(get("gateway" + suffix, "services/secret-providers-admin").status())
                .as("the last command of the page does not serve the Admin API")
                .isEqualTo(404);
    }

    private static HttpReply get(String namespace, String object) {
        return cluster.http("GET", "/api/v1/namespaces/" + namespace + "/" + object, null);
    }

    private static Finished helm(String command, String... more) {
        List<String> words = new ArrayList<>(List.of(command));
        words.addAll(Arrays.asList(more));
        return helm(cluster, words);
    }

    private static Finished helm(KubeApiServer server, List<String> arguments) {
        List<String> words = new ArrayList<>(List.of("helm"));
        words.addAll(arguments);
        Finished finished = KubernetesTools.run(home, environment(server), words.toArray(String[]::new));
        assertThat(finished.code()).as(finished.said()).isZero();
        return finished;
    }

    private static Map<String, String> environment(KubeApiServer server) {
        return Map.of("HOME", home.toString(), "KUBECONFIG", server.kubeconfig().toString());
    }
}
