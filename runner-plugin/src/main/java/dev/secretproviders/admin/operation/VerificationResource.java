package dev.secretproviders.admin.operation;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.Verification;
import dev.secretproviders.audit.Verification.Broken;
import dev.secretproviders.audit.Verification.Intact;
import java.time.InstantSource;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Verifies the audit log: at once, or in the background. */
public final class VerificationResource implements AdminResource, AutoCloseable {
    private static final String BACKGROUND = "/admin/audit/verification";
    private static final Schema VERIFIED =
            found(Schema.object().required("intact", Schema.flag(), "Whether no record was changed or removed."));
    private static final Schema STATE = Schema.object()
            .required(
                    "running",
                    Schema.object()
                            .required("since", Schema.time(), "When it began.")
                            .required("by", Schema.text(), "Who began it.")
                            .required("records", Schema.whole(0), "How many records are verified so far.")
                            .orNull(),
                    "The verification that is under way; null if there is none.")
            .required(
                    "last",
                    found(Schema.object()
                                    .required("since", Schema.time(), "When it began.")
                                    .required("ended", Schema.time(), "When it ended.")
                                    .required("by", Schema.text(), "Who began it.")
                                    .optional(
                                            "intact",
                                            Schema.flag(),
                                            "Whether no record was changed or removed; missing if the log could not be"
                                                    + " read."))
                            .orNull(),
                    "The last verification that ended; null if there was none since the runner started.");

    private final AuditLog audit;
    private final Verifications verifications;

    /** Creates the resource. {@link #close} lets its thread end. */
    public VerificationResource(AuditLog audit, InstantSource clock) {
        this.audit = audit;
        this.verifications = new Verifications(audit, clock);
    }

    private static Schema found(Schema schema) {
        return schema.optional("records", Schema.whole(0), "How many records there are.")
                .optional("first", Schema.whole(0), "The place of the first record that is kept.")
                .optional("last", Schema.whole(0), "The place of the last record.")
                .optional(
                        "findings",
                        Schema.list(Schema.object()
                                .required("sequence", Schema.whole(0), "The place in the log.")
                                .required("what", Schema.text(), "What is wrong there.")),
                        "What is wrong, in order, at most 100.");
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                                "/admin/audit/verify",
                                "verifyAudit",
                                "Looks for records that were changed, removed, inserted or moved.",
                                Right.AUDIT_READ,
                                Reach.unlimited(),
                                _ -> Answer.ok(shown(Json.object(), audit.verify())))
                        .answering(200, "Whether the log is intact.", VERIFIED),
                Endpoint.get(
                                BACKGROUND,
                                "showAuditVerification",
                                "Shows the verification that is under way, and the last result.",
                                Right.AUDIT_READ,
                                Reach.unlimited(),
                                _ -> Answer.ok(shown(verifications.state())))
                        .answering(200, "The state.", STATE),
                Endpoint.post(
                                BACKGROUND,
                                "beginAuditVerification",
                                "Verifies the audit log in the background, unless that is under way.",
                                Right.AUDIT_READ,
                                Reach.unlimited(),
                                call -> Answer.of(
                                        202,
                                        shown(verifications.begin(call.caller().name()))))
                        .answering(202, "The state after the beginning.", STATE));
    }

    private static ObjectNode shown(Verifications.State state) {
        ObjectNode node = Json.object();
        Verifications.Running running = state.running();
        if (running == null) {
            node.putNull("running");
        } else {
            node.putObject("running")
                    .put("since", running.since().toString())
                    .put("by", running.by())
                    .put("records", running.records());
        }
        Verifications.Ended last = state.last();
        if (last == null) {
            node.putNull("last");
        } else {
            ObjectNode ended = node.putObject("last")
                    .put("since", last.since().toString())
                    .put("ended", last.at().toString())
                    .put("by", last.by());
            Verification result = last.result();
            if (result != null) {
                ObjectNode _ = shown(ended, result);
            }
        }
        return node;
    }

    private static ObjectNode shown(ObjectNode node, Verification verification) {
        switch (verification) {
            case Intact(long count, long first, long last) ->
                node.put("intact", true)
                        .put("records", count)
                        .put("first", first)
                        .put("last", last);
            case Broken broken -> {
                node.put("intact", false);
                ArrayNode findings = node.putArray("findings");
                broken.defects()
                        .forEach(defect -> findings.addObject()
                                .put("sequence", defect.sequence())
                                .put("what", defect.what()));
            }
        }
        return node;
    }

    @Override
    public void close() {
        verifications.close();
    }
}
