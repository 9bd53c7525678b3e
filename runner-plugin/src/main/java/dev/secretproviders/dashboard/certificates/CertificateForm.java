package dev.secretproviders.dashboard.certificates;

import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.dashboard.page.Item;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/**
 * The form of a certificate as its fields were sent or are shown. Immutable.
 *
 * @param texts the fields of the form, by name; a list has one entry in each line
 */
record CertificateForm(Map<String, String> texts) {
    private static final List<String> REFERENCES = List.of("certificate", "key", "pkcs12", "password", "client_ca");
    private static final List<String> NAMES = List.of(
            "snis",
            "certificate",
            "key",
            "pkcs12",
            "password",
            "provider",
            "role",
            "ttl",
            "client_ca",
            "client_depth",
            "protocols",
            "delivery",
            "labels",
            "desc");

    /** What a new certificate has at first. */
    static final CertificateForm EMPTY = new CertificateForm(Map.of());

    CertificateForm {
        texts = Map.copyOf(texts);
    }

    /** Returns the form as it was sent. */
    static CertificateForm sent(HttpServletRequest request) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (String name : NAMES) {
            texts.put(
                    name,
                    Objects.requireNonNullElse(request.getParameter(name), "").strip());
        }
        return new CertificateForm(texts);
    }

    /** Returns the form of a certificate that there is. */
    static CertificateForm of(Item certificate) {
        Map<String, String> texts = new LinkedHashMap<>();
        REFERENCES.forEach(name -> texts.put(name, certificate.text(name)));
        texts.put("snis", String.join("\n", certificate.texts("snis")));
        texts.put("provider", certificate.text("issuer.provider"));
        texts.put("role", certificate.text("issuer.role"));
        texts.put("ttl", certificate.text("issuer.ttl"));
        texts.put("client_depth", certificate.text("client_depth"));
        texts.put("protocols", String.join(" ", certificate.texts("ssl_protocols")));
        texts.put("delivery", certificate.text("delivery"));
        texts.put("desc", certificate.text("desc"));
        texts.put(
                "labels",
                certificate.entries("labels").stream()
                        .map(label -> label.name() + "=" + label.value().text())
                        .collect(Collectors.joining("\n")));
        return new CertificateForm(texts);
    }

    /** Returns a field, empty if there is none. */
    public String text(String name) {
        return texts.getOrDefault(name, "");
    }

    /** Returns the body for the Admin API. */
    ObjectNode body() {
        ObjectNode body = Json.object();
        text("snis").lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(body.putArray("snis")::add);
        REFERENCES.forEach(name -> put(body, name, text(name)));
        if (!text("provider").isEmpty() || !text("role").isEmpty()) {
            ObjectNode issuer = body.putObject("issuer");
            put(issuer, "provider", text("provider"));
            put(issuer, "role", text("role"));
            put(issuer, "ttl", text("ttl"));
        }
        if (text("client_depth").matches("[0-9]{1,9}")) {
            body.put("client_depth", Integer.parseInt(text("client_depth")));
        } else {
            put(body, "client_depth", text("client_depth"));
        }
        if (!text("protocols").isEmpty()) {
            List.of(text("protocols").split(" ", -1)).forEach(body.putArray("ssl_protocols")::add);
        }
        put(body, "delivery", text("delivery"));
        put(body, "desc", text("desc"));
        text("labels")
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .forEach(line -> {
                    int equals = line.indexOf('=');
                    body.withObject("/labels")
                            .put(
                                    equals < 0
                                            ? line
                                            : line.substring(0, equals).strip(),
                                    equals < 0 ? "" : line.substring(equals + 1).strip());
                });
        return body;
    }

    private static void put(ObjectNode node, String name, String text) {
        if (!text.isEmpty()) {
            node.put(name, text);
        }
    }
}
