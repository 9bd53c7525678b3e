package dev.secretproviders.admin.certificate;

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
import dev.secretproviders.certificate.CertificateObject;
import dev.secretproviders.certificate.CertificateSource;
import dev.secretproviders.certificate.Certificates;
import dev.secretproviders.certificate.InvalidCertificateException;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;

/** Endpoints for certificates that something else than the runner brings to the gateway. */
public final class CertificateExports implements AdminResource {
    private static final String ONE = "/admin/certificates/{certificate}";
    private static final String COMMAND = "command";

    private final Certificates certificates;
    private final CertificateScope scope;
    private final AuditLog audit;

    /** Creates the resource. */
    public CertificateExports(Certificates certificates, ProvidersInScope providers, AuditLog audit) {
        this.certificates = certificates;
        this.scope = new CertificateScope(certificates, providers);
        this.audit = audit;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                                ONE + "/adc",
                                "certificateForAdc",
                                "Shows the certificate as a fragment for ADC, with references or names of files.",
                                Right.CERTIFICATE_READ,
                                new Reach.Owned(scope::names),
                                this::adc)
                        .with(
                                "form",
                                Schema.choice("references", "files"),
                                "What stands for the contents; references by default.")
                        .answering(200, "The fragment. It holds no private key.", CertificateView.ADC),
                Endpoint.post(
                                ONE + "/export",
                                "exportCertificate",
                                "Writes the certificate and its private key into files on the runner's machine; for the"
                                        + " runner's command only.",
                                Right.OPERATE,
                                Reach.unlimited(),
                                this::export)
                        .answering(200, "The names of the files.", CertificateView.EXPORTED));
    }

    private Answer adc(Call call) throws StoreException {
        String form = call.oneOf("form", List.of("references", "files"));
        CertificateObject object = scope.existing(call);
        boolean files = "files".equals(form);
        if (!files && !(object.source() instanceof CertificateSource.Pem)) {
            throw AdminProblemException.badRequest(
                    "form: APISIX cannot resolve pkcs12 and issuer by itself; ask with ?form=files, and write the files with"
                            + " the command: secret-providers certificate export " + object.id());
        }
        return Answer.ok(CertificateView.adc(object, files));
    }

    private Answer export(Call call) throws StoreException, InterruptedException {
        if (!call.caller().actor().source().equals(COMMAND)) {
            throw AdminProblemException.badRequest(
                    "a private key leaves the runner only by the command: secret-providers certificate export "
                            + CertificateScope.id(call));
        }
        CertificateObject object = scope.existing(call);
        try {
            ArrayNode files = Json.array();
            certificates.export(object).forEach(file -> files.add(file.toString()));
            audit.record(AuditEvent.done(
                            EventCode.CERTIFICATE_EXPORT, call.caller().actor(), CertificateObject.key(object.id()))
                    .in(call.requestId()));
            return Answer.ok(Json.object().set("files", files));
        } catch (InvalidCertificateException e) {
            throw AdminProblemException.badRequest(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new AdminProblemException(
                    500, "the files cannot be written: " + e.getClass().getSimpleName() + " " + e.getMessage());
        }
    }
}
