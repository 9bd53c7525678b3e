package dev.secretproviders.admin.secret;

import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.provider.local.Expiry;
import dev.secretproviders.provider.local.KeyShape;
import dev.secretproviders.provider.local.LocalSecretException;
import dev.secretproviders.provider.local.LocalSecretException.Kind;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a request to write a local secret says. Values arrive as strings of the JSON library, which cannot be wiped: they are
 * copied out at once, and nothing keeps the tree. Messages name fields, never what was sent in them.
 *
 * @param values the fields to write; closed with this
 * @param removed the fields to leave out
 */
record SecretBody(Map<String, Secret> values, Set<String> removed, Expiry expiry) implements AutoCloseable {

    /** A request to do something to a secret. */
    sealed interface Action {
        /**
         * Make a random key.
         *
         * @param reveal whether the answer shall hold it, this once
         */
        record Generate(String field, KeyShape shape, boolean reveal, Expiry expiry) implements Action {}

        /** Go back to a version. */
        record Rollback(int version, Expiry expiry) implements Action {}

        /** Forget a version for ever. */
        record Destroy(int version) implements Action {}
    }

    /** Reads the body of a request that replaces all fields. */
    static SecretBody readPut(ObjectNode body) throws LocalSecretException {
        SecretBody read = read(body, new Expiry.Never());
        if (!read.removed.isEmpty()) {
            read.close();
            throw invalid("fields." + read.removed.iterator().next() + ": expected a text");
        }
        return read;
    }

    /** Reads the body of a request that changes some fields: those given as null are left out from now on. */
    static SecretBody readPatch(ObjectNode body) throws LocalSecretException {
        return read(body, new Expiry.Kept());
    }

    /** Reads the body of a request to do something. */
    static Action readAction(ObjectNode body) throws LocalSecretException {
        String action = text(body, "action");
        return switch (action == null ? "" : action) {
            case "generate" -> {
                allow(body, Set.of("action", "field", "alphabet", "length", "reveal", "expires_at"));
                String field = text(body, "field");
                if (field == null) {
                    throw invalid("field: is required");
                }
                yield new Action.Generate(field, shape(body), flag(body, "reveal"), expiry(body, new Expiry.Kept()));
            }
            case "rollback" -> {
                allow(body, Set.of("action", "version", "expires_at"));
                yield new Action.Rollback(version(body), expiry(body, new Expiry.Kept()));
            }
            case "destroy" -> {
                allow(body, Set.of("action", "version"));
                yield new Action.Destroy(version(body));
            }
            default -> throw invalid("action: expected one of generate, rollback, destroy");
        };
    }

    private static SecretBody read(ObjectNode body, Expiry absent) throws LocalSecretException {
        allow(body, Set.of("fields", "expires_at"));
        Expiry expiry = expiry(body, absent);
        JsonNode fields = body.path("fields");
        Map<String, Secret> values = new LinkedHashMap<>();
        Set<String> removed = new LinkedHashSet<>();
        SecretBody read = new SecretBody(values, removed, expiry);
        if (fields.isMissingNode()) {
            return read;
        }
        if (!fields.isObject()) {
            throw invalid("fields: expected an object with a text for each field");
        }
        for (Map.Entry<String, JsonNode> field : fields.properties()) {
            if (field.getValue().isNull()) {
                removed.add(field.getKey());
            } else if (ProviderObject.MASK.equals(field.getValue().asString(""))) {
                read.close();
                throw invalid(
                        "fields." + field.getKey()
                                + ": is the mask '***', which is never stored; write the value, or leave the field out of a PATCH");
            } else if (field.getValue().isString() && isUnicode(field.getValue().stringValue())) {
                values.put(field.getKey(), Secret.ofUtf8(field.getValue().stringValue()));
            } else {
                read.close();
                throw invalid("fields: each field's value is a text of well-formed Unicode; write numbers in quotes");
            }
        }
        return read;
    }

    /** Half a surrogate pair would silently become a question mark, and the key another one. */
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
        try {
            Instant instant = OffsetDateTime.parse(node.asString("")).toInstant();
            // Further dates have more digits than other tools read.
            if (instant.isBefore(Instant.parse("9999-12-31T00:00:00Z"))) {
                return new Expiry.At(instant);
            }
        } catch (DateTimeParseException ignored) {
            // Said below.
        }
        throw invalid("expires_at: expected a date and time such as 2027-01-31T12:00:00Z, or null for none");
    }

    private static KeyShape shape(ObjectNode body) throws LocalSecretException {
        String name = text(body, "alphabet");
        KeyShape.Alphabet alphabet = KeyShape.DEFAULT.alphabet();
        if (name != null) {
            alphabet = switch (name) {
                case "base64url" -> KeyShape.Alphabet.BASE64URL;
                case "alphanumeric" -> KeyShape.Alphabet.ALPHANUMERIC;
                case "hex" -> KeyShape.Alphabet.HEX;
                default -> throw invalid("alphabet: expected one of base64url, alphanumeric, hex");
            };
        }
        int fallback = alphabet == KeyShape.Alphabet.HEX ? 64 : KeyShape.DEFAULT.length();
        return new KeyShape(alphabet, body.has("length") ? integer(body, "length") : fallback);
    }

    private static int version(ObjectNode body) throws LocalSecretException {
        return integer(body, "version");
    }

    private static int integer(ObjectNode body, String name) throws LocalSecretException {
        JsonNode node = body.path(name);
        if (!node.isInt() || node.intValue() < 1) {
            throw invalid(name + ": expected a whole number from 1");
        }
        return node.intValue();
    }

    private static boolean flag(ObjectNode body, String name) throws LocalSecretException {
        JsonNode node = body.path(name);
        if (!node.isMissingNode() && !node.isBoolean()) {
            throw invalid(name + ": expected true or false");
        }
        return node.asBoolean(false);
    }

    private static @Nullable String text(ObjectNode body, String name) throws LocalSecretException {
        JsonNode node = body.path(name);
        if (node.isMissingNode()) {
            return null;
        }
        if (!node.isString()) {
            throw invalid(name + ": expected a text");
        }
        return node.stringValue();
    }

    /** Who writes {@code {"key": "..."}} without {@code fields} would otherwise store nothing. */
    private static void allow(ObjectNode body, Set<String> known) throws LocalSecretException {
        for (String name : body.propertyNames()) {
            if (!known.contains(name)) {
                throw invalid("the body has a field that is not known; known here: "
                        + String.join(", ", known.stream().sorted().toList()));
            }
        }
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
