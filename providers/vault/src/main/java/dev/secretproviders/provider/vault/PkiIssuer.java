package dev.secretproviders.provider.vault;

import dev.secretproviders.spi.CertificateIssuer;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * Issues certificates with the PKI engine: {@code POST /v1/<mount>/issue/<role>}. Thread-safe.
 *
 * @param pki the path of the engine
 */
record PkiIssuer(VaultReads reads, VaultPath pki) implements CertificateIssuer {
    private static final int LONGEST_REASON = 200;

    @Override
    public Issued issue(Request request) throws ProviderException, InterruptedException {
        VaultPath path = path(request.role());
        Map<String, String> body = new TreeMap<>();
        body.put("common_name", request.names().getFirst());
        body.put("alt_names", String.join(",", request.names()));
        body.put("format", "pem");
        body.put("private_key_format", "pkcs8");
        if (request.life() != null) {
            body.put("ttl", request.life().toSeconds() + "s");
        }
        VaultReply reply = posted(path, body);
        return switch (reply.status()) {
            case 200 -> issued(reply.data());
            case 403 ->
                throw new ProviderException(
                        Kind.PERMISSION, "the token may not issue at '" + path + "'; its policy needs update for it");
            default ->
                throw new ProviderException(
                        reply.status() == 429 || reply.status() >= 500 ? Kind.UNAVAILABLE : Kind.CONFIGURATION,
                        "Vault answered " + reply.status() + " to issuing at '" + path + "'" + reason(reply));
        };
    }

    private VaultPath path(String role) throws ProviderException {
        try {
            return pki.resolve("issue").resolve(role);
        } catch (IllegalArgumentException e) {
            throw new ProviderException(Kind.CONFIGURATION, "the role: " + e.getMessage());
        }
    }

    /** Posts with a valid token. A 403 may mean that the token is no longer valid. */
    private VaultReply posted(VaultPath path, Map<String, String> body) throws ProviderException, InterruptedException {
        VaultSession.Lease lease = reads.session().lease();
        VaultReply reply = reads.client().post("issuing a certificate", lease.token(), path, body);
        if (reply.status() != 403 || (lease.verified() && reads.session().isAlive(lease))) {
            return reply;
        }
        reads.session().forget(lease);
        return reads.client()
                .post("issuing a certificate", reads.session().lease().token(), path, body);
    }

    private static Issued issued(JsonNode data) throws ProviderException {
        Set<String> chain = new LinkedHashSet<>();
        add(chain, data.path("certificate"));
        data.path("ca_chain").forEach(above -> add(chain, above));
        if (chain.size() == 1) {
            add(chain, data.path("issuing_ca"));
        }
        String key = data.path("private_key").asString("");
        if (chain.isEmpty() || key.isEmpty()) {
            throw new ProviderException(Kind.INVALID_ANSWER, "Vault's answer to issuing holds no certificate and key");
        }
        return new Issued(String.join("\n", chain) + "\n", Secret.ofUtf8(key));
    }

    private static void add(Set<String> chain, JsonNode pem) {
        String text = pem.asString("").strip();
        if (!text.isEmpty()) {
            chain.add(text);
        }
    }

    private static String reason(VaultReply reply) {
        String first = reply.body().path("errors").path(0).asString("").strip();
        return first.isEmpty() || first.length() > LONGEST_REASON ? "" : ": " + first;
    }
}
