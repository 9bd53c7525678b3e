package dev.secretproviders.admin.certificate;

import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.certificate.CertificateObject;
import dev.secretproviders.certificate.CertificateProblem;
import dev.secretproviders.certificate.CertificateStatus;
import dev.secretproviders.certificate.CertificateStatus.Facts;
import dev.secretproviders.certificate.Delivery;
import java.util.Collection;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The JSON of certificate objects. They hold references; no answer holds a private key. */
final class CertificateView {
    private static final int MOST_NAMES = 100;
    private static final int MOST_LABELS = 64;
    private static final int LONGEST_LABEL = 256;
    private static final int DEEPEST = 10;

    private static final Schema REFERENCE = Schema.text(1, 4_096);
    private static final Schema ISSUER = Schema.closed()
            .required("provider", ProvidersInScope.NAME, "The provider that issues, as manager/id.")
            .required("role", Schema.text(1, 128), "The name of the role there.")
            .optional(
                    "ttl",
                    Schema.text("^[1-9][0-9]{0,6}(m|h|d)$", "a time such as 72h, 90m or 30d"),
                    "How long a certificate shall be valid; without it, as the role says.");

    private static final Schema FIELDS = Schema.closed()
            .optional(
                    "certificate",
                    REFERENCE,
                    "A reference to the chain as PEM, the server's certificate first. Without key, the same text holds the"
                            + " private key.")
            .optional("key", REFERENCE, "A reference to the private key as PEM.")
            .optional("pkcs12", REFERENCE, "A reference to a PKCS#12 file, as bytes or in base64.")
            .optional("password", REFERENCE, "A reference to the password of that file.")
            .optional("issuer", ISSUER, "A provider that issues the certificate and renews it by itself.")
            .optional(
                    "client_ca",
                    REFERENCE,
                    "A reference to the authorities of client certificates as PEM; turns on mutual TLS.")
            .optional(
                    "client_depth",
                    Schema.whole(0, DEEPEST).fallback(1),
                    "How long the chain of a client certificate may be.")
            .optional(
                    "ssl_protocols",
                    Schema.list(Schema.choice("TLSv1.2", "TLSv1.3"), 1, 2),
                    "The versions of TLS; without it, those of the gateway.")
            .optional(
                    "delivery",
                    Schema.choice(Delivery.class).fallback("admin_api"),
                    "admin_api: the runner writes it to APISIX. adc: it writes nothing, and offers a fragment for ADC.")
            .optional(
                    "labels",
                    Schema.map(Schema.text("^\\S{1,256}$", "a text without blanks"), 0, MOST_LABELS)
                            .names(Schema.text(1, LONGEST_LABEL)),
                    "Labels for the object in APISIX.")
            .optional("desc", Schema.text(0, LONGEST_LABEL), "A remark.");

    private static final Schema SNIS = Schema.list(Schema.text(1, 253), 1, MOST_NAMES);
    private static final String NAMES =
            "The host names that it is served for; *.example.com stands for one more label.";

    /** A body that creates or replaces an object. */
    static final Schema PUT = FIELDS.required("snis", SNIS, NAMES);

    /** A body that changes fields of an object; null removes one. */
    static final Schema PATCH = nullable();

    private static final Schema PROBLEM = Schema.object()
            .required("field", Schema.text(), "The field of the object that it is about.")
            .required("message", Schema.text(), "What is wrong and what to do.");

    private static final Schema STATUS = Schema.object()
            .required(
                    "state",
                    Schema.choice(CertificateStatus.State.class),
                    "pending: not looked at yet, or a secret is not known yet. in_force: the gateway has it. refused: what the"
                            + " references stand for cannot be used; what is in the gateway stays. not_ours: something else owns"
                            + " the gateway or its object. contested: something else changes it again and again. not_written: the"
                            + " gateway cannot be reached or refuses it.")
            .required("problems", Schema.list(PROBLEM), "What is wrong.")
            .required(
                    "serial", Schema.text().orNull(), "The serial number of the certificate in force, in hexadecimal.")
            .required("expires_at", Schema.time().orNull(), "When it or a certificate of its chain ends.")
            .required("expires_soon", Schema.flag(), "Whether that is near, or has come.")
            .required("written_at", Schema.time().orNull(), "When a runner last wrote it to the gateway.")
            .required(
                    "repaired_at", Schema.time().orNull(), "When this runner last undid the change of something else.")
            .required("checked_at", Schema.time(), "When this runner last compared it.");

    private static final Schema CERTIFICATE = PUT.required(
                    "id", Schema.text(), "The id, also that of the ssl object in APISIX.")
            .required("status", STATUS, "How it is doing.")
            .about("A certificate object. It holds references, never a private key.");

    static final Schema ONE = Schema.keyed(CERTIFICATE.named("Certificate"), "/certificates/shop");

