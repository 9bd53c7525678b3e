package dev.secretproviders.admin.rest;

import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a call is answered with: JSON, a stream, or nothing.
 *
 * @param body the JSON, or null
 * @param stream writes the body, or null
 */
public record Answer(
        int status, @Nullable JsonNode body, @Nullable Stream stream, Map<String, String> headers) {
    public Answer {
        headers = Map.copyOf(headers);
    }

    /** Writes a body that may be long. */
    @FunctionalInterface
    public interface Stream {
        void to(OutputStream out) throws IOException;
    }

    public static Answer ok(JsonNode body) {
        return of(200, body);
    }

    public static Answer of(int status, JsonNode body) {
        return new Answer(status, body, null, Map.of());
    }

    public static Answer noContent() {
        return new Answer(204, null, null, Map.of());
    }

    public static Answer stream(String contentType, String fileName, Stream stream) {
        return new Answer(
                200,
                null,
                stream,
                Map.of(
                        "Content-Type",
                        contentType,
                        "Content-Disposition",
                        "attachment; filename=\"" + fileName + "\""));
    }

    /** Returns this answer with the revision of what it shows as its {@code ETag}. */
    public Answer revision(long revision) {
        return header("ETag", "\"" + revision + "\"");
    }

    public Answer header(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Answer(status, body, stream, more);
    }
}
