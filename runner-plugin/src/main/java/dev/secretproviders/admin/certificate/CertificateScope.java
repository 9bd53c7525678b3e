package dev.secretproviders.admin.certificate;

import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.certificate.CertificateObject;
import dev.secretproviders.certificate.CertificateSource;
import dev.secretproviders.certificate.Certificates;
import dev.secretproviders.certificate.InvalidCertificateException;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a caller with a limited token can reach: certificates all of whose providers are in scope. */
record CertificateScope(Certificates certificates, ProvidersInScope providers) {
    /** Returns whether the caller sees a certificate. */
    boolean includes(Call call, CertificateObject object) {
        return object.providers().stream().allMatch(id -> providers.include(call, id));
    }

    /** Returns whether the call names a certificate in scope. Only a caller without limits reaches a damaged record. */
    boolean names(Call call) {
        try {
            CertificateObject object = certificates.kept(call.variable("certificate"));
            return object != null && includes(call, object);
        } catch (StoreException | InvalidCertificateException e) {
            return false;
        }
    }

    /** Returns whether the call leaves a certificate in scope as it is, or creates one there. */
    boolean writes(Call call) {
        try {
            CertificateObject before = certificates.kept(call.variable("certificate"));
            List<ProviderId> named = named(call.requiredBody());
            return (before == null ? !named.isEmpty() : includes(call, before))
                    && named.stream().allMatch(id -> providers.include(call, id));
        } catch (StoreException | InvalidCertificateException e) {
            return false;
        }
    }

    /**
     * Demands that no certificate out of scope is served for a host name of this one: APISIX would serve this one instead.
     *
     * @throws AdminProblemException 403 if one is
     */
    void requireFreeNames(Call call, CertificateObject object) {
        for (CertificateObject other : certificates.all()) {
            String shared =
                    other.id().equals(object.id()) || includes(call, other) ? null : object.nameSharedWith(other);
            if (shared != null) {
                throw AdminProblemException.forbidden("snis: '" + shared
                        + "' overlaps the names of a certificate that this token cannot reach; choose another name");
            }
        }
    }

    /** Returns the providers that a body names, which was not checked yet. */
    private static List<ProviderId> named(ObjectNode body) {
        List<ProviderId> named = new ArrayList<>();
        for (String field : List.of(
                CertificateSource.CERTIFICATE,
                CertificateSource.KEY,
                CertificateSource.PKCS12,
                CertificateSource.PASSWORD_FIELD,
                CertificateObject.CLIENT_CA)) {
            String text = body.path(field).asString("");
            try {
                if (SecretReference.isReference(text)) {
                    named.add(SecretReference.parse(text).provider());
                }
            } catch (InvalidReferenceException e) {
                // The check of the body reports it.
            }
        }
        JsonNode issuer = body.path(CertificateSource.ISSUER).path("provider");
        if (issuer.isString()) {
            named.add(ProvidersInScope.named(issuer.asString()));
        }
        return named;
    }

    /**
     * Returns the certificate that a call names.
     *
     * @throws AdminProblemException 404 if there is none, 403 if it is out of scope, 409 if its record cannot be used
     */
    CertificateObject existing(Call call) throws StoreException {
        String id = id(call);
        try {
            CertificateObject object = certificates.kept(id);
            if (object == null) {
                throw absent();
            }
            if (!includes(call, object)) {
                throw AdminProblemException.forbidden(Reach.NOT_WITHIN);
            }
            return object;
        } catch (InvalidCertificateException | DamagedEntryException e) {
            throw new AdminProblemException(409, "the record cannot be used: " + e.getMessage());
        }
    }

    static AdminProblemException absent() {
        return AdminProblemException.notFound("there is no such certificate");
    }

    static String id(Call call) {
        String id = call.variable("certificate");
        if (!CertificateObject.isId(id)) {
            throw AdminProblemException.notFound("a certificate's id is 1 to 64 letters, digits, '-', '_' and '.'");
        }
        return id;
    }
}
