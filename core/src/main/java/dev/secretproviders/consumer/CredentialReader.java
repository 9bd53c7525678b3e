package dev.secretproviders.consumer;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.validity.Validity;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads the credentials of an object's plugins, by the rules of APISIX's consumer schemas. Texts are digested as soon
 * as they are read. Thread-safe.
 */
final class CredentialReader {
    /** What is wrong with a text that no key of the keyring decrypts. */
    static final String UNDECRYPTABLE =
            "looks encrypted, but no key of the keyring decrypts it, so it is no key; write all keys of"
                    + " apisix.data_encryption.keyring into consumers.etcd.data_encryption.keyring, or set"
                    + " consumers.etcd.data_encryption.enabled to false if APISIX does not encrypt";

    private static final Set<String> ALGORITHMS = Set.of(
            "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512",
            "EdDSA");
    private static final int LONGEST_OF_HMAC = 256;

    private final KeyDigester digester;
    private final @Nullable Keyring keyring;

    /**
     * The credentials of one object.
     *
     * @param problems what is wrong with the credentials that were left out
     */
    record Read(List<Credential> credentials, List<Problem> problems) {
        /** Returns the same with credentials that are bound by a validity, too. */
        Read within(Validity validity) {
            return new Read(CredentialReader.within(validity, credentials), problems);
        }
    }

    /** What is wrong with a field. The text never holds a secret. */
    record Problem(String field, String text) {}

    /** A credential that cannot be used. */
    private static final class UnusableException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String field;

