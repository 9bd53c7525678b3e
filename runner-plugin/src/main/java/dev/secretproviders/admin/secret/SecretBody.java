package dev.secretproviders.admin.secret;

import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.provider.local.Expiry;
import dev.secretproviders.provider.local.KeyShape;
import dev.secretproviders.provider.local.LocalSecretException;
import dev.secretproviders.provider.local.LocalSecretException.Kind;
import dev.secretproviders.provider.local.LocalSecrets;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The body of a request to write a local secret, once it was checked against its schema. Values arrive as strings of the JSON library, which cannot be wiped.
 * They are copied at once, and the tree is not kept. Messages name fields and never quote their values.
 *
 * @param values the fields to write; closed together with this body
 * @param removed the fields to remove
 */
record SecretBody(Map<String, Secret> values, Set<String> removed, Expiry expiry) implements AutoCloseable {
    private static final Schema EXPIRY = Schema.time().orNull();
    private static final String EXPIRES = "From when on the version is denied; null for never.";
    private static final Schema VALUE =
            Schema.text(1, LocalSecrets.MAX_VALUE_BYTES).writeOnly();
    private static final Schema EXPIRING = Schema.closed().optional("expires_at", EXPIRY, EXPIRES);

    /** A body that replaces all fields. */
    static final Schema PUT =
            EXPIRING.required("fields", Schema.map(VALUE, 1, LocalSecrets.MAX_FIELDS), "The value of each field.");

    /** A body that changes some fields. */
    static final Schema PATCH = EXPIRING.optional(
            "fields",
            Schema.map(VALUE.orNull(), 0, LocalSecrets.MAX_FIELDS),
            "The value of each field that changes; null removes a field.");

    /** A body for an action. */
    static final Schema ACTION = Schema.anyOf(
            action("generate")
                    .required("field", Schema.text(), "The field that becomes a random key.")
                    .optional(
                            "alphabet",
                            Schema.choice(KeyShape.Alphabet.class).fallback("base64url"),
                            "What the key is made of.")
                    .optional(
                            "length",
                            Schema.whole(KeyShape.MIN_LENGTH, KeyShape.MAX_LENGTH)
                                    .unit("characters"),
                            "The length of the key: 43, or 64 for hex, if absent; at least 32 for hex.")
                    .optional("reveal", Schema.flag().fallback(false), "Whether the answer shows the key, this once.")
                    .optional("expires_at", EXPIRY, EXPIRES),
            action("rollback")
                    .required("version", Schema.whole(1, Integer.MAX_VALUE), "The version to go back to.")
                    .optional("expires_at", EXPIRY, EXPIRES),
            action("destroy")
                    .required(
                            "version", Schema.whole(1, Integer.MAX_VALUE), "The version whose values are destroyed."));

    private static Schema action(String name) {
        return Schema.closed().required("action", Schema.choice(name), "What to do.");
    }

    /** An action on a secret. */
    sealed interface Action {
        /**
         * Generates a random key.
         *
         * @param reveal whether the answer contains the key, only this once
         */
        record Generate(String field, KeyShape shape, boolean reveal, Expiry expiry) implements Action {}

        /** Rolls back to a version. */
        record Rollback(int version, Expiry expiry) implements Action {}

        /** Destroys a version permanently. */
        record Destroy(int version) implements Action {}
    }

    /** Reads the body of a request that replaces all fields. */
    static SecretBody readPut(ObjectNode body) throws LocalSecretException {
        return read(body, new Expiry.Never());
    }

    /** Reads the body of a request that changes some fields; null removes a field. */
    static SecretBody readPatch(ObjectNode body) throws LocalSecretException {
        return read(body, new Expiry.Kept());
    }

    /** Reads the body of a request for an action. */
    static Action readAction(ObjectNode body) throws LocalSecretException {
        return switch (body.path("action").asString()) {
            case "generate" ->
                new Action.Generate(
                        body.path("field").asString(),
                        shape(body),
                        body.path("reveal").asBoolean(false),
                        expiry(body, new Expiry.Kept()));
            case "rollback" -> new Action.Rollback(body.path("version").intValue(), expiry(body, new Expiry.Kept()));
            case "destroy" -> new Action.Destroy(body.path("version").intValue());
            default -> throw new IllegalStateException("the body was not checked");
        };
    }

    /** Returns whether the body of an action destroys something. */
    static boolean destroys(ObjectNode body) {
        return body.path("action").asString().equals("destroy");
    }

    private static SecretBody read(ObjectNode body, Expiry absent) throws LocalSecretException {
        Expiry expiry = expiry(body, absent);
        Map<String, Secret> values = new LinkedHashMap<>();
        Set<String> removed = new LinkedHashSet<>();
        SecretBody read = new SecretBody(values, removed, expiry);
        for (Map.Entry<String, JsonNode> field : body.path("fields").properties()) {
            String value = field.getValue().isNull() ? null : field.getValue().stringValue();
            if (value == null) {
                removed.add(field.getKey());
            } else if (ProviderObject.MASK.equals(value)) {
                read.close();
                throw invalid(
                        "fields." + field.getKey()
                                + ": is the mask '***', which is never stored; write the value, or leave the field out of a PATCH");
            } else if (isUnicode(value)) {
                values.put(field.getKey(), Secret.ofUtf8(value));
            } else {
                read.close();
                throw invalid("fields: each field's value is a text of well-formed Unicode");
            }
        }
        return read;
    }

    /**
     * Returns whether a text is well-formed. An unpaired surrogate would silently become a question mark and change the
     * key.
     */
    private static boolean isUnicode(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    private static Expiry expiry(ObjectNode body, Expiry absent) throws LocalSecretException {
        JsonNode node = body.path("expires_at");
        if (node.isMissingNode()) {
            return absent;
        }
        if (node.isNull()) {
            return new Expiry.Never();
        }
        Instant instant = OffsetDateTime.parse(node.stringValue()).toInstant();
        // Later dates have more digits than other tools read.
        if (instant.isBefore(Instant.parse("9999-12-31T00:00:00Z"))) {
            return new Expiry.At(instant);
        }
        throw invalid("expires_at: expected a date before the year 9999, or null for none");
    }

    private static KeyShape shape(ObjectNode body) {
        KeyShape.Alphabet alphabet = KeyShape.Alphabet.valueOf(
                body.path("alphabet").asString("base64url").toUpperCase(Locale.ROOT));
        int fallback = alphabet == KeyShape.Alphabet.HEX ? 64 : KeyShape.DEFAULT.length();
        return new KeyShape(alphabet, body.path("length").asInt(fallback));
    }

    private static LocalSecretException invalid(String message) {
        return new LocalSecretException(Kind.INVALID, message);
    }

    /** Wipes the values. */
    @Override
    public void close() {
        values.values().forEach(Secret::close);
    }
}