    static final Schema PAGE = Schema.page(ONE)
            .required(
                    "damaged",
                    Schema.list(PROBLEM.named("DamagedCertificate")),
                    "Records of the store that cannot be used; the field is the id.");

    static final Schema CHECKED = Schema.object()
            .required("key", Schema.text(), "The path of the resource.")
            .required("dry_run", Schema.flag(), "True: nothing was changed.")
            .named("CheckedCertificate");

    static final Schema ADC =
            Schema.object().required("ssls", Schema.list(Schema.object()), "The certificate in ADC's format.");

    static final Schema EXPORTED = Schema.object()
            .required("files", Schema.list(Schema.text()), "The files on the runner's machine, mode 0600.");

    private CertificateView() {}

    private static Schema nullable() {
        Schema reference = REFERENCE.orNull();
        return Schema.closed()
                .optional("snis", SNIS, NAMES)
                .optional("certificate", reference, "As in a PUT; null removes it.")
                .optional("key", reference, "As in a PUT; null removes it.")
                .optional("pkcs12", reference, "As in a PUT; null removes it.")
                .optional("password", reference, "As in a PUT; null removes it.")
                .optional("issuer", ISSUER.orNull(), "As in a PUT, whole; null removes it.")
                .optional("client_ca", reference, "As in a PUT; null removes it.")
                .optional("client_depth", Schema.whole(0, DEEPEST).orNull(), "As in a PUT; null removes it.")
                .optional(
                        "ssl_protocols",
                        Schema.list(Schema.choice("TLSv1.2", "TLSv1.3"), 1, 2).orNull(),
                        "As in a PUT; null removes it.")
                .optional("delivery", Schema.choice(Delivery.class).orNull(), "As in a PUT; null removes it.")
                .optional(
                        "labels",
                        Schema.map(Schema.text("^\\S{1,256}$", "a text without blanks"), 0, MOST_LABELS)
                                .names(Schema.text(1, LONGEST_LABEL))
                                .orNull(),
                        "As in a PUT, whole; null removes them.")
                .optional("desc", Schema.text(0, LONGEST_LABEL).orNull(), "As in a PUT; null removes it.");
    }

    static String key(String id) {
        return "/certificates/" + id;
    }

    /** Returns an object with its status. */
    static ObjectNode keyed(CertificateObject object, CertificateStatus status) {
        ObjectNode value = object.fields().deepCopy();
        value.put("id", object.id());
        value.put("delivery", object.delivery().text());
        value.set("status", status(status));
        return Json.keyed(key(object.id()), value);
    }

    private static ObjectNode status(CertificateStatus status) {
        ObjectNode node = Json.object();
        node.put("state", status.state().text());
        node.set("problems", problems(status.problems()));
        Facts facts = status.facts();
        node.put("serial", facts == null ? null : facts.serial());
        Json.put(node, "expires_at", facts == null ? null : facts.until());
        node.put("expires_soon", facts != null && !facts.soon().isAfter(status.checkedAt()));
        Json.put(node, "written_at", status.writtenAt());
        Json.put(node, "repaired_at", status.repairedAt());
        Json.put(node, "checked_at", status.checkedAt());
        return node;
    }

    static ArrayNode problems(Collection<CertificateProblem> problems) {
        ArrayNode list = Json.array();
        problems.forEach(
                problem -> list.addObject().put("field", problem.field()).put("message", problem.message()));
        return list;
    }

    /** Returns the fragment for ADC (libs/sdk/src/core/schema.ts), with references or with names of files in place of contents. */
    static ObjectNode adc(CertificateObject object, boolean files) {
        ObjectNode node = Json.object();
        ObjectNode ssl = node.putArray("ssls").addObject();
        object.snis().forEach(ssl.putArray("snis")::add);
        ObjectNode labels = ssl.putObject("labels");
        object.fields().path("labels").properties().forEach(label -> labels.set(label.getKey(), label.getValue()));
        labels.put("secret-providers", object.id());
        ObjectNode certificate = ssl.putArray("certificates").addObject();
        certificate.put("certificate", files ? "file://" + object.id() + ".crt" : text(object, "certificate"));
        certificate.put("key", files ? "file://" + object.id() + ".key" : text(object, "key"));
        if (object.clientCa() != null) {
            ObjectNode client = ssl.putObject("client");
            client.put("ca", files ? "file://" + object.id() + ".client-ca.crt" : text(object, "client_ca"));
            client.put("depth", object.fields().path("client_depth").asInt(1));
        }
        if (object.fields().has("ssl_protocols")) {
            ssl.set("ssl_protocols", object.fields().path("ssl_protocols"));
        }
        return node;
    }

    private static String text(CertificateObject object, String field) {
        return object.fields().path(field).asString("");
    }
}
