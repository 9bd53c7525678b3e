package dev.secretproviders.admin.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.audit.TestAudit;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class AuditResourceTest {
    private static final Actor JANE = new Actor("t1", "jane", "api", "192.0.2.7");
    private static final String LIST = "/admin/audit";
    private static final String EXPORT = "/admin/audit/export";

    @TempDir
    private Path temp;

    private Store store;
    private AuditLog audit;
    private AuditResource resource;
    private Caller caller = new Caller(JANE, Set.of(Role.AUDITOR), Scope.ALL);

    @BeforeEach
    void open() throws Exception {
        store = EmbeddedStore.open(temp.resolve("store.db"), Duration.ZERO);
        audit = TestAudit.open(store);
        resource = new AuditResource(audit);
        audit.record(AuditEvent.done(EventCode.PROVIDER_CREATE, JANE, "provider/vault/prod"));
        audit.record(AuditEvent.failed(EventCode.PROVIDER_DELETE, JANE, "provider/vault/prod", "in use"));
        audit.record(AuditEvent.done(EventCode.RUNNER_START, Actor.RUNNER, "runner"));
    }

    @AfterEach
    void close() {
        audit.close();
        store.close();
    }

    @Test
    void listHasNewestFirst() throws Exception {
        JsonNode list = json(LIST, Map.of());

        assertThat(list.path("list").findValuesAsString("event_type"))
                .containsExactly("runner.start", "provider.delete.failed", "provider.create");
        assertThat(list.path("list").path(1).path("operator").path("name").asString())
                .isEqualTo("jane");
        assertThat(list.path("next").isNull()).isTrue();
    }

    @Test
    void cursorLeadsFromPageToPage() throws Exception {
        List<String> codes = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = json(LIST, Map.of("page_size", "1", "cursor", cursor));
            codes.addAll(page.path("list").findValuesAsString("event_type"));
            cursor = page.path("next").asString("");
        } while (!cursor.isEmpty());

        assertThat(codes).containsExactly("runner.start", "provider.delete.failed", "provider.create");
    }

    @ParameterizedTest
    @CsvSource({
        "actor, jane, 2",
        "actor, t1, 2",
        "object, provider/vault/prod, 2",
        "object, provider/*, 2",
        "action, provider., 2",
        "action, provider.delete.failed, 1",
        "success, true, 2",
        "success, false, 1",
        "from, 2000-01-01T00:00:00Z, 3",
        "from, 2000-01-01T00:00:00+02:00, 3",
        "from, 9000-01-01T00:00:00Z, 0",
        "to, 2000-01-01T00:00:00Z, 0",
        "to, 9000-01-01T00:00:00Z, 3",
    })
    void listIsFiltered(String parameter, String value, int found) throws Exception {
        assertThat(json(LIST, Map.of(parameter, value)).path("list").size()).isEqualTo(found);
    }

    @ParameterizedTest
    @CsvSource({
        "from, yesterday",
        "to, 2027-01-31",
        "from, -1000000000-01-01T00:00:00Z",
        "to, +1000000000-12-31T23:59:59Z",
        "success, maybe",
        "cursor, abc",
        "cursor, 99999999999999999999",
        "page_size, 0",
        "page_size, 1001",
    })
    void impossibleParameterIsNamed(String parameter, String value) {
        assertProblem(400, parameter + ": ", LIST, Map.of(parameter, value));
    }

    @Test
    void exportOfAnUnknownFormatIsRefusedAndNotAudited() throws Exception {
        assertProblem(400, "format: expected jsonl or csv", EXPORT, Map.of("format", "xml"));

        assertThat(json(LIST, Map.of("action", "audit.")).path("list").size()).isZero();
    }

    @Test
    void exportHoldsTheRecordOfItself() throws Exception {
        Answer answer = answer(EXPORT, Map.of());

        assertThat(answer.headers())
                .containsEntry("Content-Type", "application/x-ndjson")
                .containsEntry("Content-Disposition", "attachment; filename=\"audit.jsonl\"");
        List<String> lines = streamed(answer).lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.getFirst())
                .contains("\"event_type\":\"audit.export\"", "\"request_id\":\"r1\"", "\"name\":\"jane\"");
    }

    @Test
    void exportAsCsvIsFilteredLikeTheList() throws Exception {
        Answer answer = answer(EXPORT, Map.of("format", "csv", "action", "provider."));

        assertThat(answer.headers()).containsEntry("Content-Type", "text/csv; charset=utf-8");
        assertThat(streamed(answer).lines()).hasSize(3).first().asString().startsWith("id,event_time,");
    }

    @Test
    void eventTypesAreListed() throws Exception {
        JsonNode list = json("/admin/audit/event_types", Map.of());

        assertThat(list.path("total").asInt()).isEqualTo(EventCode.values().length);
        assertThat(list.path("list").path(0).toString())
                .isEqualTo("{\"success\":\"provider.create\",\"failure\":\"provider.create.failed\"}");
    }

    @Test
    void tokenLimitedToSomeProvidersReadsNoRecord() {
        assertThat(resource.endpoints())
                .filteredOn(endpoint -> !endpoint.path().endsWith("/event_types"))
                .allMatch(endpoint -> endpoint.reach().equals(Reach.unlimited()));
    }

    @Test
    void everyEndpointNeedsTheRightToReadTheLog() {
        assertThat(resource.endpoints()).allMatch(endpoint -> endpoint.right() == Right.AUDIT_READ);
    }

    private void assertProblem(int status, String message, String path, Map<String, String> query) {
        assertThatThrownBy(() -> answer(path, query))
                .isInstanceOfSatisfying(
                        AdminProblemException.class,
                        problem -> assertThat(problem.status()).isEqualTo(status))
                .hasMessageStartingWith(message);
    }

    private JsonNode json(String path, Map<String, String> query) throws Exception {
        return Objects.requireNonNull(answer(path, query).body());
    }

    private static String streamed(Answer answer) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Objects.requireNonNull(answer.stream()).to(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private Answer answer(String path, Map<String, String> query) throws Exception {
        Endpoint endpoint = resource.endpoints().stream()
                .filter(one -> one.path().equals(path))
                .findFirst()
                .orElseThrow();
        assertThat(endpoint.parameters().stream().map(Endpoint.Parameter::name)).containsAll(query.keySet());
        return endpoint.handler().answer(new Call(caller, "r1", Map.of(), query, null, Call.Conditions.NONE));
    }
}
