package dev.secretproviders.admin.certificate;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Orders;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.admin.rest.Search;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.certificate.CertificateObject;
import dev.secretproviders.certificate.CertificateStatus;
import dev.secretproviders.certificate.Certificates;
import dev.secretproviders.certificate.ForeignGatewayException;
import dev.secretproviders.certificate.InvalidCertificateException;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints for certificates. No answer holds a private key. */
public final class CertificateResource implements AdminResource {
    private static final String LIST = "/admin/certificates";
    private static final String ONE = "/admin/certificates/{certificate}";
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Certificates certificates;
    private final CertificateScope scope;
    private final AuditLog audit;
    private final Orders<Row> orders = Orders.<Row>of()
            .by("id", row -> row.object().id())
            .by("state", row -> row.status().state())
            .by(
                    "expires_at",
                    row -> row.status().facts() == null
                            ? null
                            : row.status().facts().until());

    private record Row(CertificateObject object, CertificateStatus status) {}

    /** Creates the resource. */
    public CertificateResource(Certificates certificates, ProvidersInScope providers, AuditLog audit) {
        this.certificates = certificates;
        this.scope = new CertificateScope(certificates, providers);
        this.audit = audit;
    }

    @Override
    public List<Endpoint> endpoints() {
        Reach named = new Reach.Owned(scope::names);
        Reach written = new Reach.Owned(scope::writes);
        return List.of(
                Endpoint.get(
                                LIST,
                                "listCertificates",
                                "Lists certificates with their states and ends.",
                                Right.CERTIFICATE_READ,
                                Reach.filtered(),
                                this::list)
                        .with("state", Schema.choice(CertificateStatus.State.class), "Only those in this state.")
                        .searched("id, host names or references")
                        .sorted(orders)
                        .paged()
                        .answering(200, "The certificates.", CertificateView.PAGE),
                Endpoint.get(
                                ONE,
                                "readCertificate",
                                "Shows a certificate object and how it is doing.",
                                Right.CERTIFICATE_READ,
                                named,
                                this::read)
                        .answering(200, "The certificate.", CertificateView.ONE),
                Endpoint.put(
                                ONE,
                                "putCertificate",
                                "Checks a certificate, then creates or replaces its object and has it written to the gateway.",
                                Right.CERTIFICATE_WRITE,
                                written,
                                this::put)
                        .with("dry_run", "boolean", "Whether to check only, and change nothing.")
                        .taking(CertificateView.PUT)
                        .answering(
                                200,
                                "The certificate. In a dry run, that it could be written.",
                                Schema.anyOf(CertificateView.ONE, CertificateView.CHECKED))
                        .answering(201, "The new certificate.", CertificateView.ONE)
                        .answering(409, "Something else owns the gateway; the message says what to do instead."),
                Endpoint.patch(
                                ONE,
                                "patchCertificate",
                                "Changes fields of a certificate object; null removes a field.",
                                Right.CERTIFICATE_WRITE,
                                written,
                                this::patch)
                        .taking(CertificateView.PATCH)
                        .answering(200, "The certificate.", CertificateView.ONE)
                        .answering(409, "Something else owns the gateway; the message says what to do instead."),
                Endpoint.delete(
                                ONE,
                                "deleteCertificate",
                                "Deletes a certificate object and has it removed from the gateway.",
                                Right.CERTIFICATE_WRITE,
                                named,
                                this::delete)
                        .answering(204, "The certificate was deleted."));
    }

    private Answer list(Call call) {
        Search search = call.search();
        CertificateStatus.State state = call.oneOf("state", CertificateStatus.State.class);
        List<Row> rows = certificates.all().stream()
                .filter(object -> scope.includes(call, object) && matches(search, object))
                .map(object -> new Row(object, certificates.status(object.id())))
                .filter(row -> state == null || row.status().state() == state)
                .toList();
        ObjectNode page = orders.page(call, rows, row -> CertificateView.keyed(row.object(), row.status()));
        ArrayNode damaged = page.putArray("damaged");
        if (call.caller().scope().everything()) {
            certificates
                    .damaged()
                    .forEach((id, problem) ->
                            damaged.addObject().put("field", id).put("message", problem));
        }
        return Answer.ok(page);
    }

    private static boolean matches(Search search, CertificateObject object) {
        return search.matches(object.id())
                || object.snis().stream().anyMatch(search::matches)
                || object.references().values().stream().anyMatch(reference -> search.matches(reference.toString()));
    }

    private Answer read(Call call) throws StoreException {
        return shown(200, scope.existing(call));
    }

    private Answer shown(int status, CertificateObject object) {
        return Answer.of(status, CertificateView.keyed(object, certificates.status(object.id())))
                .revision(object.revision());
    }

