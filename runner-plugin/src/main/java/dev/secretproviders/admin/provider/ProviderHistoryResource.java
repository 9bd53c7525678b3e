package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.audit.AuditRecord;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.StoreException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The changes of one provider object, from the audit log. It shows no more than who reads the object may know: no addresses of
 * callers, no refused attempts, and to a limited token no time in which the object was out of its scope.
 */
public final class ProviderHistoryResource implements AdminResource {
    private static final int USUAL_PAGE = 50;
    private static final Set<String> CHANGES = EnumSet.of(
                    EventCode.PROVIDER_CREATE,
                    EventCode.PROVIDER_UPDATE,
                    EventCode.PROVIDER_UPDATE_FORCED,
                    EventCode.PROVIDER_DELETE,
                    EventCode.PROVIDER_DELETE_FORCED,
                    EventCode.PROVIDER_IMPORT)
            .stream()
            .map(code -> code.code(true))
            .collect(Collectors.toUnmodifiableSet());

    private static final Schema CHANGE = Schema.object()
            .required("id", Schema.whole(1), "The place of its record in the audit log.")
            .required("time", Schema.time(), "When it was made.")
            .required("event", Schema.choice(CHANGES.stream().sorted().toArray(String[]::new)), "What was done.")
            .required("by", Schema.text(), "The name of the token or command that made it.")
            .required("differences", Schema.list(Differences.SCHEMA), "The fields that changed, secrets masked.")
            .named("ProviderChange");
    private static final Schema PAGE = Schema.object()
            .required("list", Schema.list(CHANGE), "The changes, newest first.")
            .required("next", Schema.text().orNull(), "The cursor of the next page; null on the last one.");

    private final AuditLog audit;
    private final ProvidersInScope providers;

    /** Creates the resource. */
    public ProviderHistoryResource(AuditLog audit, ProvidersInScope providers) {
        this.audit = audit;
        this.providers = providers;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(Endpoint.get(
                        ProviderResource.ONE + "/history",
                        "providerHistory",
                        "Lists who changed a provider object when, and which fields, newest first.",
                        Right.PROVIDER_READ,
                        Reach.providerOfPath(),
                        this::history)
                .with("cursor", "string", "The value of next in the previous page.")
                .with("page_size", Schema.whole(1, AuditQuery.MOST), "Changes per page, 1 to 1000.")
                .answering(200, "The changes. A page may be short, even empty, and have a next one.", PAGE));
    }

    private Answer history(Call call) throws StoreException {
        ProviderId id = call.provider();
        providers.requireScope(call, id);
        Scope scope = call.caller().scope();
        ObjectNode answer = Json.object();
        ArrayNode list = answer.putArray("list");
        AuditLog.Page page = audit.query(query(call, id));
        for (AuditRecord record : page.records()) {
            JsonNode before = record.json().path("before");
            JsonNode after = record.json().path("after");
            if (!record.damaged()
                    && CHANGES.contains(record.code())
                    && includes(scope, id, before)
                    && includes(scope, id, after)) {
                ObjectNode change = list.addObject();
                change.put("id", record.id());
                Json.put(change, "time", record.time());
                change.put("event", record.code());
                change.put("by", record.json().path("operator").path("name").asString(""));
                change.set("differences", Differences.between(before, after));
            }
        }
        answer.put("next", page.next());
        return Answer.ok(answer);
    }

    private static boolean includes(Scope scope, ProviderId id, JsonNode object) {
        return object.isMissingNode() || scope.includes(id, Scope.labels(object.path("labels")));
    }

    private static AuditQuery query(Call call, ProviderId id) {
        try {
            return AuditQuery.all()
                    .about(ProviderObject.key(id))
                    .doing("provider.")
                    .succeeding(true)
                    .after(call.text("cursor"))
                    .limitedTo(call.number("page_size", USUAL_PAGE, 1, AuditQuery.MOST));
        } catch (IllegalArgumentException e) {
            throw AdminProblemException.badRequest(String.valueOf(e.getMessage()));
        }
    }
}
