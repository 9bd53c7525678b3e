package dev.secretproviders.consumer;

import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.validity.Validity;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One credential of a consumer. A request names it by its <em>attribute</em>, which no two credentials of a kind may
 * share, and shows its <em>proof</em>. An API key is both at once.
 */
public sealed interface Credential {
    /** Returns the credential's id, or null if it is in the consumer itself. */
    @Nullable
    String id();

    /** Returns the kind. */
    CredentialKind kind();

    /** Returns when it counts, as far as labels say. The secrets behind its references may say more. */
    Validity validity();

    /** Returns the same credential with another validity. */
    Credential with(Validity other);

    /** Returns the field by which a request names the credential. */
    CredentialText attribute();

    /** Returns the name of that field in APISIX's plugin. */
    String attributeField();

    /** Returns the field that proves the credential, or null if the attribute does. */
    default @Nullable CredentialText proof() {
        return null;
    }

    /** Returns the name of that field in APISIX's plugin, or null if there is none. */
    default @Nullable String proofField() {
        return null;
    }

    /** Returns the fields that the runner resolves. */
    default List<Field> fields() {
        CredentialText proof = proof();
        String proofField = proofField();
        Field attribute = new Field(kind().path(attributeField()), attribute());
        return proof == null || proofField == null
                ? List.of(attribute)
                : List.of(attribute, new Field(kind().path(proofField), proof));
    }

    /** Returns whether {@link #fields} has a field of this path. */
    default boolean isResolved(String path) {
        String proofField = proofField();
        return kind().isPath(path, attributeField()) || (proofField != null && kind().isPath(path, proofField));
    }

    /** Returns the references of all fields. */
    default List<SecretReference> references() {
        CredentialText proof = proof();
        List<SecretReference> ofAttribute = attribute().references();
        if (proof == null || proof.references().isEmpty()) {
            return ofAttribute;
        }
        List<SecretReference> all = new ArrayList<>(ofAttribute);
        all.addAll(proof.references());
        return List.copyOf(all);
    }

    /** Returns whether the value of a reference is needed to prove the credential, and not only its digest. */
    default boolean needsValueOf(SecretReference reference) {
        CredentialText proof = proof();
        return proof != null && kind().provenByValue() && proof.references().contains(reference);
    }

    /**
     * A field.
     *
     * @param path its path, for example {@code plugins.key-auth.key}
     */
    record Field(String path, CredentialText text) {}

    /**
     * A credential of {@code key-auth}.
     *
     * @param key the API key
     */
    record KeyAuth(@Nullable String id, CredentialText key, Validity validity) implements Credential {
        /** Creates a credential that always counts. */
        public KeyAuth(@Nullable String id, CredentialText key) {
            this(id, key, Validity.UNLIMITED);
        }

        @Override
        public KeyAuth with(Validity other) {
            return new KeyAuth(id, key, other);
        }

        @Override
        public CredentialKind kind() {
            return CredentialKind.KEY_AUTH;
        }

        @Override
        public CredentialText attribute() {
            return key;
        }

        @Override
        public String attributeField() {
            return "key";
        }
    }

    /** A credential of {@code basic-auth}. */
    record BasicAuth(@Nullable String id, CredentialText username, CredentialText password, Validity validity)
            implements Credential {
        /** Creates a credential that always counts. */
        public BasicAuth(@Nullable String id, CredentialText username, CredentialText password) {
            this(id, username, password, Validity.UNLIMITED);
        }

        @Override
        public BasicAuth with(Validity other) {
            return new BasicAuth(id, username, password, other);
        }

        @Override
        public CredentialKind kind() {
            return CredentialKind.BASIC_AUTH;
        }

        @Override
        public CredentialText attribute() {
            return username;
        }

        @Override
        public String attributeField() {
            return "username";
        }

        @Override
        public CredentialText proof() {
            return password;
        }

        @Override
        public String proofField() {
            return "password";
        }
    }

    /**
     * A credential of {@code jwt-auth}.
     *
     * @param key the value of the token's claim that names the credential
     * @param secret the shared secret, or the public key for the algorithms that have one
     * @param algorithm the only {@code alg} that a token may have, for example {@code HS256}
     * @param base64Secret whether the secret is base64 text
     * @param graceSeconds for how long a token counts before and after its times
     */
    record JwtAuth(
            @Nullable String id,
            CredentialText key,
            CredentialText secret,
            String algorithm,
            boolean base64Secret,
            long graceSeconds,
            Validity validity)
            implements Credential {
        /** Creates a credential that always counts. */
        public JwtAuth(
                @Nullable String id,
                CredentialText key,
                CredentialText secret,
                String algorithm,
                boolean base64Secret,
                long graceSeconds) {
            this(id, key, secret, algorithm, base64Secret, graceSeconds, Validity.UNLIMITED);
        }

        @Override
        public JwtAuth with(Validity other) {
            return new JwtAuth(id, key, secret, algorithm, base64Secret, graceSeconds, other);
        }

        @Override
        public CredentialKind kind() {
            return CredentialKind.JWT_AUTH;
        }

        /** Returns whether client and gateway share the secret. Otherwise the secret is a public key. */
        public boolean symmetric() {
            return algorithm.startsWith("HS");
        }

        @Override
        public CredentialText attribute() {
            return key;
        }

        @Override
        public String attributeField() {
            return "key";
        }

        @Override
        public CredentialText proof() {
            return secret;
        }

        @Override
        public String proofField() {
            return symmetric() ? "secret" : "public_key";
        }
    }

    /** A credential of {@code hmac-auth}. */
    record HmacAuth(@Nullable String id, CredentialText keyId, CredentialText secretKey, Validity validity)
            implements Credential {
        /** Creates a credential that always counts. */
        public HmacAuth(@Nullable String id, CredentialText keyId, CredentialText secretKey) {
            this(id, keyId, secretKey, Validity.UNLIMITED);
        }

        @Override
        public HmacAuth with(Validity other) {
            return new HmacAuth(id, keyId, secretKey, other);
        }

        @Override
        public CredentialKind kind() {
            return CredentialKind.HMAC_AUTH;
        }

        @Override
        public CredentialText attribute() {
            return keyId;
        }

        @Override
        public String attributeField() {
            return "key_id";
        }

        @Override
        public CredentialText proof() {
            return secretKey;
        }

        @Override
        public String proofField() {
            return "secret_key";
        }
    }
}
