package dev.secretproviders.provider.vault;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.secretproviders.provider.SecretPath;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which values were read under which name, to tell when the name of the current version is enough to know its value. It is not at
 * first: a secret may be removed and made anew within the second that its name tells, after it was read. Once a value was read
 * again more than that later, whatever else is made has another name.
 *
 * <p>Holds keyed digests, no values. Thread-safe.
 */
final class KnownVersions {
    /** Longer than the second that a time of creation is exact to. */
    static final Duration SETTLES_AFTER = Duration.ofSeconds(2);

    private static final int MOST = 100_000;

    private final LongSupplier nanos;
    private final Cache<SecretPath, Known> known =
            Caffeine.newBuilder().maximumSize(MOST).build();

    private record Known(String name, String digest, long firstReadAt, boolean settled) {}

    KnownVersions(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * Notes that a value was read.
     *
     * @param startedAt {@link #now} before it was asked for
     * @return whether it is the one that was read under this name before
     */
    boolean read(SecretPath path, String name, String digest, long startedAt) {
        boolean[] same = new boolean[1];
        known.asMap().compute(path, (key, before) -> {
            same[0] = isSame(before, name, digest);
            if (before == null || !same[0]) {
                return new Known(name, digest, now(), false);
            }
            boolean settled = before.settled() || startedAt - before.firstReadAt() >= SETTLES_AFTER.toNanos();
            return new Known(name, digest, before.firstReadAt(), settled);
        });
        return same[0];
    }

    /** Returns whether the value is known if the current version has this name. */
    boolean settled(SecretPath path, String name) {
        Known before = known.getIfPresent(path);
        return before != null && before.settled() && before.name().equals(name);
    }

    long now() {
        return nanos.getAsLong();
    }

    private static boolean isSame(@Nullable Known before, String name, String digest) {
        return before != null && before.name().equals(name) && before.digest().equals(digest);
    }
}
