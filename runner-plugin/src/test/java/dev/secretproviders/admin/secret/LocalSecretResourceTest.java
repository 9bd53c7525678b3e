package dev.secretproviders.admin.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.TestAudit;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.env.EnvProviderFactory;
import dev.secretproviders.provider.local.LocalSecrets;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

final class LocalSecretResourceTest {
    private static final String ONE = "/admin/secrets/{id}/{*path}";
    private static final ObjectNode FIELDS = Json.parsed("{'fields': {'key': 'canary'}}");

    @TempDir
    private Path temp;

    private final List<Usage> usages = new ArrayList<>();
    private Store store;
    private LocalSecretResource resource;
    private final ProvidersInScope providers = new ProvidersInScope(noProviders(), _ -> Map.of());
    private Caller caller = new Caller(Actor.RUNNER, Set.of(Role.ADMIN), Scope.ALL);

    @BeforeEach
    void open() throws Exception {
        store = EmbeddedStore.open(temp.resolve("store.db"), Duration.ZERO);
        AuditLog audit = TestAudit.open(store);
        LocalSecrets secrets = new LocalSecrets(
                store,
                audit,
                id -> id.equals("app") ? OptionalInt.of(10) : OptionalInt.empty(),
                InstantSource.system());
        resource =
                new LocalSecretResource(secrets, new LocalSecretEdits(secrets, provider -> usages, audit), providers);
    }

