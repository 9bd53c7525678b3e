package dev.secretproviders.accesslog;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/**
 * The end of a page.
 *
 * @param key the store's key of the hour in which it ended
 * @param last the last entry of that hour on the page; null for the whole hour
 */
record AccessCursor(String key, @Nullable Access last) {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int LONGEST = 8_192;

    String text() {
        ArrayNode parts = JSON.createArrayNode().add(key);
        if (last != null) {
            parts.add(last.provider())
                    .add(last.path())
                    .add(last.outcome())
                    .add(last.version())
                    .add(last.consumer())
                    .add(last.credential());
        }
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(JSON.writeValueAsString(parts).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Reads a cursor.
     *
     * @throws IllegalArgumentException if it is none; the message may be shown
     */
    static AccessCursor read(String text) {
        try {
            if (text.length() <= LONGEST) {
                JsonNode parts = JSON.readTree(Base64.getUrlDecoder().decode(text));
                String key = parts.path(0).asString("");
                if (HourKey.read(key) != null && parts.size() == 1) {
                    return new AccessCursor(key, null);
                }
                if (HourKey.read(key) != null && parts.size() == 7) {
                    return new AccessCursor(
                            key,
                            new Access(
                                    parts.path(1).asString(""),
                                    parts.path(2).asString(""),
                                    parts.path(3).asString(""),
                                    part(parts, 4),
                                    part(parts, 5),
                                    part(parts, 6)));
                }
            }
        } catch (JacksonException | IllegalArgumentException e) {
            // Reported below.
        }
        throw new IllegalArgumentException("cursor: expected the value of next of a previous page");
    }

    private static @Nullable String part(JsonNode parts, int place) {
        return parts.path(place).isString() ? parts.path(place).stringValue() : null;
    }
}