    private Answer put(Call call) throws StoreException, InterruptedException {
        String id = CertificateScope.id(call);
        CertificateObject before = before(id);
        if (before != null && !scope.includes(call, before)) {
            throw AdminProblemException.forbidden(Reach.NOT_WITHIN);
        }
        long revision = before == null ? certificates.revision(id) : before.revision();
        return written(call, before, revision, call.requiredBody(), call.flag("dry_run"));
    }

    private Answer patch(Call call) throws StoreException, InterruptedException {
        CertificateObject before = scope.existing(call);
        ObjectNode fields = before.fields().deepCopy();
        call.requiredBody().forEachEntry((name, value) -> {
            if (value.isNull()) {
                fields.remove(name);
            } else {
                fields.set(name, value);
            }
        });
        return written(call, before, before.revision(), fields, false);
    }

    private Answer written(
            Call call, @Nullable CertificateObject before, long revision, ObjectNode fields, boolean dryRun)
            throws StoreException, InterruptedException {
        String id = CertificateScope.id(call);
        EventCode code = before == null ? EventCode.CERTIFICATE_CREATE : EventCode.CERTIFICATE_UPDATE;
        expect(call, code, id, revision);
        try {
            CertificateObject object = CertificateObject.of(id, fields);
            // Checked again: a patch may name other providers than the object before.
            if (!scope.includes(call, object)) {
                throw AdminProblemException.forbidden(Reach.OTHER_PROVIDERS);
            }
            scope.requireFreeNames(call, object);
            try (Certificates.Draft draft = certificates.check(object)) {
                return dryRun
                        ? Answer.ok(Json.object()
                                .put("key", CertificateView.key(id))
                                .put("dry_run", true))
                        : written(call, before, revision, draft.object());
            }
        } catch (InvalidCertificateException e) {
            refused(call, code, id, String.valueOf(e.getMessage()));
            ArrayNode lines = Json.array();
            e.problems().forEach(problem -> lines.add(problem.toString()));
            throw new AdminProblemException(400, String.valueOf(e.getMessage()), Map.of("problems", lines));
        } catch (ForeignGatewayException e) {
            refused(call, code, id, String.valueOf(e.getMessage()));
            throw new AdminProblemException(409, "delivery: " + e.getMessage());
        }
    }

    private Answer written(Call call, @Nullable CertificateObject before, long revision, CertificateObject object)
            throws StoreException, InterruptedException {
        EventCode code = before == null ? EventCode.CERTIFICATE_CREATE : EventCode.CERTIFICATE_UPDATE;
        AuditEvent event = AuditEvent.done(code, call.caller().actor(), CertificateObject.key(object.id()))
                .in(call.requestId())
                .changing(before == null ? null : before.fields(), object.fields());
        CertificateObject written = certificates.put(object, revision, event);
        if (written == null) {
            throw changed(call, code, object.id());
        }
        certificates.await(object.id(), PATIENCE);
        return shown(before == null ? 201 : 200, written);
    }

    private Answer delete(Call call) throws StoreException, InterruptedException {
        String id = CertificateScope.id(call);
        long revision = certificates.revision(id);
        if (revision == 0) {
            throw CertificateScope.absent();
        }
        CertificateObject before = before(id);
        if (before != null && !scope.includes(call, before)) {
            throw AdminProblemException.forbidden(Reach.NOT_WITHIN);
        }
        expect(call, EventCode.CERTIFICATE_DELETE, id, revision);
        AuditEvent event = AuditEvent.done(
                        EventCode.CERTIFICATE_DELETE, call.caller().actor(), CertificateObject.key(id))
                .in(call.requestId())
                .changing(before == null ? null : before.fields(), null);
        if (!certificates.delete(id, revision, event)) {
            throw changed(call, EventCode.CERTIFICATE_DELETE, id);
        }
        certificates.await(id, PATIENCE);
        return Answer.noContent();
    }

    /** Returns the object before a change; null if there is none, or its record cannot be used. */
    private @Nullable CertificateObject before(String id) throws StoreException {
        try {
            return certificates.kept(id);
        } catch (DamagedEntryException | InvalidCertificateException e) {
            return null;
        }
    }

    private void expect(Call call, EventCode code, String id, long revision) throws StoreException {
        Long expected = call.expectedRevision();
        if (expected != null && expected != revision) {
            throw changed(call, code, id);
        }
    }

    private AdminProblemException changed(Call call, EventCode code, String id) throws StoreException {
        String why = "the certificate was changed meanwhile; read it again";
        refused(call, code, id, why);
        return new AdminProblemException(412, why);
    }

    private void refused(Call call, EventCode code, String id, String why) throws StoreException {
        audit.record(AuditEvent.failed(code, call.caller().actor(), CertificateObject.key(id), why)
                .in(call.requestId()));
    }
}
