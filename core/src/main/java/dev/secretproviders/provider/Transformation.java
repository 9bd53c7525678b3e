package dev.secretproviders.provider;

import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.Transform;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Applies the transforms of a reference. Thread-safe. */
public final class Transformation {
    private static final JsonMapper JSON = SecretJson.mapper().build();

    private Transformation() {}

    /**
     * Returns what the transforms make of a value, which stays as it is. The caller wipes the result.
     *
     * @throws UnfitValueException if the value is not what one of them needs
     */
    public static Secret apply(List<Transform> transforms, Secret value) throws UnfitValueException {
        byte[] result = value.use(byte[]::clone);
        for (Transform transform : transforms) {
            byte[] before = result;
            try {
                result = apply(transform, before);
            } finally {
                Arrays.fill(before, (byte) 0);
            }
        }
        return Secret.owning(result);
    }

    private static byte[] apply(Transform transform, byte[] value) throws UnfitValueException {
        return switch (transform) {
            case Transform.Json json -> pointedAt(json, value);
            case Transform.DecodeBase64 base64 -> decoded(base64, value);
            case Transform.Trim _ -> trimmed(value);
        };
    }

    private static byte[] pointedAt(Transform.Json json, byte[] value) throws UnfitValueException {
        JsonNode tree;
        try {
            tree = JSON.readTree(value);
        } catch (JacksonException e) {
            // The exception is dropped on purpose: its message quotes the secret.
            throw new UnfitValueException("'" + json + "' needs JSON, but the value is not JSON");
        }
        JsonNode found = tree.at(JsonPointer.compile(json.pointer()));
        if (found.isMissingNode() || found.isNull()) {
            throw new UnfitValueException("'" + json + "' points at nothing in the value");
        }
        return found.isContainer()
                ? JSON.writeValueAsBytes(found)
                : found.asString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] decoded(Transform.DecodeBase64 base64, byte[] value) throws UnfitValueException {
        byte[] standard = value.clone();
        for (int i = 0; i < standard.length; i++) {
            if (standard[i] == '-') {
                standard[i] = '+';
            } else if (standard[i] == '_') {
                standard[i] = '/';
            }
        }
        try {
            return Base64.getDecoder().decode(standard);
        } catch (IllegalArgumentException e) {
            // The exception is dropped on purpose: its message quotes a character of the secret.
            throw new UnfitValueException("'" + base64 + "' needs base64, but the value is not base64"
                    + (endsInWhiteSpace(value) ? "; it has white space at its ends, so write trim before it" : ""));
        } finally {
            Arrays.fill(standard, (byte) 0);
        }
    }

    private static boolean endsInWhiteSpace(byte[] value) {
        return value.length > 0 && (isWhiteSpace(value[0]) || isWhiteSpace(value[value.length - 1]));
    }

    private static byte[] trimmed(byte[] value) {
        int start = 0;
        int end = value.length;
        while (start < end && isWhiteSpace(value[start])) {
            start++;
        }
        while (end > start && isWhiteSpace(value[end - 1])) {
            end--;
        }
        return Arrays.copyOfRange(value, start, end);
    }

    /** Space, tab, line feed, vertical tab, form feed, carriage return. */
    private static boolean isWhiteSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }
}
