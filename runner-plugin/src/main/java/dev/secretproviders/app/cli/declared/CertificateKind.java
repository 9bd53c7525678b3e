package dev.secretproviders.app.cli.declared;

import dev.secretproviders.admin.AdminRequest;
import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.call.AdminConnection.Reply;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.certificate.Delivery;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Certificate objects. They hold references only. */
final class CertificateKind extends ObjectKind {
    /** Where a reference belongs, a key may have been pasted. References are shown all the same. */
    private static final SecretFields FIELDS = new SecretFields(
            Set.of("certificate", "key", "pkcs12", "password", "client_ca"),
            Set.of("snis", "client_depth", "ssl_protocols", "delivery", "desc"),
            Set.of("issuer", "labels"));

    CertificateKind(AdminConnection connection) {
        super("certificates", "certificate", connection);
    }

    @Override
    @Nullable
    String problemOfName(String name) {
        return name.isEmpty() ? "expected an id" : null;
    }

    @Override
    String name(JsonNode listed) {
        return listed.path("value").path("id").asString();
    }

    @Override
    Existing existing(String name, JsonNode listed) {
        return new Existing(path(name), null, false);
    }

    @Override
    String path(String name) {
        return AdminRequest.path("/admin/certificates", name);
    }

    @Override
    ObjectNode shown(String name, ObjectNode value) {
        value.remove("id");
        value.remove("status");
        return value;
    }

    @Override
    ObjectNode normal(ObjectNode fields) {
        ObjectNode normal = fields.deepCopy();
        if (!normal.has("delivery")) {
            normal.put("delivery", Delivery.ADMIN_API.text());
        }
        return normal;
    }

    @Override
    SecretFields secrets(String name) {
        return FIELDS;
    }

    /** An issuer is named without a reference. */
    @Override
    Set<String> referred(ObjectNode fields) {
        Set<String> names = super.referred(fields);
        String issuer = fields.path("issuer").path("provider").asString("");
        if (!issuer.isEmpty()) {
            names.add(issuer);
        }
        return names;
    }

    @Override
    @Nullable
    Reply trial(Change change) throws CannotStartException {
        return change.verb() == Verb.DELETE
                ? null
                : send("PUT", change.path() + "?dry_run=true", change.fields(), change);
    }

    @Override
    Reply write(Change change) throws CannotStartException {
        return change.verb() == Verb.DELETE
                ? send("DELETE", change.path(), null, change)
                : send("PUT", change.path(), change.fields(), change);
    }
}
