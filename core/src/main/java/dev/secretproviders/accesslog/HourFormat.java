package dev.secretproviders.accesslog;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The counts of an hour as bytes: a version, the dropped events, the writers, a list of texts, and the entries, which
 * refer to these texts. Everything is compressed. An entry of a usual hour takes about 10 bytes. Entries that are not
 * wanted are skipped without being made, so that a day of one secret is read quickly.
 */
final class HourFormat {
    private static final int VERSION = 1;
    /** The place of a text that is absent; the places of others begin at 1. */
    private static final int ABSENT = 0;

    private static final int TEXTS_OF_AN_ENTRY = 6;

    private HourFormat() {}

    static byte[] write(HourCounts hour) {
        Map<String, Integer> places = new LinkedHashMap<>();
        List<Map.Entry<Access, Count>> entries = hour.sorted();
        long first = entries.stream()
                .mapToLong(entry -> entry.getValue().last().getEpochSecond())
                .min()
                .orElse(0);
        Packed.Writer packed = new Packed.Writer();
        List<int[]> rows = new ArrayList<>();
        for (Map.Entry<Access, Count> entry : entries) {
            Access access = entry.getKey();
            rows.add(new int[] {
                place(places, access.provider()),
                place(places, access.path()),
                place(places, access.outcome()),
                place(places, access.version()),
                place(places, access.consumer()),
                place(places, access.credential())
            });
        }
        packed.number(VERSION).number(hour.dropped()).number(hour.writes().size());
        hour.writes().forEach((process, batch) -> packed.text(process).number(batch));
        packed.number(places.size());
        places.keySet().forEach(packed::text);
        packed.number(Math.max(0, first)).number(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            for (int place : rows.get(i)) {
                packed.number(place);
            }
            Count count = entries.get(i).getValue();
            packed.number(count.times()).number(Math.max(0, count.last().getEpochSecond() - Math.max(0, first)));
        }
        return packed.compressed();
    }

    private static int place(Map<String, Integer> places, @Nullable String text) {
        return text == null ? ABSENT : places.computeIfAbsent(text, _ -> places.size() + 1);
    }

    /** Reads all counts. Returns null if these bytes are of a later version or not ours. */
    static @Nullable HourCounts read(byte[] bytes) {
        return read(bytes, AccessFilter.all());
    }

    /** Reads the counts that a filter selects. Returns null if these bytes are of a later version or not ours. */
    static @Nullable HourCounts read(byte[] bytes, AccessFilter filter) {
        try {
            Packed.Reader packed = new Packed.Reader(bytes);
            return packed.number() == VERSION ? read(packed, filter) : null;
        } catch (IOException | BufferUnderflowException | DateTimeException | IllegalArgumentException e) {
            return null;
        }
    }

    private static HourCounts read(Packed.Reader packed, AccessFilter filter) {
        long dropped = packed.number();
        Map<String, Long> writes = new LinkedHashMap<>();
        for (int i = packed.count(); i > 0; i--) {
            writes.put(packed.text(), packed.number());
        }
        String[] texts = new String[packed.count()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = packed.text();
        }
        Wanted providers = new Wanted(texts, filter::matchesProvider);
        Wanted paths = new Wanted(texts, filter::matchesPath);
        Wanted outcomes = new Wanted(texts, filter::matchesOutcome);
        long first = packed.number();
        Map<Access, Count> counts = new LinkedHashMap<>();
        int[] places = new int[TEXTS_OF_AN_ENTRY];
        for (int i = packed.count(); i > 0; i--) {
            for (int column = 0; column < TEXTS_OF_AN_ENTRY; column++) {
                places[column] = packed.place(texts.length);
            }
            long times = packed.number();
            long last = packed.number();
            if (providers.has(places[0]) && paths.has(places[1]) && outcomes.has(places[2])) {
                Access access = new Access(
                        required(texts, places[0]),
                        required(texts, places[1]),
                        required(texts, places[2]),
                        text(texts, places[3]),
                        text(texts, places[4]),
                        text(texts, places[5]));
                if (filter.matches(access)) {
                    counts.put(access, new Count(times, Instant.ofEpochSecond(first + last)));
                }
            }
        }
        return new HourCounts(counts, dropped, writes);
    }

    /** Which texts a column of wanted entries has. Each text is looked at once, if an entry refers to it. */
    private static final class Wanted {
        private final String[] texts;
        private final Predicate<String> wanted;
        private final BitSet looked = new BitSet();
        private final BitSet yes = new BitSet();

        Wanted(String[] texts, Predicate<String> wanted) {
            this.texts = texts;
            this.wanted = wanted;
        }

        boolean has(int place) {
            if (!looked.get(place)) {
                looked.set(place);
                yes.set(place, wanted.test(required(texts, place)));
            }
            return yes.get(place);
        }
    }

    private static String required(String[] texts, int place) {
        String text = text(texts, place);
        if (text == null) {
            throw new IllegalArgumentException("an entry without a text");
        }
        return text;
    }

    private static @Nullable String text(String[] texts, int place) {
        return place == ABSENT ? null : texts[place - 1];
    }
}
