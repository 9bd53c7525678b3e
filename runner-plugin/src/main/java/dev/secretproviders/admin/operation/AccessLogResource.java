package dev.secretproviders.admin.operation;

import dev.secretproviders.accesslog.Access;
import dev.secretproviders.accesslog.AccessEntry;
import dev.secretproviders.accesslog.AccessFilter;
import dev.secretproviders.accesslog.AccessLog;
import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.audit.text.Csv;
import dev.secretproviders.resolve.ResolverListener.FetchOutcome;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads and exports the access log. Each entry names one provider, so limited callers see those in scope. */
public final class AccessLogResource implements AdminResource {
    private static final int USUAL_PAGE = 100;
    private static final int LARGEST_PAGE = 1_000;
    private static final List<String> OUTCOMES = outcomes();
    private static final List<String> COLUMNS = List.of(
            "hour", "runner", "provider", "path", "outcome", "version", "consumer", "credential", "count", "last_at");
    private static final Schema ENTRY = Schema.object()
            .required("hour", Schema.time(), "The beginning of the hour in UTC.")
            .required("runner", Schema.text(), "The name of the runner that counted.")
            .required(
                    "provider",
                    Schema.text().orNull(),
                    "manager/id; null for outcome dropped and unreadable, which concern the hour as a whole.")
            .required("path", Schema.text().orNull(), "The name of the secret at the provider.")
            .required(
                    "outcome",
                    Schema.text(),
                    "The result of a fetch, such as found or checked; used or used_previous for a credential that was"
                            + " accepted with the current or an earlier version; dropped for events beyond a limit;"
                            + " unreadable for an hour that something else changed.")
            .required("version", Schema.text().orNull(), "The version that a fetch reported.")
            .required("consumer", Schema.text().orNull(), "The consumer that used the secret.")
            .required("credential", Schema.text().orNull(), "The id of its credential; null for an inline one.")
            .required("count", Schema.whole(0), "How often within the hour.")
            .required("last_at", Schema.time().orNull(), "When it happened last within the hour.")
            .named("AccessLogEntry");
    private static final Schema PAGE = Schema.object()
            .required("list", Schema.list(ENTRY), "The entries, newest hour first.")
            .required(
                    "next",
                    Schema.text().orNull(),
                    "The cursor of the next page; null on the last one. A page may be short and still have a next one.")
            .required("recording", Schema.flag(), "Whether this runner records: access-log.enabled.");

    private final AccessLog log;
    private final ProvidersInScope providers;
    private final AuditLog audit;

