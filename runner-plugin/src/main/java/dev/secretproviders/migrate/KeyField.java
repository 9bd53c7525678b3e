package dev.secretproviders.migrate;

import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The field of a credential that is a secret. User names, the {@code key} of jwt-auth and the {@code key_id} of hmac-auth are
 * names that clients send in clear, and public keys are public, so they stay where they are.
 */
record KeyField(CredentialKind kind) {
    /** Returns the name of the field in APISIX's plugin. */
    String name() {
        return switch (kind) {
            case KEY_AUTH -> "key";
            case BASIC_AUTH -> "password";
            case JWT_AUTH -> "secret";
            case HMAC_AUTH -> "secret_key";
        };
    }

    /** Returns what a runner needs of the secret: it computes with secrets of tokens and signatures. */
    Use use() {
        return switch (kind) {
            case KEY_AUTH, BASIC_AUTH -> Use.DIGEST;
            case JWT_AUTH, HMAC_AUTH -> Use.VALUE;
        };
    }

    /** Returns the path in an object, for example {@code plugins.key-auth.key}. */
    String path() {
        return kind.path(name());
    }

    /** Returns the field of this path. Throws an {@link IllegalArgumentException} if there is none. */
    static KeyField ofPath(String path) {
        for (CredentialKind kind : CredentialKind.values()) {
            KeyField field = new KeyField(kind);
            if (field.path().equals(path)) {
                return field;
            }
        }
        throw new IllegalArgumentException("'" + path + "' names no key");
    }

    /** Returns the field's text in an object, or null if it has none. */
    @Nullable
    String in(JsonNode object) {
        JsonNode text = object.path("plugins").path(kind.plugin()).path(name());
        return text.isString() && !text.stringValue().isEmpty() ? text.stringValue() : null;
    }

    /** Writes the field, which the object has. */
    void set(ObjectNode object, String text) {
        ((ObjectNode) object.path("plugins").path(kind.plugin())).put(name(), text);
    }

    /** Returns the fields of an object that hold a key itself and not a reference. */
    static List<KeyField> literals(JsonNode object, Set<CredentialKind> kinds) {
        List<KeyField> literals = new ArrayList<>(1);
        for (CredentialKind kind : CredentialKind.values()) {
            KeyField field = new KeyField(kind);
            String text = kinds.contains(kind) ? field.in(object) : null;
            if (text != null && !SecretReference.isReference(text)) {
                literals.add(field);
            }
        }
        return literals;
    }
}