        UnusableException(String field, String message) {
            super(message);
            this.field = field;
        }
    }

    CredentialReader(KeyDigester digester, @Nullable Keyring keyring) {
        this.digester = digester;
        this.keyring = keyring;
    }

    /** Returns credentials that are bound by a validity, too. */
    static List<Credential> within(Validity validity, List<Credential> credentials) {
        return validity.isUnlimited()
                ? credentials
                : credentials.stream()
                        .map(credential -> credential.with(credential.validity().and(validity)))
                        .toList();
    }

    /**
     * Reads all credentials of an object.
     *
     * @param id the credential's id, or null for a consumer
     * @param plugins the object's plugins
     */
    Read read(@Nullable String id, JsonNode plugins) {
        List<Credential> credentials = new ArrayList<>(1);
        List<Problem> problems = List.of();
        for (CredentialKind kind : CredentialKind.values()) {
            JsonNode plugin = plugins.path(kind.plugin());
            if (!plugin.isMissingNode()) {
                try {
                    credentials.add(credential(id, kind, plugin));
                } catch (UnusableException e) {
                    problems = new ArrayList<>(problems);
                    problems.add(
                            new Problem("plugins." + kind.plugin() + "." + e.field, String.valueOf(e.getMessage())));
                }
            }
        }
        return new Read(List.copyOf(credentials), problems);
    }

    private Credential credential(@Nullable String id, CredentialKind kind, JsonNode plugin) throws UnusableException {
        return switch (kind) {
            case KEY_AUTH -> new Credential.KeyAuth(id, text("key", decrypted("key", plugin), Use.DIGEST));
            case BASIC_AUTH ->
                new Credential.BasicAuth(
                        id,
                        text("username", required("username", plugin), Use.NAME),
                        text("password", decrypted("password", plugin), Use.DIGEST));
            case JWT_AUTH -> jwt(id, plugin);
            case HMAC_AUTH ->
                new Credential.HmacAuth(
                        id,
                        text("key_id", shortEnough("key_id", required("key_id", plugin)), Use.NAME),
                        text("secret_key", shortEnough("secret_key", decrypted("secret_key", plugin)), Use.VALUE));
        };
    }

    private Credential jwt(@Nullable String id, JsonNode plugin) throws UnusableException {
        CredentialText key = text("key", required("key", plugin), Use.NAME);
        String algorithm = plugin.path("algorithm").asString("HS256");
        if (!ALGORITHMS.contains(algorithm)) {
            throw new UnusableException(
                    "algorithm", "is not known; write one of HS256 to HS512, RS256, ES256, PS256 to 512, or EdDSA");
        }
        boolean base64 = flag("base64_secret", plugin);
        long grace = grace(plugin);
        if (!algorithm.startsWith("HS")) {
            if (plugin.path("public_key").isMissingNode()) {
                throw new UnusableException("public_key", "is needed for the algorithm " + algorithm);
            }
            CredentialText publicKey = text("public_key", required("public_key", plugin), Use.VALUE);
            return new Credential.JwtAuth(id, key, publicKey, algorithm, false, grace);
        }
        if (plugin.path("secret").isMissingNode()) {
            throw new UnusableException("secret", "is needed for the algorithm " + algorithm);
        }
        String secret = decrypted("secret", plugin);
        if (base64 && !SecretReference.isReference(secret) && !isBase64(secret)) {
            throw new UnusableException("secret", "is not base64, but base64_secret is true");
        }
        return new Credential.JwtAuth(id, key, text("secret", secret, Use.VALUE), algorithm, base64, grace);
    }

    private static long grace(JsonNode plugin) throws UnusableException {
        JsonNode grace = plugin.path("lifetime_grace_period");
        if (grace.isMissingNode()) {
            return 0;
        }
        if (!grace.isIntegralNumber() || !grace.canConvertToLong() || grace.longValue() < 0) {
            throw new UnusableException("lifetime_grace_period", "expected a whole number of seconds, 0 or more");
        }
        return grace.longValue();
    }

    private static boolean flag(String field, JsonNode plugin) throws UnusableException {
        JsonNode value = plugin.path(field);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw new UnusableException(field, "expected true or false");
        }
        return value.asBoolean(false);
    }

    private static boolean isBase64(String text) {
        try {
            byte[] decoded = Base64.getDecoder().decode(text);
            return decoded.length > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String shortEnough(String field, String text) throws UnusableException {
        // A reference stands for another text, whose length is not known here.
        if (!SecretReference.isReference(text) && text.codePointCount(0, text.length()) > LONGEST_OF_HMAC) {
            throw new UnusableException(field, "has more than " + LONGEST_OF_HMAC + " characters");
        }
        return text;
    }

    private static String required(String field, JsonNode plugin) throws UnusableException {
        JsonNode value = plugin.path(field);
        if (!value.isString() || value.stringValue().isEmpty()) {
            throw new UnusableException(field, "expected a string that is not empty");
        }
        return value.stringValue();
    }

    /** Returns a field that APISIX encrypts, in clear. */
    private String decrypted(String field, JsonNode plugin) throws UnusableException {
        String stored = required(field, plugin);
        String text = keyring == null ? stored : keyring.read(stored);
        if (text == null) {
            throw new UnusableException(field, UNDECRYPTABLE);
        }
        if (text.isEmpty()) {
            throw new UnusableException(field, "is encrypted, but empty");
        }
        return text;
    }

    /** What a field is needed for. */
    private enum Use {
        /** A digest proves the credential. */
        DIGEST,
        /** A request names the credential by it. */
        NAME,
        /** The value is needed to prove the credential. */
        VALUE
    }

    private CredentialText text(String field, String text, Use use) throws UnusableException {
        if (SecretReference.isReference(text)) {
            try {
                ReferenceChain chain = ReferenceChain.parse(text);
                return chain.alternatives().size() == 1
                        ? new CredentialText.Referenced(chain.first())
                        : new CredentialText.Chained(chain);
            } catch (InvalidReferenceException e) {
                throw new UnusableException(field, String.valueOf(e.getMessage()));
            }
        }
        if (use == Use.VALUE) {
            Secret value = Secret.ofUtf8(text);
            return new CredentialText.LiteralValue(CredentialText.Literal.of(value, digester), value);
        }
        try (Secret secret = Secret.ofUtf8(text)) {
            return use == Use.NAME
                    ? CredentialText.Literal.ofName(secret, digester)
                    : CredentialText.Literal.of(secret, digester);
        }
    }
}
