package dev.secretproviders.certificate;

import dev.secretproviders.crypto.Sha256;
import dev.secretproviders.crypto.WipedBytes;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An object of APISIX's {@code ssls} as the runner writes it (apisix/schema_def.lua, 3.18). The private key is not a part
 * of the tree. Its digest covers everything but the private key, which the certificate determines.
 *
 * @param tree the object without {@code key}
 * @param digest the digest, in hexadecimal; the object carries it as a label
 */
record SslObject(ObjectNode tree, String digest) {
    /** The label that says who writes the object. */
    static final String OWNER_LABEL = "managed-by";

    /** The value of that label. */
    static final String OWNER = "secret-providers";

    /** The label with the digest. */
    static final String DIGEST_LABEL = "secret-providers-digest";

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final List<String> COMPARED = List.of("cert", "client", "ssl_protocols", "labels");

    /** Returns the object for a certificate. */
    static SslObject of(CertificateObject object, Material material) {
        ObjectNode tree = JSON.createObjectNode();
        ArrayNode snis = tree.putArray("snis");
        object.snis().forEach(snis::add);
        tree.put("cert", Material.pem(material.chain()));
        if (!material.clientAuthorities().isEmpty()) {
            ObjectNode client = tree.putObject("client");
            client.put("ca", Material.pem(material.clientAuthorities()));
            client.put("depth", object.fields().path("client_depth").asInt(1));
        }
        if (object.fields().has("ssl_protocols")) {
            tree.set("ssl_protocols", object.fields().path("ssl_protocols"));
        }
        ObjectNode labels = tree.putObject("labels");
        object.fields().path("labels").properties().forEach(label -> labels.set(label.getKey(), label.getValue()));
        labels.put(OWNER_LABEL, OWNER);
        String digest = HexFormat.of().formatHex(Sha256.of(tree.toString().getBytes(StandardCharsets.UTF_8)));
        labels.put(DIGEST_LABEL, digest);
        return new SslObject(tree, digest);
    }

    /** Returns the body for the Admin API, with the private key. The caller wipes it. */
    byte[] body(byte[] keyPem) {
        byte[] without = JSON.writeValueAsBytes(tree);
        try (WipedBytes out = new WipedBytes()) {
            // The last byte is the brace.
            out.write(without, 0, without.length - 1);
            out.writeBytes(",\"key\":\"".getBytes(StandardCharsets.US_ASCII));
            for (byte b : keyPem) {
                // PEM consists of letters, digits, '+', '/', '=', '-', blanks and line ends.
                if (b == '\n') {
                    out.write('\\');
                    out.write('n');
                } else {
                    out.write(b);
                }
            }
            out.writeBytes("\"}".getBytes(StandardCharsets.US_ASCII));
            return out.toByteArray();
        }
    }

    /** Returns whether the gateway shows this object, as far as it shows it: never the private key. */
    boolean isShownBy(JsonNode shown) {
        return COMPARED.stream().allMatch(field -> tree.path(field).equals(shown.path(field)))
                && names(tree).equals(names(shown))
                && shown.path("status").asInt(1) == 1
                && shown.path("certs").isEmpty()
                && shown.path("type").asString("server").equals("server");
    }

    private static Set<String> names(JsonNode ssl) {
        Set<String> names = new TreeSet<>();
        ssl.path("snis").forEach(name -> names.add(name.asString()));
        if (ssl.has("sni")) {
            names.add(ssl.path("sni").asString());
        }
        return names;
    }

    /** Returns whether an object in the gateway was written by a runner. */
    static boolean isOurs(JsonNode shown) {
        return shown.path("labels").path(OWNER_LABEL).asString("").equals(OWNER)
                && shown.path("labels").has(DIGEST_LABEL);
    }

    /** Returns the digest that an object in the gateway carries; empty for none. */
    static String digestOf(JsonNode shown) {
        return shown.path("labels").path(DIGEST_LABEL).asString("");
    }
}
