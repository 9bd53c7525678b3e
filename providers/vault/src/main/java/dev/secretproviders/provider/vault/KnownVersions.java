package dev.secretproviders.provider.vault;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What metadata said of the values that were read, to tell when metadata alone are enough to know the value. They are not at first: the
 * number starts again at 1 after {@code vault kv metadata delete}, and OpenBao tells the time of creation in whole seconds, so
 * that a secret made anew within one second looks the same. Once the same value was read again more than that later, whatever
 * else is made has another time.
 *
 * <p>Holds names of versions, no values. Thread-safe.
 */
final class KnownVersions {
    /** Longer than the second that a time of creation is exact to. */
    static final Duration SETTLES_AFTER = Duration.ofSeconds(2);

    private static final int MOST = 100_000;
    /** A secret that is in use is asked for more often; what is forgotten costs that its value is read again. */
    static final Duration FORGOTTEN_AFTER = Duration.ofHours(1);

    private final LongSupplier nanos;
    private final Cache<SecretPath, Known> known;

    /** What metadata say of a version. */
    record Stamp(int number, Instant createdAt) {}

    private record Known(String name, Stamp stamp, long firstReadAt, boolean settled) {}

    KnownVersions(LongSupplier nanos) {
        this.nanos = nanos;
        this.known = Caffeine.newBuilder()
                .maximumSize(MOST)
                .expireAfterAccess(FORGOTTEN_AFTER)
                .ticker(nanos::getAsLong)
                .build();
    }

    /**
     * Notes that a value was read.
     *
     * @param name names the value, too ({@link VersionName})
     * @param startedAt {@link #now} before it was asked for
     */
    void read(SecretPath path, String name, Stamp stamp, long startedAt) {
        var _ = known.asMap().compute(path, (key, before) -> {
            if (before == null || !before.name().equals(name) || !before.stamp().equals(stamp)) {
                return new Known(name, stamp, now(), false);
            }
            boolean settled = before.settled() || startedAt - before.firstReadAt() >= SETTLES_AFTER.toNanos();
            return new Known(name, stamp, before.firstReadAt(), settled);
        });
    }

    /** Returns what metadata say as long as the version of this name is the current one; null if they are not enough to know. */
    @Nullable
    Stamp stampOf(SecretPath path, String name) {
        Known before = known.getIfPresent(path);
        return before != null && before.settled() && before.name().equals(name) ? before.stamp() : null;
    }

    long now() {
        return nanos.getAsLong();
    }
}
