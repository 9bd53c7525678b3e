package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one process tells the next of a secret: digests of its values, never the values. Times are spans, since neither clock of one
 * process means anything to another. Immutable.
 *
 * @param denial why the manager denies it, or null if it does not
 * @param gone whether it denies it because the secret was deleted or destroyed
 * @param age since the manager last confirmed the current version, or the denial
 * @param current the current version, or null for a denial
 * @param previous versions within their overlap, latest first
 */
public record KnownSecret(
        SecretPath path,
        @Nullable String denial,
        boolean gone,
        Duration age,
        @Nullable Version current,
        List<Version> previous) {

    /**
     * The secrets of one provider.
     *
     * @param limit for how long since it was last confirmed a secret counts
     */
    public record OfProvider(Duration limit, Map<SecretPath, KnownSecret> secrets) {
        public OfProvider {
            secrets = Map.copyOf(secrets);
        }
    }

    /**
     * A version of it.
     *
     * @param left for how long it may still be used
     */
    public record Version(
            String id, @Nullable Instant createdAt, Instant fetchedAt, Duration left, List<Field> fields) {
        Version after(Duration elapsed) {
            return new Version(id, createdAt, fetchedAt, left.minus(elapsed), fields);
        }
    }

    /**
     * A field of a version, or the whole value for a null name.
     *
     * @param shorterThan16 whether the value has fewer than 16 bytes
     */
    public record Field(@Nullable String name, KeyDigest digest, boolean shorterThan16) {}

    /** Returns it as it is after some time in which the manager was not asked. */
    public KnownSecret after(Duration elapsed) {
        return new KnownSecret(
                path,
                denial,
                gone,
                age.plus(elapsed),
                current == null ? null : current.after(elapsed),
                previous.stream().map(version -> version.after(elapsed)).toList());
    }

    /**
     * Returns it with an end at a limit since it was last confirmed, or null if that is over. A secret that was deleted or
     * destroyed stays so.
     */
    public @Nullable KnownSecret within(Duration limit) {
        Duration rest = limit.minus(age);
        if (gone) {
            return this;
        }
        if (!rest.isPositive()) {
            return null;
        }
        return current == null || current.left().compareTo(rest) <= 0
                ? this
                : new KnownSecret(
                        path, denial, false, age, current.after(current.left().minus(rest)), previous);
    }
}
