package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Checks of the compose stack's files that need no Docker engine: mostly that values which occur in two of them are the
 * same.
 */
class ComposeFilesTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Node COMPOSE = yaml("docker-compose.yml");
    private static final Node APISIX = yaml("apisix-conf/config.yaml");
    private static final Node RUNNER = yaml("apisix-conf/runner-application.yaml");
    private static final String SETUP = text("apisix-conf/setup.sh");

    @TempDir
    Path directory;

    static Stream<String> services() {
        return COMPOSE.at("services").keys().stream();
    }

    @ParameterizedTest
    @MethodSource("services")
    void everyImageIsPinnedAndEveryServiceHasAHealthCheck(String name) {
        Node service = COMPOSE.at("services", name);
        assertThat(service.at("image").text()).matches("[a-z0-9/_-]+:[0-9][A-Za-z0-9._-]*");
        assertThat(service.at("healthcheck", "test").list()).isNotEmpty();
    }

    /** Without it, the stack stays down when the engine is restarted. */
    @ParameterizedTest
    @MethodSource("services")
    void everyServiceStartsAgainWithTheEngine(String name) {
        assertThat(COMPOSE.at("services", name, "restart").text()).isEqualTo("unless-stopped");
    }

    /** The containers have users of their own, and a clone may have been made under a strict umask. */
    @Test
    void theSetupMakesEveryMountedFileReadable() throws Exception {
        List<String> mounted = mounted();
        Path clone = Files.createDirectory(directory.resolve("clone"));
        for (String file : mounted) {
            copyUnreadable(file, clone);
        }
        Path setup = clone.resolve("apisix-conf/setup.sh");
        Files.writeString(setup, SETUP);

        assertThat(run(List.of("bash", setup.toString(), "env")).code()).isZero();

        for (String file : mounted) {
            try (Stream<Path> tree = Files.walk(clone.resolve(file))) {
                assertThat(tree)
                        .allSatisfy(path -> assertThat(Files.getPosixFilePermissions(path))
                                .contains(PosixFilePermission.OTHERS_READ)
                                .matches(modes -> !Files.isDirectory(path)
                                        || modes.contains(PosixFilePermission.OTHERS_EXECUTE)));
            }
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(clone.resolve(".env"))))
                .isEqualTo("rw-------");
    }

    private static List<String> mounted() {
        return matches("(?m)^ +- \\./([^:]+):", text("docker-compose.yml"));
    }

    /** Copies names and directories, for their owner only. */
    private static void copyUnreadable(String mounted, Path clone) throws IOException {
        List<Path> tree;
        try (Stream<Path> paths = Files.walk(ROOT.resolve(mounted))) {
            tree = paths.toList();
        }
        Files.createDirectories(clone.resolve(mounted).getParent());
        for (Path path : tree) {
            Path copy = clone.resolve(ROOT.relativize(path));
            if (Files.isDirectory(path)) {
                Files.createDirectory(
                        copy, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.createFile(
                        copy, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
        }
    }

    @Test
    void theRunnersImageIsBuiltFromPinnedImages() {
        assertThat(matches("(?m)^FROM (\\S+)", text("Dockerfile")))
                .hasSize(2)
                .allSatisfy(image -> assertThat(image).matches("[a-z-]+:[0-9]+\\.[0-9]+.*"));
    }

    /** The image is built by scripts/package from the files of the build context. */
    @Test
    void whatThePackageIsMadeOfIsNotKeptFromTheBuild() {
        List<String> ignored = text(".dockerignore").lines().toList();
        List<String> copied = matches("(?m)^cp -r (.*) \"\\$home", text("scripts/package")).stream()
                .flatMap(files -> Arrays.stream(files.split(" ")))
                .map(file -> file.split("/", 2)[0])
                .toList();
        assertThat(copied).contains("docs", "distribution").doesNotContainAnyElementsOf(ignored);
    }

    @Test
    void theRunnerIsTheWorkersUserAndCanWriteOnlyWhereItMust() {
        Node runner = COMPOSE.at("services", "runner");
        assertThat(runner.at("user").text()).isEqualTo("636:636");
        assertThat(runner.at("read_only").text()).isEqualTo("true");
        assertThat(runner.at("cap_drop").list()).containsExactly("ALL");
        assertThat(runner.at("tmpfs").list()).singleElement().asString().matches("/tmp:.*\\bnoexec\\b.*");
        assertThat(text("Dockerfile")).contains("\nUSER 636:636\n");
        assertThat(RUNNER.at("runner", "socket", "owner").text()).isEqualTo("636");
        assertThat(RUNNER.at("runner", "socket", "group").text()).isEqualTo("636");
        assertThat(RUNNER.at("runner", "socket", "mode").text()).isEqualTo("0660");
    }

    @Test
    void bothSidesMountTheSocketsDirectoryAndNameTheSameSocket() {
        Path socket = Path.of(RUNNER.at("runner", "socket", "path").text());
        String mount = "runner-socket:" + socket.getParent();

        assertThat(COMPOSE.at("services", "runner", "volumes").list()).contains(mount);
        assertThat(COMPOSE.at("services", "apisix", "volumes").list()).contains(mount);
        assertThat(COMPOSE.at("volumes", "runner-socket", "driver_opts", "o").text())
                .contains("uid=636", "gid=636", "mode=0750");
        assertThat(APISIX.at("ext-plugin", "path_for_test").text()).isEqualTo(socket.toString());
        assertThat(text("Dockerfile"))
                .contains("\"--socket\", \"" + socket + "\"")
                .contains("-m 0750 " + socket.getParent());
    }

    @Test
    void everyMountedFileIsThere() {
        assertThat(mounted())
                .isNotEmpty()
                .allSatisfy(file -> assertThat(ROOT.resolve(file)).exists());
    }

    @Test
    void bothSidesReadTheSameEtcdWithTheSameKeyring() {
        Node etcd = RUNNER.at("consumers", "etcd");
        assertThat(etcd.at("endpoints").list())
                .isEqualTo(APISIX.at("deployment", "etcd", "host").list());
        assertThat(etcd.at("prefix").text())
                .isEqualTo(APISIX.at("deployment", "etcd", "prefix").text());
        assertThat(APISIX.at("apisix", "data_encryption", "keyring").list()).containsExactly("${{APISIX_DATA_KEY}}");
        assertThat(etcd.at("data_encryption", "keyring").list()).containsExactly("${APISIX_DATA_KEY}");
    }

    @Test
    void secretsComeFromTheEnvironmentAndEveryVariableIsHandedOver() {
        Node vault = RUNNER.at("providers", "vault", "prod");
        Node aws = RUNNER.at("providers", "aws", "main");
        assertThat(List.of(
                        vault.at("token").text(),
                        aws.at("access_key_id").text(),
                        aws.at("secret_access_key").text()))
                .allMatch(value -> value.startsWith("$env://"));
        assertThat(APISIX.at("deployment", "admin", "admin_key").text()).contains("key=${{APISIX_ADMIN_KEY}}");

        assertThat(COMPOSE.at("services", "runner", "environment").keys())
                .containsAll(matches("\\$env://(\\w+)", text("apisix-conf/runner-application.yaml")))
                .containsAll(matches("\\$\\{(\\w+)}", text("apisix-conf/runner-application.yaml")));
        assertThat(COMPOSE.at("services", "apisix", "environment").keys())
                .containsAll(matches("\\$\\{\\{(\\w+)}}", text("apisix-conf/config.yaml")))
                .containsAll(APISIX.at("nginx_config", "envs").list());
        assertThat(APISIX.at("nginx_config", "envs").list()).containsAll(matches("\\$ENV://(\\w+)", SETUP));
        assertThat(matches("\\$\\{(\\w+):\\?", text("docker-compose.yml")))
                .isSubsetOf(matches("\"(\\w+)=k\\$\\(random", SETUP));
    }

    @Test
    void theRouteIsProtectedByTheFilterAndNeverOpensWithoutIt() {
        JsonNode plugin = route("protected").at("/plugins/ext-plugin-pre-req");
        assertThat(plugin.path("allow_degradation").isBoolean()).isTrue();
        assertThat(plugin.path("allow_degradation").asBoolean()).isFalse();
        assertThat(plugin.path("conf")).hasSize(1);
        assertThat(plugin.at("/conf/0/name").asString()).isEqualTo("secret-key-auth");

        JsonNode value = JsonMapper.shared().readTree(plugin.at("/conf/0/value").asString());
        assertThat(List.of("header", "query", "hide_credentials", "realm", "anonymous_consumer"))
                .containsAll(value.propertyNames());
    }

    /** A route would be open if APISIX could not load its plugin. */
    @Test
    void theRouteOfTheCompanionIsProtectedByAPluginThatIsLoaded() {
        JsonNode plugins = route("companion").get("plugins");
        assertThat(plugins.propertyNames()).containsExactly("secret-key-auth");
        assertThat(APISIX.at("plugins").list())
                .contains("secret-key-auth", "key-auth", "ext-plugin-pre-req")
                .doesNotHaveDuplicates();
        String luaPath = APISIX.at("apisix", "extra_lua_path").text();
        assertThat(luaPath).endsWith("/?.lua");
        String mount = luaPath.replace("?.lua", "apisix") + ":ro";
        assertThat(COMPOSE.at("services", "apisix", "volumes").list()).contains("./apisix-plugin/apisix:" + mount);
        String schema = text("apisix-plugin/apisix/plugins/secret-key-auth.lua");
        assertThat(plugins.get("secret-key-auth").propertyNames())
                .allSatisfy(option -> assertThat(schema).contains("\n        " + option + " = {"));
    }

    @Test
    void theRoutesUpstreamsAreServicesOfTheStack() {
        for (String name : List.of("protected", "companion")) {
            assertThat(route(name).at("/upstream/nodes").propertyNames())
                    .allSatisfy(node -> assertThat(services()).contains(node.replaceAll(":.*", "")));
        }
        assertThat(text("apisix-conf/upstream.conf")).contains("listen 8080;");
    }

    @Test
    void everyReferenceNamesAProviderOfTheRunner() {
        Node defined = RUNNER.at("providers");
        List<String> providers = defined.keys().stream()
                .flatMap(manager -> defined.at(manager).keys().stream().map(id -> manager + "/" + id))
                .toList();
        assertThat(matches("\\$secret://([^/]+/[^/]+)/", SETUP)).isNotEmpty().isSubsetOf(providers);
    }

    @Test
    void theSecretOfAReferenceIsWrittenWhereTheRunnerLooks() {
        String prefix = RUNNER.at("providers", "vault", "prod", "prefix").text();
        assertThat(SETUP)
                .contains("{\"key\": \"$secret://vault/prod/jack/key\"}")
                .contains("vault " + prefix.replaceFirst("/", "/data/") + "/jack");
        assertThat(RUNNER.at("providers", "vault", "prod", "uri").text()).isEqualTo("http://vault:8200");
        assertThat(RUNNER.at("providers", "aws", "main", "endpoint_url").text()).isEqualTo("http://moto:5000");
    }

    @Test
    void noRequestOfTheSetupPutsASecretIntoAnArgumentOrAnAddress() {
        assertThat(SETUP).contains("--header @<(").doesNotContain("-k ", "--insecure");
        assertThat(matches("(?m)^\\s+curl .*(_KEY|_TOKEN)", SETUP.substring(0, SETUP.indexOf("case ${1:-}"))))
                .isEmpty();
    }

    @Test
    void theScriptPassesShellcheck() throws Exception {
        String script = ROOT.resolve("apisix-conf/setup.sh").toString();
        check(List.of("shellcheck", "--version"), List.of("shellcheck", script));
    }

    @Test
    void composeAcceptsTheFile() throws Exception {
        String file = ROOT.resolve("docker-compose.yml").toString();
        check(List.of("docker", "compose", "version"), List.of("docker", "compose", "-f", file, "config", "--quiet"));
    }

    /** Runs a checker; where it is not installed, the report shows the test as skipped with the reason. */
    private static void check(List<String> version, List<String> command) throws Exception {
        assumeThat(run(version).code()).as("%s works", version).isZero();
        RunnerProcess.Finished finished = run(command);
        assertThat(finished.code()).as(finished.out()).isZero();
    }

    private static RunnerProcess.Finished run(List<String> command) throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(Map.of("VAULT_TOKEN", "t", "APISIX_ADMIN_KEY", "a", "APISIX_DATA_KEY", "k"));
        try {
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new RunnerProcess.Finished(process.waitFor(), output);
        } catch (IOException e) {
            return new RunnerProcess.Finished(-1, String.valueOf(e.getMessage()));
        }
    }

    private static JsonNode route(String name) {
        List<String> bodies = matches("(?s)admin routes/" + name + " <<'JSON'\n(.*?)\nJSON\n", SETUP);
        assertThat(bodies).hasSize(1);
        return JsonMapper.shared().readTree(bodies.getFirst());
    }

    private static List<String> matches(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }

    private static String text(String file) {
        try {
            return Files.readString(ROOT.resolve(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Node yaml(String file) {
        return new Node(file, new Yaml(new SafeConstructor(new LoaderOptions())).load(text(file)));
    }

    /** A part of a YAML document; asking for a missing part fails with its path. */
    private record Node(String path, Object value) {

        Node at(String... keys) {
            Node node = this;
            for (String key : keys) {
                Object child = node.map().get(key);
                assertThat(child).as(node.path + " > " + key).isNotNull();
                node = new Node(node.path + " > " + key, Objects.requireNonNull(child));
            }
            return node;
        }

        List<String> keys() {
            return List.copyOf(map().keySet());
        }

        List<String> list() {
            assertThat(value).as(path).isInstanceOf(List.class);
            return ((List<?>) value).stream().map(String::valueOf).toList();
        }

        String text() {
            return String.valueOf(value);
        }

        private Map<String, Object> map() {
            assertThat(value).as(path).isInstanceOf(Map.class);
            Map<String, Object> map = new LinkedHashMap<>();
            ((Map<?, ?>) value).forEach((key, child) -> {
                if (child != null) {
                    map.put(String.valueOf(key), child);
                }
            });
            return map;
        }
    }
}
