package dev.secretproviders.audit.text;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The last line of defence before a record is written. The creator of an event masks its secrets. In case one was
 * missed, this class masks each text under a name that sounds like a secret. It also removes control characters and
 * unpaired surrogates from external texts.
 */
public final class Masking {
    static final String MASK = "***";

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int DEEPEST = 64;
    private static final String TOO_DEEP = "(nested too deeply to be recorded)";
    private static final List<String> SECRET_WORDS = List.of(
            "secret",
            "passw",
            "passphrase",
            "passcode",
            "token",
            "credential",
            "apikey",
            "privatekey",
            "authorization",
            "cookie");
    private static final List<String> SECRET_ENDINGS = List.of("key", "keys", "secretid", "pwd", "pin", "jwt");
    /**
     * Endings of names that sound like a secret but hold public data, such as {@code token_file} and {@code
     * key_version}.
     */
    private static final List<String> HARMLESS_ENDINGS = List.of(
            "id", "ids", "file", "path", "name", "names", "version", "type", "ttl", "mount", "manager", "uri", "url",
            "header");

    private Masking() {}

    /** Returns a masked copy of an object before or after a change. */
    public static JsonNode masked(JsonNode node) {
        return masked(node, false, 0);
    }

    private static JsonNode masked(JsonNode node, boolean secret, int depth) {
        if (depth > DEEPEST) {
            return NODES.stringNode(TOO_DEEP);
        }
        if (node.isObject()) {
            ObjectNode copy = NODES.objectNode();
            node.properties()
                    .forEach(field -> copy.set(
                            wellFormed(field.getKey()),
                            masked(field.getValue(), secret || looksSecret(field.getKey()), depth + 1)));
            return copy;
        }
        if (node.isArray()) {
            ArrayNode copy = NODES.arrayNode();
            node.forEach(item -> copy.add(masked(item, secret, depth + 1)));
            return copy;
        }
        if (node.isString()) {
            String text = node.asString();
            return NODES.stringNode(secret && !isReference(text) ? MASK : wellFormed(text));
        }
        if (node.isBoolean() || node.isNull() || (node.isNumber() && !secret)) {
            return node;
        }
        // A number can be a PIN; bytes can be anything.
        return NODES.stringNode(MASK);
    }

    private static boolean looksSecret(String name) {
        String plain = name.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
        if (SECRET_ENDINGS.stream().anyMatch(plain::endsWith)) {
            return true;
        }
        return SECRET_WORDS.stream().anyMatch(plain::contains)
                && HARMLESS_ENDINGS.stream().noneMatch(plain::endsWith);
    }

    private static boolean isReference(String text) {
        return text.startsWith("$secret://") || text.regionMatches(true, 0, "$env://", 0, "$env://".length());
    }

    /** Returns the text on one line and at most {@code longest} characters long; null stays null. */
    public static @Nullable String plain(@Nullable String text, int longest) {
        if (text == null) {
            return null;
        }
        StringBuilder plain = new StringBuilder(Math.min(text.length(), longest));
        boolean cut = false;
        for (int i = 0; i < text.length() && !cut; ) {
            int point = text.codePointAt(i);
            String shown = isInvisible(point) ? "\\u%04x".formatted(point) : Character.toString(point);
            cut = plain.length() + shown.length() > longest;
            if (!cut) {
                plain.append(shown);
                i += Character.charCount(point);
            }
        }
        return plain.toString();
    }

    /** Returns whether a character is a control character, changes the text's direction or breaks its line. */
    private static boolean isInvisible(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }

    /** Replaces unpaired surrogates, which UTF-8 cannot encode and a JSON writer refuses. */
    private static String wellFormed(String text) {
        if (text.codePoints().noneMatch(point -> Character.getType(point) == Character.SURROGATE)) {
            return text;
        }
        int[] points = text.codePoints()
                .map(point -> Character.getType(point) == Character.SURROGATE ? 0xFFFD : point)
                .toArray();
        return new String(points, 0, points.length);
    }
}
