package dev.secretproviders.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.provider.ProviderLimits.Breach;
import dev.secretproviders.provider.ProviderLimits.Origin;
import dev.secretproviders.provider.ProviderSchemaTest.Manager;
import dev.secretproviders.provider.env.EnvProviderFactory;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What objects of each manager may name, by their writer. The fields come from the schemas, so that new ones are
 * tested, too.
 */
final class ProviderLimitsTest {
    /** No server listens here, because the objects are only read. */
    private static final String ELSEWHERE = "elsewhere.example";

    @TempDir
    private Path temp;

    private HttpServer server;
    private volatile @Nullable String redirect;
    private final AtomicInteger requests = new AtomicInteger();

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLocalHost(), 0), 0);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            if (redirect != null) {
                exchange.getResponseHeaders().set("Location", redirect);
            }
            exchange.sendResponseHeaders(redirect == null ? 500 : 307, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    /** One field of one manager that names a file, or an address. */
    record Case(Manager manager, List<String> path, Field field) {
        String name() {
            return String.join(".", path);
        }

        @Override
        public String toString() {
            return manager + " " + name();
        }
    }

    static Stream<Case> files() {
        return cases(Set.of(FieldType.FILE, FieldType.TRUST_FILE));
    }

    static Stream<Case> addresses() {
        return cases(Set.of(FieldType.URI));
    }

    private static Stream<Case> cases(Set<FieldType> types) {
        List<Case> cases = new ArrayList<>();
        for (Manager manager : ProviderSchemaTest.managers()) {
            ProviderSchemaTest.forEachField(manager, (path, field) -> {
                if (types.contains(field.type())) {
                    cases.add(new Case(manager, List.copyOf(path), field));
                }
            });
        }
        return cases.stream();
    }

    @Test
    void filesAndAddressesAreFound() {
        assertThat(files().map(Case::toString))
                .containsExactlyInAnyOrder(
                        "fake script",
                        "file path",
                        "file directory",
                        "vault auth.jwt_file",
                        "vault auth.web_identity_token_file",
                        "vault tls.ca_file",
                        "vault tls.cert_file",
                        "vault tls.key_file",
                        "aws web_identity_token_file",
                        "gcp auth_file",
                        "kubernetes token_file",
                        "kubernetes kubeconfig",
                        "kubernetes tls.ca_file",
                        "kubernetes tls.cert_file",
                        "kubernetes tls.key_file",
                        "azure auth.certificate_file",
                        "azure auth.token_file");
        assertThat(addresses().map(Case::toString))
                .containsExactlyInAnyOrder(
                        "vault uri",
                        "vault auth.sts_endpoint_url",
                        "aws endpoint_url",
                        "aws sts_endpoint_url",
                        "aws events.queue_url",
                        "gcp auth_config.token_uri",
                        "gcp auth_config.entries_uri",
                        "kubernetes apiserver_addr",
                        "azure vault_uri",
                        "azure auth.authority_host");
    }

    @ParameterizedTest
    @MethodSource("files")
    void fileThatNobodyAllowedIsRefusedWhenItIsWritten(Case one) throws Exception {
        Path data = Files.createDirectories(temp.resolve("allowed/data"));
        Files.writeString(data.resolve("keyring"), "the-keyring");
        Path link = Files.createSymbolicLink(temp.resolve("allowed/link.json"), data.resolve("keyring"));
        ProviderRegistry registry = registry(one.manager(), limits(temp.resolve("allowed"), null), data);

        for (Path file : List.of(
                Path.of("/etc/passwd.json"),
                Path.of("/proc/self/environ"),
                temp.resolve("not-there.json"),
                data.resolve("keyring"),
                link)) {
            assertThat(written(registry, one, file.toString()))
                    .as("the problem does not show whether the file exists, nor anything else")
                    .singleElement()
                    .asString()
                    .startsWith(one.name() + ": '" + file + "'")
                    .containsAnyOf("providers.files.allow", "no provider may read");
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void fileInAnAllowedDirectoryIsNoProblem(Case one) throws Exception {
        Path allowed = Files.createDirectories(temp.resolve("allowed"));
        ProviderRegistry registry = registry(one.manager(), limits(allowed, null), temp.resolve("data"));

        assertThat(written(registry, one, allowed.resolve("file.json").toString()))
                .noneMatch(problem -> problem.contains("providers.files.allow") || problem.contains("may read"));
    }

    @ParameterizedTest
    @MethodSource("files")
    void configurationFileAndWhatWasStoredBeforeMayNameAnyFile(Case one) {
        Map<String, Object> providers = new LinkedHashMap<>(limits(temp.resolve("allowed"), null));
        Map<String, Object> object = object(one, "/etc/no-such-file.json");
        providers.put(one.manager().factory().manager(), Map.of("test", object));
        Problems problems = new Problems();
        read(one.manager(), providers, temp.resolve("data"), problems).close();
        assertThat(problems.lines()).noneMatch(problem -> problem.contains("providers.files.allow"));

        ProviderRegistry registry =
                registry(one.manager(), limits(temp.resolve("allowed"), null), temp.resolve("data"));
        try (Registered before = registry.prepare(id(one), object, Origin.STORED_BEFORE)) {
            assertThat(before.breaches())
                    .extracting(Breach::field, Breach::problem)
                    .anySatisfy(breach -> assertThat(breach.toList().toString())
                            .contains(one.name(), "/etc/no-such-file.json", "providers.files.allow"));
        } catch (InvalidSettingsException e) {
            assertThat(e.problems())
                    .as("the file itself does not exist")
                    .noneMatch(problem -> problem.contains("providers.files.allow"));
        }
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void httpToAnotherMachineNeedsTheWordOfWhoeverWritesIt(Case one) {
        ProviderRegistry registry = registry(one.manager(), Map.of(), temp);
        String clear = "http://" + ELSEWHERE + ":8200";
        if (one.manager().toString().equals("azure")) {
            assertThat(written(registry, one, clear))
                    .anyMatch(problem -> problem.contains("expected an https address"));
            return;
        }
        String refused = one.name() + ": http would send";

        assertThat(written(registry, one, clear))
                .anyMatch(problem -> problem.startsWith(refused) && problem.contains("tls.allow_plaintext: true"));
        assertThat(written(registry, one, "https://" + ELSEWHERE)).noneMatch(problem -> problem.startsWith(refused));
        for (String here : List.of("http://127.0.0.1:8200", "http://localhost:8200", "http://[::1]:8200")) {
            assertThat(written(registry, one, here)).noneMatch(problem -> problem.startsWith(refused));
        }
        Map<String, Object> allowed =
                ProviderSchemaTest.with(object(one, clear), List.of("tls", "allow_plaintext"), true);
        assertThat(problems(registry, one, allowed)).noneMatch(problem -> problem.startsWith(refused));

        assertThat(configured(one, Map.of(), object(one, clear)))
                .as("the configuration file, too")
                .anyMatch(problem -> problem.startsWith("providers." + one.manager() + ".test." + refused));
        assertThat(breaches(registry, one, object(one, clear), Origin.STORED_BEFORE))
                .anyMatch(problem -> problem.startsWith(refused));
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void addressOutsideTheListIsRefusedWhoeverWritesIt(Case one) {
        Map<String, ?> limits = limits(null, List.of("*.listed.example", "10.1.2.3"));
        Map<String, ?> names = limits(null, List.of("*.listed.example"));
        for (String address : List.of("https://" + ELSEWHERE, "https://10.2.0.1", "https://169.254.169.254")) {
            // The addresses of a name are known only when connecting.
            Map<String, ?> list = address.contains(ELSEWHERE) ? names : limits;
            ProviderRegistry registry = registry(one.manager(), list, temp);
            String refused = one.name() + ": " + URI.create(address).getHost();

            assertThat(written(registry, one, address)).anyMatch(problem -> problem.startsWith(refused));
            assertThat(configured(one, list, object(one, address)))
                    .anyMatch(problem ->
                            problem.contains("test." + refused) && problem.contains("providers.destinations"));
        }
        ProviderRegistry registry = registry(one.manager(), limits, temp);
        for (String address : List.of("https://a.listed.example", "https://10.1.2.3")) {
            assertThat(written(registry, one, address)).noneMatch(problem -> problem.startsWith(one.name() + ": "));
        }
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void metadataServiceIsRefusedWithoutAList(Case one) {
        ProviderRegistry registry = registry(one.manager(), Map.of(), temp);
        for (String host : List.of("169.254.169.254", "[fd00:ec2::254]", "metadata.google.internal", "2852039166")) {
            assertThat(written(registry, one, "https://" + host))
                    .anyMatch(problem -> problem.startsWith(one.name() + ": ")
                            && (problem.contains("metadata service") || problem.contains("expected an address")));
        }
    }

    /** Objects that log in as this machine or pod. */
    static Stream<Ambient> ambient() {
        Map<String, ProviderFactory> factories = new LinkedHashMap<>();
        ProviderSchemaTest.managers().forEach(manager -> factories.put(manager.toString(), manager.factory()));
        String pod = "/var/run/secrets/kubernetes.io/serviceaccount/token";
        return Stream.of(
                        new Ambient(
                                "vault",
                                Map.of("uri", "https://v.example", "auth", Map.of("method", "kubernetes", "role", "r")),
                                true),
                        new Ambient(
                                "vault",
                                Map.of("uri", "https://v.example", "auth", Map.of("method", "jwt", "jwt_file", pod)),
                                true),
                        new Ambient("vault", Map.of("uri", "https://v.example", "auth", Map.of("method", "aws")), true),
                        new Ambient("aws", Map.of(), false),
                        new Ambient("aws", Map.of("profile", "p"), false),
                        new Ambient("aws", Map.of("endpoint_url", "https://v.example"), true),
                        new Ambient("aws", Map.of("role_arn", "arn:aws:iam::123456789012:role/r"), false),
                        new Ambient(
                                "aws",
                                Map.of(
                                        "role_arn",
                                        "arn:aws:iam::123456789012:role/r",
                                        "sts_endpoint_url",
                                        "https://v.example"),
                                true),
                        new Ambient(
                                "aws",
                                Map.of(
                                        "role_arn",
                                        "arn:aws:iam::123456789012:role/r",
                                        "web_identity_token_file",
                                        "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
                                        "endpoint_url",
                                        "https://v.example"),
                                true),
                        new Ambient("gcp", Map.of("project_id", "p"), false),
                        new Ambient("kubernetes", Map.of(), false),
                        new Ambient(
                                "kubernetes", Map.of("apiserver_addr", "https://v.example", "token_file", pod), true),
                        new Ambient("azure", Map.of("vault_uri", "https://v.example"), true),
                        new Ambient(
                                "azure",
                                Map.of(
                                        "vault_uri",
                                        "https://v.example",
                                        "auth",
                                        Map.of("method", "workload_identity", "tenant_id", "t", "client_id", "c")),
                                true))
                .peek(one -> assertThat(factories).containsKey(one.manager()));
    }

    /** @param named whether the object itself says where the identity goes */
    record Ambient(String manager, Map<String, ?> fields, boolean named) {}

    @ParameterizedTest
    @MethodSource("ambient")
    void identityOfTheMachineGoesWhereTheConfigurationSaysAndTakesARight(Ambient one) {
        Manager manager = ProviderSchemaTest.managers().stream()
                .filter(candidate -> candidate.toString().equals(one.manager()))
                .findFirst()
                .orElseThrow();
        ProviderId id = new ProviderId(one.manager(), "test");
        ProviderRegistry open = registry(manager, Map.of(), temp);
        if (one.named()) {
            assertThatThrownBy(() -> open.prepare(id, one.fields()))
                    .isInstanceOf(InvalidSettingsException.class)
                    .hasMessageContaining("v.example, which providers.destinations does not name");
        }
        ProviderRegistry listed = registry(manager, limits(null, List.of("v.example")), temp);
        for (ProviderRegistry registry : one.named() ? List.of(listed) : List.of(open, listed)) {
            try (Registered made = registry.prepare(id, one.fields())) {
                assertThat(made.identity()).as("takes the right").isNotNull();
            }
        }
        for (Origin stays : List.of(Origin.STORED, Origin.STORED_BEFORE)) {
            try (Registered made = open.prepare(id, one.fields(), stays)) {
                assertThat(made.identity()).isNull();
                assertThat(made.breaches()).as("a finding").hasSize(one.named() ? 1 : 0);
            }
        }
        Problems problems = new Problems();
        read(manager, Map.of(one.manager(), Map.of("test", one.fields())), temp, problems)
                .close();
        assertThat(problems.lines()).as("the configuration file").isEmpty();
    }

    @Test
    void credentialsOfItsOwnAreNobodysIdentity() {
        for (Manager manager : ProviderSchemaTest.managers()) {
            ProviderRegistry registry = registry(manager, Map.of(), temp);
            Map<String, ?> own = manager.objects().getLast();
            if (own.containsKey("script") || own.containsKey("path")) {
                continue;
            }
            try (Registered made = registry.prepare(new ProviderId(manager.toString(), "test"), own)) {
                assertThat(made.identity()).as(manager.toString()).isNull();
            }
        }
    }

    /** The client of each manager, with an object that would connect to a real server. */
    static Stream<Ambient> clients() {
        return Stream.of(
                new Ambient("vault", Map.of("uri", "http://HOST", "token", "t", "prefix", "kv"), true),
                new Ambient(
                        "vault",
                        Map.of(
                                "uri",
                                "http://HOST",
                                "auth",
                                Map.of("method", "userpass", "username", "u", "password", "p")),
                        true),
                new Ambient(
                        "aws",
                        Map.of("endpoint_url", "http://HOST", "access_key_id", "i", "secret_access_key", "k"),
                        true),
                new Ambient(
                        "aws",
                        Map.of(
                                "sts_endpoint_url",
                                "http://HOST",
                                "role_arn",
                                "arn:aws:iam::123456789012:role/r",
                                "access_key_id",
                                "i",
                                "secret_access_key",
                                "k"),
                        true),
                new Ambient("kubernetes", Map.of("apiserver_addr", "http://HOST", "token", "t"), true),
                new Ambient(
                        "azure",
                        Map.of(
                                "vault_uri",
                                "https://HOST",
                                "auth",
                                Map.of(
                                        "method", "client_secret",
                                        "tenant_id", "t",
                                        "client_id", "c",
                                        "client_secret", "s")),
                        true));
    }

    @ParameterizedTest
    @MethodSource("clients")
    void noClientConnectsToWhatTheListDoesNotName(Ambient one) throws Exception {
        try (Registered made = prepare(one, limits(null, List.of("198.51.100.0/24")))) {
            assertThatThrownBy(() -> made.provider().check()).isInstanceOfSatisfying(ProviderException.class, e -> {
                assertThat(e.kind()).isEqualTo(ProviderException.Kind.CONFIGURATION);
                assertThat(e.getMessage()).contains("providers.destinations");
            });
        }
        assertThat(requests).hasValue(0);
    }

    @ParameterizedTest
    @MethodSource("clients")
    void noClientFollowsARedirect(Ambient one) throws Exception {
        HttpServer elsewhere = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        AtomicInteger reached = new AtomicInteger();
        elsewhere.createContext("/", exchange -> {
            reached.incrementAndGet();
            exchange.sendResponseHeaders(500, -1);
            exchange.close();
        });
        elsewhere.start();
        redirect = "http://127.0.0.1:" + elsewhere.getAddress().getPort() + "/";
        try (Registered made = prepare(one, Map.of())) {
            assertThatThrownBy(() -> made.provider().check()).isInstanceOf(ProviderException.class);
            assertThat(reached).hasValue(0);
            assertThat(requests.get() > 0 || one.manager().equals("azure")).isTrue();
        } finally {
            elsewhere.stop(0);
        }
    }

    /** The name of this machine does not show that it is this machine. */
    @ParameterizedTest
    @MethodSource("clients")
    void nameThatLeadsToTheAllowedAddressIsConnectedTo(Ambient one) throws Exception {
        String address = InetAddress.getLocalHost().getHostAddress();
        try (Registered made = prepare(one, limits(null, List.of(address)))) {
            assertThatThrownBy(() -> made.provider().check())
                    .isInstanceOfSatisfying(
                            ProviderException.class,
                            e -> assertThat(e.getMessage()).doesNotContain("destinations"));
        }
        assertThat(requests.get() > 0 || one.manager().equals("azure")).isTrue();
    }

    private Registered prepare(Ambient one, Map<String, ?> limits) throws Exception {
        String host = InetAddress.getLocalHost().getHostName() + ":"
                + server.getAddress().getPort();
        Manager manager = ProviderSchemaTest.managers().stream()
                .filter(candidate -> candidate.toString().equals(one.manager()))
                .findFirst()
                .orElseThrow();
        Map<String, Object> fields = new LinkedHashMap<>();
        one.fields()
                .forEach((name, value) ->
                        fields.put(name, value instanceof String text ? text.replace("HOST", host) : value));
        fields.put("tls", Map.of("allow_plaintext", true));
        return registry(manager, limits, temp).prepare(new ProviderId(one.manager(), "test"), fields, Origin.STORED);
    }

    private static Map<String, ?> limits(@Nullable Path allowed, @Nullable List<String> destinations) {
        Map<String, Object> limits = new LinkedHashMap<>();
        if (allowed != null) {
            limits.put("files", Map.of("allow", List.of(allowed.toString())));
        }
        if (destinations != null) {
            limits.put("destinations", destinations);
        }
        return limits;
    }

    /** Returns an object with this value in the field, in addition to the manager's required fields. */
    private static Map<String, Object> object(Case one, String value) {
        Map<String, ?> base = one.manager().objects().getLast();
        if (one.manager().toString().equals("file")) {
            base = Map.of();
        }
        // The URL of a queue has a path.
        String whole = one.name().endsWith("queue_url") ? value + "/123456789012/q" : value;
        return ProviderSchemaTest.with(base, one.path(), whole);
    }

    private static List<String> written(ProviderRegistry registry, Case one, String value) {
        return problems(registry, one, object(one, value));
    }

    private static List<String> problems(ProviderRegistry registry, Case one, Map<String, ?> object) {
        try (Registered _ = registry.prepare(id(one), object, Origin.WRITTEN)) {
            return List.of();
        } catch (InvalidSettingsException e) {
            return e.problems();
        }
    }

    private static List<String> breaches(ProviderRegistry registry, Case one, Map<String, ?> object, Origin origin) {
        List<String> lines = new ArrayList<>();
        try (Registered made = registry.prepare(id(one), object, origin)) {
            made.breaches().forEach(breach -> lines.add(breach.field() + ": " + breach.problem()));
        } catch (InvalidSettingsException e) {
            lines.addAll(e.problems());
        }
        return lines;
    }

    private List<String> configured(Case one, Map<String, ?> limits, Map<String, ?> object) {
        Map<String, Object> providers = new LinkedHashMap<>(limits);
        providers.put(one.manager().toString(), Map.of("test", object));
        Problems problems = new Problems();
        read(one.manager(), providers, temp, problems).close();
        return problems.lines();
    }

    private static ProviderId id(Case one) {
        return new ProviderId(one.manager().toString(), "test");
    }

    private static ProviderRegistry registry(Manager manager, Map<String, ?> providers, Path own) {
        Problems problems = new Problems();
        ProviderRegistry registry = read(manager, providers, own, problems);
        problems.throwIfAny();
        return registry;
    }

    private static ProviderRegistry read(Manager manager, Map<String, ?> providers, Path own, Problems problems) {
        List<ProviderFactory> factories = new ArrayList<>(List.of(new EnvProviderFactory(Map.of())));
        if (!manager.toString().equals("env")) {
            factories.add(manager.factory());
        }
        return ProviderRegistry.read(
                Settings.root(Map.of("providers", providers), problems).section("providers"),
                factories,
                unknown -> false,
                Set.of(own));
    }
}
