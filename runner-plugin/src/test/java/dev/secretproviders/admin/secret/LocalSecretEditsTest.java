package dev.secretproviders.admin.secret;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.admin.secret.LocalSecretEdits.Removal;
import dev.secretproviders.admin.secret.LocalSecretEdits.SecretOutcome;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.TestAudit;
import dev.secretproviders.provider.local.Change;
import dev.secretproviders.provider.local.LocalSecretException.Kind;
import dev.secretproviders.provider.local.LocalSecrets;
import dev.secretproviders.provider.local.SecretMetadata;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

final class LocalSecretEditsTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Change CHANGE = new Change(Actor.RUNNER, null, null, null);

    @TempDir
    private Path temp;

    private final List<Usage> usages = new ArrayList<>();
    private Store store;
    private LocalSecrets secrets;
    private LocalSecretEdits edits;

    @BeforeEach
    void open() throws Exception {
        store = EmbeddedStore.open(temp.resolve("store"), Duration.ofSeconds(5));
        AuditLog audit = TestAudit.open(store);
        secrets = new LocalSecrets(
                store,
                audit,
                id -> id.equals("app") ? OptionalInt.of(10) : OptionalInt.empty(),
                InstantSource.fixed(NOW));
        edits = new LocalSecretEdits(secrets, provider -> usages, audit);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void putWritesTheFieldsOfTheBody() throws Exception {
        SecretMetadata written = written(put("""
                {"fields": {"key": "hunter2", "user": "jack"}, "expires_at": "2027-01-01T01:00:00+01:00"}"""));

        assertThat(written.current().fields()).containsExactly("key", "user");
        assertThat(written.current().expiresAt()).isEqualTo("2027-01-01T00:00:00Z");
    }

    @Test
    void patchLeavesOutFieldsGivenAsNull() throws Exception {
        var _ = put("{\"fields\": {\"key\": \"a\", \"old\": \"b\"}, \"expires_at\": \"2027-01-01T00:00:00Z\"}");

        SecretMetadata patched = written(edits.patch(
                "app", "jack", json("{\"fields\": {\"new\": \"c\", \"old\": null}, \"expires_at\": null}"), CHANGE));

        assertThat(patched.current().fields()).containsExactly("key", "new");
        assertThat(patched.current().expiresAt()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"fields\": {}}",
                "{\"key\": \"canary\"}",
                "{\"fields\": \"canary\"}",
                "{\"fields\": [\"canary\"]}",
                "{\"fields\": {\"key\": null}}",
                "{\"fields\": {\"key\": 1}}",
                "{\"fields\": {\"key\": \"canary\\ud800\"}}",
                "{\"fields\": {\"key\": {\"canary\": \"canary\"}}}",
                "{\"fields\": {\"key\": \"\"}}",
                "{\"fields\": {\"key\": \"canary\"}, \"expires_at\": \"tomorrow\"}",
                "{\"fields\": {\"key\": \"canary\"}, \"expires_at\": 1}",
                "{\"fields\": {\"key\": \"canary\"}, \"expires_at\": \"2026-03-01T12:00:00Z\"}",
                "{\"fields\": {\"key\": \"canary\"}, \"expires_at\": \"+999999999-01-01T00:00:00Z\"}",
                "{\"fields\": {\"key\": \"canary\"}, \"expired_at\": \"2027-03-01T12:00:00Z\"}"
            })
    void bodyThatIsNotInOrderIsRefusedAndStoresNothing(String body) throws Exception {
        assertThat(put(body)).isInstanceOfSatisfying(SecretOutcome.Refused.class, refused -> {
            assertThat(refused.kind()).isEqualTo(Kind.INVALID);
            assertThat(refused.message()).doesNotContain("canary");
        });
        assertThat(store.list("secret").entries()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"action\": \"read\"}",
                "{\"action\": [\"destroy\"]}",
                "{\"action\": \"generate\"}",
                "{\"action\": \"generate\", \"field\": 1}",
                "{\"action\": \"generate\", \"field\": \"key\", \"length\": \"43\"}",
                "{\"action\": \"generate\", \"field\": \"key\", \"length\": 99999999999}",
                "{\"action\": \"generate\", \"field\": \"key\", \"length\": 8}",
                "{\"action\": \"generate\", \"field\": \"key\", \"alphabet\": \"digits\"}",
                "{\"action\": \"generate\", \"field\": \"key\", \"reveal\": \"yes\"}",
                "{\"action\": \"generate\", \"field\": \"key\", \"version\": 1}",
                "{\"action\": \"rollback\"}",
                "{\"action\": \"rollback\", \"version\": 0}",
                "{\"action\": \"destroy\", \"version\": 1.5}"
            })
    void actionThatIsNotInOrderIsRefused(String body) throws Exception {
        var _ = put("{\"fields\": {\"key\": \"a\"}}");

        assertThat(act(body, false))
                .isInstanceOfSatisfying(
                        SecretOutcome.Refused.class,
                        refused -> assertThat(refused.kind()).isEqualTo(Kind.INVALID));
        assertThat(secrets.metadata("app", "jack").current().version()).isEqualTo(1);
    }

    @Test
    void generatedKeyIsShownOnlyToWhoAsks() throws Exception {
        SecretMetadata hidden = written(act("{\"action\": \"generate\", \"field\": \"key\"}", false));
        assertThat(hidden.current().fields()).containsExactly("key");

        assertThat(act(
                        "{\"action\": \"generate\", \"field\": \"key\", \"alphabet\": \"hex\", \"reveal\": true}",
                        false))
                .isInstanceOfSatisfying(SecretOutcome.Revealed.class, revealed -> {
                    assertThat(revealed.key().value().reveal()).matches("[0-9a-f]{64}");
                    assertThat(revealed.toString())
                            .doesNotContain(revealed.key().value().reveal());
                });
    }

    @Test
    void rollbackAndDestroyTakeAVersion() throws Exception {
        var _ = put("{\"fields\": {\"key\": \"a\"}}");
        var _ = put("{\"fields\": {\"other\": \"b\"}}");

        assertThat(written(act("{\"action\": \"rollback\", \"version\": 1}", false))
                        .current()
                        .fields())
                .containsExactly("key");
        assertThat(written(act("{\"action\": \"destroy\", \"version\": 2}", false))
                        .versions()
                        .get(1)
                        .destroyed())
                .isTrue();
    }

    @Test
    void secretThatIsReferredToIsNotDeletedUnlessForced() throws Exception {
        var _ = put("{\"fields\": {\"key\": \"a\"}}");
        Usage usage = usage("$secret://local/app/jack/key?json=/a&trim");
        usages.addAll(List.of(usage, usage("$secret://local/app/jack/more/key"), usage("$secret://local/app/jac/key")));

        assertThat(edits.delete("app", "jack", new Removal(false, false), CHANGE))
                .isEqualTo(new SecretOutcome.Referenced(List.of(usage)));
        assertThat(secrets.metadata("app", "jack").current().version()).isEqualTo(1);

        assertThat(edits.delete("app", "jack", new Removal(true, false), CHANGE))
                .isEqualTo(new SecretOutcome.Deleted());
        assertThat(edits.delete("app", "jack", new Removal(true, false), CHANGE))
                .isInstanceOfSatisfying(
                        SecretOutcome.Refused.class,
                        refused -> assertThat(refused.kind()).isEqualTo(Kind.NOT_FOUND));
    }

    @Test
    void versionThatIsReferredToIsNotDestroyedUnlessForced() throws Exception {
        for (String value : List.of("a", "b", "c")) {
            var _ = put("{\"fields\": {\"key\": \"" + value + "\"}}");
        }
        usages.add(usage("$secret://local/app/jack/key"));
        usages.add(usage("$secret://local/app/jack/key?version=2"));

        assertThat(act("{\"action\": \"destroy\", \"version\": 3}", false))
                .isEqualTo(new SecretOutcome.Referenced(List.of(usages.get(0))));
        assertThat(act("{\"action\": \"destroy\", \"version\": 2}", false))
                .isEqualTo(new SecretOutcome.Referenced(List.of(usages.get(1))));
        assertThat(act("{\"action\": \"destroy\", \"version\": 1}", false)).isInstanceOf(SecretOutcome.Written.class);
        assertThat(act("{\"action\": \"destroy\", \"version\": 3}", true)).isInstanceOf(SecretOutcome.Written.class);
    }

    @Test
    void answerShowsNoValue() throws Exception {
        SecretMetadata written = written(put("{\"fields\": {\"key\": \"canary\"}}"));

        assertThat(SecretView.key(written)).isEqualTo("/secrets/app/jack");
        assertThat(SecretView.value(written).toString()).isEqualTo("""
                {"version":1,"created_at":"2026-03-01T12:00:00Z","created_by":"runner","expires_at":null,\
                "destroyed":false,"fields":["key"],"path":"jack","versions":[{"version":1,"created_at":\
                "2026-03-01T12:00:00Z","created_by":"runner","expires_at":null,"destroyed":false,"fields":["key"]}]}\
                """);
    }

    private SecretOutcome put(String body) throws Exception {
        return checked(SecretBody.PUT, body, json -> edits.put("app", "jack", json, CHANGE));
    }

    private SecretOutcome act(String body, boolean force) throws Exception {
        return checked(
                SecretBody.ACTION, body, json -> edits.act("app", "jack", json, new Removal(force, false), CHANGE));
    }

    private interface Edit {
        SecretOutcome of(ObjectNode body) throws Exception;
    }

    /** Checks the body first, as the router does. */
    private static SecretOutcome checked(Schema schema, String body, Edit edit) throws Exception {
        try {
            schema.check(json(body));
        } catch (AdminProblemException e) {
            return new SecretOutcome.Refused(Kind.INVALID, String.valueOf(e.getMessage()));
        }
        return edit.of(json(body));
    }

    private static SecretMetadata written(SecretOutcome outcome) {
        assertThat(outcome).isInstanceOf(SecretOutcome.Written.class);
        return ((SecretOutcome.Written) outcome).secret();
    }

    private static Usage usage(String reference) {
        return new Usage(
                Usage.ResourceType.CONSUMER,
                "jack",
                null,
                null,
                "plugins.key-auth.key",
                reference,
                SecretReference.parse(reference));
    }

    private static ObjectNode json(String text) {
        return (ObjectNode) JsonMapper.shared().readTree(text);
    }
}
