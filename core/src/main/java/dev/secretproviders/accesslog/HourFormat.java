package dev.secretproviders.accesslog;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The counts of an hour as bytes: compressed JSON, in which entries refer to a list of their texts. An entry of a usual
 * hour takes about 15 bytes.
 */
final class HourFormat {
    private static final int VERSION = 1;
    private static final int LARGEST = 64 << 20;
    private static final JsonMapper JSON = JsonMapper.shared();

    private HourFormat() {}

    static byte[] write(HourCounts hour) {
        Map<String, Integer> places = new LinkedHashMap<>();
        ObjectNode node = JSON.createObjectNode();
        node.put("version", VERSION).put("dropped", hour.dropped());
        ObjectNode writes = node.putObject("writes");
        hour.writes().forEach(writes::put);
        ArrayNode entries = JSON.createArrayNode();
        hour.counts().forEach((access, count) -> {
            ArrayNode entry = entries.addArray();
            for (String text : texts(access)) {
                entry.add(text == null ? -1 : place(places, text));
            }
            entry.add(count.times()).add(count.last().getEpochSecond());
        });
        ArrayNode texts = node.putArray("texts");
        places.keySet().forEach(texts::add);
        node.set("entries", entries);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
            out.write(JSON.writeValueAsBytes(node));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static List<@Nullable String> texts(Access access) {
        List<@Nullable String> texts = new ArrayList<>();
        texts.add(access.provider());
        texts.add(access.path());
        texts.add(access.outcome());
        texts.add(access.version());
        texts.add(access.consumer());
        texts.add(access.credential());
        return texts;
    }

    private static int place(Map<String, Integer> places, String text) {
        return places.computeIfAbsent(text, _ -> places.size());
    }

    /** Reads counts, or returns null if these bytes are of a later version or not ours. */
    static @Nullable HourCounts read(byte[] bytes) {
        try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(bytes))) {
            byte[] text = in.readNBytes(LARGEST);
            JsonNode node = JSON.readTree(text);
            return node.path("version").asInt(0) == VERSION ? read(node) : null;
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            return null;
        }
    }

    private static HourCounts read(JsonNode node) {
        List<String> texts = new ArrayList<>();
        node.path("texts").forEach(text -> texts.add(text.asString()));
        SortedMap<Access, Count> counts = new TreeMap<>();
        for (JsonNode entry : node.path("entries")) {
            Access access = new Access(
                    required(texts, entry, 0),
                    required(texts, entry, 1),
                    required(texts, entry, 2),
                    text(texts, entry, 3),
                    text(texts, entry, 4),
                    text(texts, entry, 5));
            counts.put(
                    access,
                    new Count(
                            entry.path(6).asLong(),
                            Instant.ofEpochSecond(entry.path(7).asLong())));
        }
        Map<String, Long> writes = new LinkedHashMap<>();
        node.path("writes").forEachEntry((process, batch) -> writes.put(process, batch.asLong()));
        return new HourCounts(counts, node.path("dropped").asLong(), writes);
    }

    private static String required(List<String> texts, JsonNode entry, int column) {
        String text = text(texts, entry, column);
        if (text == null) {
            throw new IllegalArgumentException("an entry without a text");
        }
        return text;
    }

    private static @Nullable String text(List<String> texts, JsonNode entry, int column) {
        int place = entry.path(column).asInt(-1);
        return place < 0 || place >= texts.size() ? null : texts.get(place);
    }
}
