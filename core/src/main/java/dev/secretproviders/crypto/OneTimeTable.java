package dev.secretproviders.crypto;

import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values that can be taken once, by a random text. Only the hash of the text is kept, in memory. The number of values is
 * bounded: the oldest one makes room. Thread-safe; no I/O.
 */
public final class OneTimeTable<V> {
    private static final int TEXT_BYTES = 32;

    private final InstantSource clock;
    private final Duration kept;
    private final int most;
    private final Map<String, Entry<V>> entries = new LinkedHashMap<>();

    private record Entry<V>(V value, Instant until) {}

    /**
     * A text that was just made.
     *
     * @param text the receiver closes it
     */
    public record Made(Secret text, Instant until) {}

    /**
     * Creates an empty table.
     *
     * @param kept how long a value can be taken
     * @param most the most values
     */
    public OneTimeTable(InstantSource clock, Duration kept, int most) {
        this.clock = clock;
        this.kept = kept;
        this.most = most;
    }

    /** Adds a value and returns the text that takes it. */
    public synchronized Made add(V value) {
        Instant now = clock.instant();
        entries.values().removeIf(entry -> !now.isBefore(entry.until()));
        if (entries.size() >= most) {
            entries.remove(entries.keySet().iterator().next());
        }
        Secret text = RandomSecrets.text(TEXT_BYTES);
        Instant until = now.plus(kept);
        entries.put(hash(text.reveal()), new Entry<>(value, until));
        return new Made(text, until);
    }

    /** Removes a value and returns it. Null if the text is not known, used, or too old. */
    public synchronized @Nullable V take(String text) {
        Entry<V> entry = entries.remove(hash(text));
        return entry == null || !clock.instant().isBefore(entry.until()) ? null : entry.value();
    }

    /** Returns how many values there are. */
    public synchronized int size() {
        return entries.size();
    }

    private static String hash(String text) {
        return HexFormat.of().formatHex(Sha256.of(text.getBytes(StandardCharsets.UTF_8)));
    }
}
