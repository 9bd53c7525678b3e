package dev.secretproviders.admin.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.audit.FaultyStore;
import dev.secretproviders.audit.TestAudit;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class VerificationResourceTest {
    private static final Actor JANE = new Actor("t1", "jane", "api", "192.0.2.7");
    private static final Actor JOE = new Actor("t2", "joe", "api", "192.0.2.8");
    private static final String AT_ONCE = "/admin/audit/verify";
    private static final String BACKGROUND = "/admin/audit/verification";
    private static final String NOW = "2026-11-29T10:00:00Z";

    @TempDir
    private Path temp;

    private Store file;
    private FaultyStore store;
    private AuditLog audit;
    private VerificationResource resource;

    @BeforeEach
    void open() throws Exception {
        file = EmbeddedStore.open(temp.resolve("store.db"), Duration.ZERO);
        store = new FaultyStore(file);
        audit = TestAudit.open(store);
        resource = new VerificationResource(audit, () -> Instant.parse(NOW));
        audit.record(AuditEvent.done(EventCode.PROVIDER_CREATE, JANE, "provider/vault/prod"));
        audit.record(AuditEvent.failed(EventCode.PROVIDER_DELETE, JANE, "provider/vault/prod", "in use"));
        audit.record(AuditEvent.done(EventCode.RUNNER_START, Actor.RUNNER, "runner"));
    }

    @AfterEach
    void close() {
        resource.close();
        audit.close();
        file.close();
    }

    @Test
    void intactLogIsSaidToBe() throws Exception {
        assertThat(get(AT_ONCE).toString()).isEqualTo("{\"intact\":true,\"records\":3,\"first\":1,\"last\":3}");
    }

    @Test
    void tamperingIsNamedWithItsPlace() throws Exception {
        var _ = store.commit(Transaction.EMPTY.delete("audit/record/%020d".formatted(2)));

        assertThat(get(AT_ONCE).toString())
                .isEqualTo("{\"intact\":false,\"findings\":[{\"sequence\":2,\"what\":\"this record was removed\"}]}");
    }

    @Test
    void theBackgroundFindsTheSame() throws Exception {
        assertThat(get(BACKGROUND).toString()).isEqualTo("{\"running\":null,\"last\":null}");

        assertThat(begin(JANE).status()).isEqualTo(202);

        String by = "\"since\":\"%s\",\"ended\":\"%s\",\"by\":\"jane\"".formatted(NOW, NOW);
        assertThat(ended().toString())
                .isEqualTo("{\"running\":null,\"last\":{" + by
                        + ",\"intact\":true,\"records\":3,\"first\":1,\"last\":3}}");
        var _ = store.commit(Transaction.EMPTY.delete("audit/record/%020d".formatted(2)));
        Answer _ = begin(JANE);
        assertThat(ended().path("last").path("findings").toString())
                .isEqualTo("[{\"sequence\":2,\"what\":\"this record was removed\"}]");
    }

    @Test
    void oneRunsAtATimeAndTheCallerDoesNotWait() throws Exception {
        CountDownLatch mayGoOn = new CountDownLatch(1);
        store.beforeList = () -> {
            try {
                mayGoOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };

        Answer _ = begin(JANE);
        JsonNode second = Objects.requireNonNull(begin(JOE).body());

        assertThat(second.path("running").toString())
                .isEqualTo("{\"since\":\"%s\",\"by\":\"jane\",\"records\":0}".formatted(NOW));
        mayGoOn.countDown();
        assertThat(ended().path("last").path("by").asString()).isEqualTo("jane");
    }

    @Test
    void logThatCannotBeReadHasNoResultAndMayBeVerifiedAgain() throws Exception {
        store.beforeList = FaultyStore.FAILURE;
        Answer _ = begin(JANE);

        assertThat(ended().path("last").has("intact")).isFalse();
        store.beforeList = FaultyStore.NONE;
        Answer _ = begin(JOE);
        assertThat(ended().path("last").path("intact").asBoolean()).isTrue();
    }

    @Test
    void onlyWhoMayReadTheWholeLogVerifiesIt() {
        assertThat(resource.endpoints())
                .hasSize(3)
                .allMatch(endpoint -> endpoint.right() == Right.AUDIT_READ)
                .allMatch(endpoint -> endpoint.reach().equals(Reach.unlimited()));
    }

    private JsonNode ended() throws Exception {
        await().until(() -> get(BACKGROUND).path("running").isNull());
        return get(BACKGROUND);
    }

    private JsonNode get(String path) throws Exception {
        return Objects.requireNonNull(call("GET", path, JANE).body());
    }

    private Answer begin(Actor by) throws Exception {
        return call("POST", BACKGROUND, by);
    }

    private Answer call(String method, String path, Actor by) throws Exception {
        Caller caller = new Caller(by, Set.of(Role.AUDITOR), Scope.ALL);
        Endpoint endpoint = resource.endpoints().stream()
                .filter(one -> one.method().equals(method) && one.path().equals(path))
                .findFirst()
                .orElseThrow();
        return endpoint.handler().answer(new Call(caller, "r1", Map.of(), Map.of(), null, Call.Conditions.NONE));
    }
}
