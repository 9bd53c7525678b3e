package dev.secretproviders.admin.rest;

import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The response to a call: JSON, a stream, or nothing.
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
        /** Writes the body. */
        void to(OutputStream out) throws IOException;
    }

    /** Returns a 200 with a body. */
    public static Answer ok(JsonNode body) {
        return of(200, body);
    }

    /** Returns an answer with a body. */
    public static Answer of(int status, JsonNode body) {
        return new Answer(status, body, null, Map.of());
    }

    /** Returns a 204. */
    public static Answer noContent() {
        return new Answer(204, null, null, Map.of());
    }

    /** Returns a 200 with a file to download. */
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

    /** Returns a 200 with server-sent events, which no proxy holds back. */
    public static Answer events(Stream stream) {
        return new Answer(
                200,
                null,
                stream,
                Map.of("Content-Type", "text/event-stream;charset=utf-8", "X-Accel-Buffering", "no"));
    }

    /** Returns this answer with the revision of the shown object as its {@code ETag}. */
    public Answer revision(long revision) {
        return header("ETag", "\"" + revision + "\"");
    }

    /** Returns this answer with a header. */
    public Answer header(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Answer(status, body, stream, more);
    }
}
