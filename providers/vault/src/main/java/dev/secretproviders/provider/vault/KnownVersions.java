package dev.secretproviders.provider.vault;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of values that were read, to decide when metadata alone identify a value. At first they do not. Version
 * numbers start again at 1 after {@code vault kv metadata delete}. OpenBao reports the time of creation in whole
 * seconds, so a secret created again within one second looks the same. Once the same value is read again more than that
 * later, any newer version has another time.
 *
 * <p>Holds names of versions, no values. Thread-safe.
 */
final class KnownVersions {
    /** Longer than the one-second resolution of a creation time. */
    static final Duration SETTLES_AFTER = Duration.ofSeconds(2);

    private static final int MOST = 100_000;
    /** A secret in use is fetched more often; a forgotten one costs only one more read of its value. */
    static final Duration FORGOTTEN_AFTER = Duration.ofHours(1);

    private final LongSupplier nanos;
    private final Cache<SecretPath, Known> known;

    /** The metadata of a version. */
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
     * Records that a value was read.
     *
     * @param name identifies the value ({@link VersionName})
     * @param startedAt the value of {@link #now} before the request
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

    /** Returns the metadata as long as this version is the current one; null if they do not identify the value. */
    @Nullable
    Stamp stampOf(SecretPath path, String name) {
        Known before = known.getIfPresent(path);
        return before != null && before.settled() && before.name().equals(name) ? before.stamp() : null;
    }

    long now() {
        return nanos.getAsLong();
    }
}
