package dev.secretproviders.admin.operation;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditExport;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.audit.AuditRecord;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads and exports the audit log. Its records show objects of all providers and the tokens of other callers.
 */
public final class AuditResource implements AdminResource {
    private static final int USUAL_PAGE = 100;
    private static final Schema RECORD = Schema.object()
            .required("id", Schema.whole(1), "Its place in the log.")
            .optional("event_time", Schema.time(), "When it happened.")
            .optional("event_type", Schema.text(), "The code of the event, see GET /admin/audit/event_types.")
            .optional("success", Schema.flag(), "Whether the action was done.")
            .optional("operator_id", Schema.text(), "The id of the token.")
            .optional(
                    "operator",
                    Schema.object()
                            .optional("id", Schema.text(), "The id of the token.")
                            .optional("name", Schema.text(), "The name of the token."),
                    "Who did it.")
            .optional("source", Schema.text(), "How the caller came, such as api or command.")
            .optional("ip_address", Schema.text(), "The address of the caller.")
            .optional("resource_id", Schema.text(), "The object of the event, such as provider/vault/prod.")
            .optional("request_id", Schema.text(), "The X-Request-Id of the call.")
            .optional("before", Schema.any(), "The object before, secrets masked.")
            .optional("after", Schema.any(), "The object after, secrets masked.")
            .optional("message", Schema.text(), "More about an action that was done.")
            .optional("error_message", Schema.text(), "Why the action was refused, or what is wrong with the record.")
            .optional("prev", Schema.text(), "The hmac of the record before, 64 hexadecimal digits.")
            .optional("hmac", Schema.text(), "The HMAC-SHA-256 of this record, 64 hexadecimal digits.")
            .optional(
                    "damaged",
                    Schema.flag(),
                    "True if the record is not what was written. It then has only id and error_message.")
            .named("AuditRecord");
    private static final Schema PAGE = Schema.object()
            .required("list", Schema.list(RECORD), "The records, newest first.")
            .required("next", Schema.text().orNull(), "The cursor of the next page; null on the last one.");
    private static final Schema TYPES = Schema.page(Schema.object()
            .required("success", Schema.text(), "The code of the event.")
            .required("failure", Schema.text(), "The code of the refused or failed event."));

    private final AuditLog audit;

    /** Creates the resource. */
    public AuditResource(AuditLog audit) {
        this.audit = audit;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                filtered(Endpoint.get(
                                "/admin/audit",
                                "listAudit",
                                "Lists audit records, newest first.",
                                Right.AUDIT_READ,
                                Reach.unlimited(),
                                this::list))
                        .with("cursor", "string", "The value of next in the previous page.")
                        .with("page_size", Schema.whole(1, AuditQuery.MOST), "Records per page, 1 to 1000.")
                        .answering(200, "The records.", PAGE),
                ExportFormat.offeredBy(filtered(Endpoint.get(
                                "/admin/audit/export",
                                "exportAudit",
                                "Writes all audit records that match.",
                                Right.AUDIT_READ,
                                Reach.unlimited(),
                                this::export)
                        .answering(200, "JSON lines exactly as stored, or CSV."))),
                Endpoint.get(
                                "/admin/audit/event_types",
                                "listAuditEventTypes",
                                "Lists the event codes.",
                                Right.AUDIT_READ,
                                Reach.everybody(),
                                _ -> Answer.ok(Json.list(EventCode.values().length, codes())))
                        .answering(200, "The event codes.", TYPES));
    }

    private static Endpoint filtered(Endpoint endpoint) {
        return endpoint.with("from", Schema.time(), "The start of the period, inclusive, such as 2027-01-31T00:00:00Z.")
                .with("to", Schema.time(), "The end of the period, exclusive.")
                .with("actor", "string", "The id or name of a token.")
                .with("object", "string", "The object of the event, such as provider/vault/prod or secret/*.")
                .with("action", "string", "An event code, or a prefix of event codes, such as provider.")
                .with("success", "boolean", "Only successful events, or only failed ones.");
    }

    private Answer list(Call call) throws StoreException {
        AuditQuery query =
                query(call, call.text("cursor")).limitedTo(call.number("page_size", USUAL_PAGE, 1, AuditQuery.MOST));
        AuditLog.Page page = audit.query(query);
        ObjectNode node = Json.object();
        ArrayNode list = node.putArray("list");
        page.records().stream().map(AuditRecord::json).forEach(list::add);
        node.put("next", page.next());
        return Answer.ok(node);
    }

    private Answer export(Call call) throws StoreException {
        AuditQuery query = query(call, null);
        ExportFormat format = ExportFormat.of(call);
        AuditExport.Format form = switch (format) {
            case JSONL -> AuditExport.Format.JSON_LINES;
            case CSV -> AuditExport.Format.CSV;
        };
        audit.record(AuditEvent.done(EventCode.AUDIT_EXPORT, call.caller().actor(), "audit")
                .in(call.requestId())
                .withMessage(format.text()));
        return format.stream("audit", out -> {
            try {
                audit.export(query, form, out);
            } catch (StoreException e) {
                throw new IOException("the export was cut off", e);
            }
        });
    }

    private static AuditQuery query(Call call, @Nullable String cursor) {
        Boolean success = call.text("success") == null ? null : call.flag("success");
        try {
            return AuditQuery.all()
                    .between(call.time("from"), call.time("to"))
                    .by(call.text("actor"))
                    .about(call.text("object"))
                    .doing(call.text("action"))
                    .succeeding(success)
                    .after(cursor);
        } catch (IllegalArgumentException e) {
            throw AdminProblemException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static List<ObjectNode> codes() {
        return Arrays.stream(EventCode.values())
                .map(code -> Json.object().put("success", code.code(true)).put("failure", code.code(false)))
                .toList();
    }
}
