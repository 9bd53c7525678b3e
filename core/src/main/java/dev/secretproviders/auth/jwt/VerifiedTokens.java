package dev.secretproviders.auth.jwt;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.crypto.KeyDigest;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The signatures that were verified with public keys, so that the next request with the same token need not do it again.
 * A token is remembered by its keyed digest, together with the prepared key that confirmed it: once that key is no longer
 * in use, the entry has no effect. Claims are checked for each request.
 *
 * <p>A token has four places in a table, which its digest chooses. If all are taken, it replaces the token that ends
 * first. So a new token costs no more than a look-up; the bookkeeping of a cache takes longer than reading a token.
 *
 * <p>Thread-safe and lock-free; bounded.
 */
public final class VerifiedTokens {
    private static final int PLACES = 4;
    private static final int MOST = 1 << 16;
    /** A token that never expires is verified again after this time. */
    private static final Duration LONGEST = Duration.ofHours(1);

    private final Ticker ticker;
    private final AtomicReferenceArray<@Nullable Entry> entries;

    /**
     * A verified token.
     *
     * @param end when it is forgotten, by the ticker
     */
    private record Entry(KeyDigest token, JwtVerifier verifier, long end) {}

    /** Creates an empty memory with the clock of the system. */
    public VerifiedTokens() {
        this(Ticker.systemTicker(), MOST);
    }

    /** @param most a power of two, at least four */
    VerifiedTokens(Ticker ticker, int most) {
        this.ticker = ticker;
        this.entries = new AtomicReferenceArray<>(most);
    }

    private int firstPlace(KeyDigest token) {
        return token.hashCode() & (entries.length() - PLACES);
    }

    /** Returns the key that confirmed this token, or null if that is not known. */
    @Nullable
    JwtVerifier of(KeyDigest token) {
        int first = firstPlace(token);
        for (int i = first; i < first + PLACES; i++) {
            Entry entry = entries.getAcquire(i);
            if (entry != null && entry.token().equals(token)) {
                return entry.end() - ticker.read() > 0 ? entry.verifier() : null;
            }
        }
        return null;
    }

    /**
     * Remembers a token.
     *
     * @param valid for how long it is still valid
     */
    void add(KeyDigest token, JwtVerifier verifier, Duration valid) {
        if (!valid.isPositive()) {
            return;
        }
        long now = ticker.read();
        int first = firstPlace(token);
        int place = first;
        long least = Long.MAX_VALUE;
        for (int i = first; i < first + PLACES; i++) {
            Entry entry = entries.getAcquire(i);
            long left = entry == null || entry.token().equals(token) ? Long.MIN_VALUE : entry.end() - now;
            if (left < least) {
                least = left;
                place = i;
            }
        }
        Duration lasts = valid.compareTo(LONGEST) < 0 ? valid : LONGEST;
        entries.setRelease(place, new Entry(token, verifier, now + lasts.toNanos()));
    }

    /** Returns how many tokens are remembered, for tests. */
    long size() {
        long now = ticker.read();
        long size = 0;
        for (int i = 0; i < entries.length(); i++) {
            Entry entry = entries.getAcquire(i);
            size += entry != null && entry.end() - now > 0 ? 1 : 0;
        }
        return size;
    }
}