    /** Creates the resource. */
    public AccessLogResource(AccessLog log, ProvidersInScope providers, AuditLog audit) {
        this.log = log;
        this.providers = providers;
        this.audit = audit;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                filtered(Endpoint.get(
                                "/admin/access-log",
                                "listAccessLog",
                                "Lists by hour which secrets were fetched and which credentials used them.",
                                Right.AUDIT_READ,
                                Reach.filtered(),
                                this::list))
                        .with("cursor", "string", "The value of next in the previous page.")
                        .with("page_size", Schema.whole(1, LARGEST_PAGE), "Entries per page, 1 to 1000.")
                        .answering(200, "The entries.", PAGE),
                ExportFormat.offeredBy(filtered(Endpoint.get(
                                "/admin/access-log/export",
                                "exportAccessLog",
                                "Writes all entries of the access log that match.",
                                Right.AUDIT_READ,
                                Reach.filtered(),
                                this::export)
                        .answering(200, "JSON lines or CSV."))));
    }

    private static Endpoint filtered(Endpoint endpoint) {
        return endpoint.with("from", Schema.time(), "A time in the first hour, such as 2027-01-31T00:00:00Z.")
                .with("to", Schema.time(), "The end of the period, exclusive.")
                .with("provider", "string", "manager/id, such as vault/prod.")
                .with("path", "string", "The name of a secret at its provider, or a prefix with * at the end.")
                .with("consumer", "string", "The name of a consumer.")
                .with("runner", "string", "The name of a runner.")
                .with("outcome", Schema.choice(OUTCOMES.toArray(String[]::new)), "Only entries with this outcome.");
    }

    private Answer list(Call call) throws StoreException {
        int size = call.number("page_size", USUAL_PAGE, 1, LARGEST_PAGE);
        AccessLog.Page page;
        try {
            page = log.page(filter(call), call.text("cursor"), size);
        } catch (IllegalArgumentException e) {
            throw AdminProblemException.badRequest(String.valueOf(e.getMessage()));
        }
        ObjectNode node = Json.object();
        ArrayNode list = node.putArray("list");
        page.entries().stream().map(AccessLogResource::shown).forEach(list::add);
        node.put("next", page.next());
        node.put("recording", log.recording());
        return Answer.ok(node);
    }

    private Answer export(Call call) throws StoreException {
        AccessFilter filter = filter(call);
        ExportFormat format = ExportFormat.of(call);
        audit.record(AuditEvent.done(EventCode.ACCESS_LOG_EXPORT, call.caller().actor(), "access-log")
                .in(call.requestId())
                .withMessage(format.text()));
        return format.stream("access-log", out -> {
            switch (format) {
                case JSONL ->
                    write(filter, out, entry -> {
                        byte[] json = Json.MAPPER.writeValueAsBytes(shown(entry));
                        byte[] line = Arrays.copyOf(json, json.length + 1);
                        line[json.length] = '\n';
                        return line;
                    });
                case CSV -> {
                    out.write(Csv.line(COLUMNS));
                    write(filter, out, AccessLogResource::line);
                }
            }
        });
    }

    /** Returns the bytes of a line. */
    @FunctionalInterface
    private interface Line {
        byte[] of(AccessEntry entry);
    }

    private void write(AccessFilter filter, OutputStream out, Line line) throws IOException {
        try {
            log.export(filter, entry -> {
                try {
                    out.write(line.of(entry));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (StoreException e) {
            throw new IOException("the export was cut off", e);
        }
    }

    private static byte[] line(AccessEntry entry) {
        ObjectNode node = shown(entry);
        return Csv.line(
                COLUMNS.stream().map(column -> node.path(column).asString("")).toList());
    }

    private static ObjectNode shown(AccessEntry entry) {
        Access what = entry.what();
        boolean ofSecret = what.ofSecret();
        ObjectNode node = Json.object();
        Json.put(node, "hour", entry.hour());
        node.put("runner", entry.runner());
        node.put("provider", ofSecret ? what.provider() : null);
        node.put("path", ofSecret ? what.path() : null);
        node.put("outcome", what.outcome());
        node.put("version", what.version());
        node.put("consumer", what.consumer());
        node.put("credential", what.credential());
        node.put("count", entry.times());
        Json.put(node, "last_at", ofSecret ? entry.last() : null);
        return node;
    }

    private static List<String> outcomes() {
        List<String> outcomes = new ArrayList<>();
        for (FetchOutcome outcome : FetchOutcome.values()) {
            outcomes.add(outcome.name().toLowerCase(Locale.ROOT));
        }
        outcomes.addAll(List.of(Access.USED, Access.USED_PREVIOUS, Access.DROPPED, Access.UNREADABLE));
        return List.copyOf(outcomes);
    }

    private AccessFilter filter(Call call) {
        String provider = call.text("provider");
        if (provider != null) {
            providers.requireScope(call, ProvidersInScope.named(provider));
        }
        String outcome = call.text("outcome");
        if (outcome != null && !OUTCOMES.contains(outcome)) {
            throw AdminProblemException.badRequest("outcome: expected one of " + String.join(", ", OUTCOMES));
        }
        return new AccessFilter(
                call.time("from"),
                call.time("to"),
                provider,
                call.text("path"),
                call.text("consumer"),
                call.text("runner"),
                outcome,
                visible(call));
    }

    /** Returns which providers' entries the caller sees. Each provider is looked up once for a call. */
    private Predicate<String> visible(Call call) {
        if (call.caller().scope().everything()) {
            return _ -> true;
        }
        Map<String, Boolean> known = new HashMap<>();
        return provider -> !provider.isEmpty()
                && known.computeIfAbsent(provider, name -> providers.include(call, ProvidersInScope.named(name)));
    }
}