    private static ProviderRegistry noProviders() {
        return ProviderRegistry.read(
                Settings.root(Map.of(), new Problems()).section("providers"),
                List.of(new EnvProviderFactory(Map.of())));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void secretIsCreatedReplacedReadAndDeleted() throws Exception {
        assertThat(call("PUT", ONE, "/jack", FIELDS, null).status()).isEqualTo(201);
        assertThat(call("PUT", ONE, "/jack", FIELDS, null).status()).isEqualTo(200);

        Answer read = call("GET", ONE, "/jack", null, null);
        assertThat(json(read).path("key").asString()).isEqualTo("/secrets/app/jack");
        assertThat(json(read).path("value").path("version").asInt()).isEqualTo(2);
        assertThat(read.headers().get("ETag")).matches("\"\\d+\"");
        assertThat(json(read).toString()).doesNotContain("canary");

        assertThat(call("DELETE", ONE, "/jack", null, null).status()).isEqualTo(204);
        assertStatus(404, () -> call("GET", ONE, "/jack", null, null));
    }

    @Test
    void listHasApisixShape() throws Exception {
        var _ = call("PUT", ONE, "/team/a", FIELDS, null);
        var _ = call("PUT", ONE, "/other", FIELDS, null);

        JsonNode list =
                json(answer("GET", "/admin/secrets/{id}", Map.of("id", "app"), Map.of("prefix", "team/"), null, null));

        assertThat(list.path("total").asInt()).isEqualTo(1);
        assertThat(list.path("list").path(0).path("key").asString()).isEqualTo("/secrets/app/team/a");
    }

    @Test
    void etagOfAnEarlierAnswerIsACondition() throws Exception {
        String etag = call("PUT", ONE, "/jack", FIELDS, null).headers().get("ETag");
        var _ = call("PUT", ONE, "/jack", FIELDS, etag);

        assertStatus(412, () -> call("PUT", ONE, "/jack", FIELDS, etag));
    }

    @Test
    void generatedKeyIsInTheAnswerOnlyIfAskedFor() throws Exception {
        JsonNode hidden = json(call("POST", ONE, "/jack", Json.parsed("{'action': 'generate', 'field': 'key'}"), null));
        assertThat(hidden.path("value").has("generated")).isFalse();

        JsonNode shown = json(call(
                "POST", ONE, "/jack", Json.parsed("{'action': 'generate', 'field': 'key', 'reveal': true}"), null));
        assertThat(shown.path("value").path("generated").asString()).hasSize(43);
    }

    @Test
    void refusalNamesWhatRefersToTheSecret() throws Exception {
        var _ = call("PUT", ONE, "/jack", FIELDS, null);
        String reference = "$secret://local/app/jack/key";
        usages.add(new Usage(
                Usage.ResourceType.CONSUMER_CREDENTIAL,
                "c1",
                null,
                "jack",
                "plugins.key-auth.key",
                reference,
                SecretReference.parse(reference)));

        assertThatThrownBy(() -> call("DELETE", ONE, "/jack", null, null))
                .isInstanceOfSatisfying(AdminProblemException.class, problem -> {
                    assertThat(problem.status()).isEqualTo(409);
                    assertThat(String.valueOf(problem.details().get("references")))
                            .isEqualTo("""
                            [{"resource_type":"consumer_credential","resource_id":"c1","resource_name":"c1",\
                            "parent_id":"jack","field":"plugins.key-auth.key",\
                            "reference":"$secret://local/app/jack/key","provider":"local/app"}]""");
                });
        assertThat(forced().status()).isEqualTo(204);
    }

    @Test
    void forceNeedsItsRight() throws Exception {
        var _ = call("PUT", ONE, "/jack", FIELDS, null);
        caller = new Caller(Actor.RUNNER, Set.of(Role.OPERATOR), Scope.ALL);

        assertStatus(403, this::forced);
    }

    @Test
    void tokenLimitedToOtherProvidersMayNothing() {
        caller = new Caller(Actor.RUNNER, Set.of(Role.ADMIN), new Scope(List.of("vault/*"), Map.of()));

        assertStatus(403, () -> call("PUT", ONE, "/jack", FIELDS, null));
        assertStatus(403, () -> call("GET", ONE, "/jack", null, null));
        assertStatus(403, () -> answer("GET", "/admin/secrets/{id}", Map.of("id", "app"), Map.of(), null, null));
    }

    @Test
    void pathsThatAreNoneAreRefused() {
        for (String path : List.of("/", "/a//b", "/../a", "/a/", "/a%2fb", "/a?b")) {
            assertStatus(400, () -> call("PUT", ONE, path, FIELDS, null));
        }
        assertStatus(404, () -> answer("PUT", ONE, Map.of("id", "../x", "path", "/a"), Map.of(), FIELDS, null));
        assertStatus(404, () -> answer("PUT", ONE, Map.of("id", "none", "path", "/a"), Map.of(), FIELDS, null));
    }

    private Answer forced() throws Exception {
        return answer("DELETE", ONE, Map.of("id", "app", "path", "/jack"), Map.of("force", "true"), null, null);
    }

    private Answer call(String method, String pattern, String path, @Nullable ObjectNode body, @Nullable String ifMatch)
            throws Exception {
        return answer(method, pattern, Map.of("id", "app", "path", path), Map.of(), body, ifMatch);
    }

    private Answer answer(
            String method,
            String pattern,
            Map<String, String> variables,
            Map<String, String> query,
            @Nullable ObjectNode body,
            @Nullable String ifMatch)
            throws Exception {
        Endpoint endpoint = resource.endpoints().stream()
                .filter(one -> one.method().equals(method) && one.path().equals(pattern))
                .findFirst()
                .orElseThrow();
        Call call = new Call(caller, "r1", variables, query, body, new Call.Conditions(ifMatch, null));
        String refusal = endpoint.reach().refusal(call, providers);
        if (refusal != null) {
            throw AdminProblemException.forbidden(refusal);
        }
        if (body != null) {
            Objects.requireNonNull(endpoint.body()).check(body);
        }
        return endpoint.handler().answer(call);
    }

    private static JsonNode json(Answer answer) {
        return Objects.requireNonNull(answer.body());
    }

    private static void assertStatus(int status, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        AdminProblemException.class,
                        problem -> assertThat(problem.status()).isEqualTo(status));
    }
}
