package dev.secretproviders.auth.hmac;

import com.github.benmanes.caffeine.cache.Ticker;
import java.util.concurrent.TimeUnit;

/**
 * The signatures that were accepted on routes where a signature counts once. Of each, half of its keyed digest is kept
 * until its window is over. None is dropped earlier: if the memory is full, further signatures cannot be accepted.
 *
 * <p>Thread-safe. Divided into parts, each of which is locked for a few reads and writes of memory.
 */
public final class SeenSignatures {
    /** Some 1,500,000 signatures, in 42 MB. */
    private static final int MOST_SLOTS = 1 << 21;

    private static final int PARTS = 64;

    private final Ticker ticker;
    private final long start;
    private final SeenPart[] parts = new SeenPart[PARTS];

    /** Whether a signature may count. */
    enum Result {
        /** It was not seen within its window, and is remembered now. */
        FIRST,
        /** It was seen within its window. */
        SEEN,
        /** It was not seen, but there is no room to remember it. */
        FULL
    }

    /**
     * Creates an empty memory.
     *
     * @param ticker measures windows, nanoseconds
     */
    public SeenSignatures(Ticker ticker) {
        this(ticker, MOST_SLOTS);
    }

    SeenSignatures(Ticker ticker, int mostSlots) {
        this.ticker = ticker;
        this.start = ticker.read();
        for (int i = 0; i < PARTS; i++) {
            parts[i] = new SeenPart(mostSlots / PARTS);
        }
    }

    /**
     * Remembers a signature unless it is known.
     *
     * @param digest a keyed digest of the signature
     * @param windowSeconds for how long it counts only once
     */
    Result add(long[] digest, long windowSeconds) {
        long now = seconds();
        return parts[(int) (digest[0] >>> 58)].add(digest[0], digest[1], now, now + windowSeconds);
    }

    /** Returns how many signatures are remembered. Some of them may be over. */
    public long size() {
        long size = 0;
        for (SeenPart part : parts) {
            size += part.size();
        }
        return size;
    }

    private long seconds() {
        return TimeUnit.NANOSECONDS.toSeconds(ticker.read() - start) + 1;
    }
}
