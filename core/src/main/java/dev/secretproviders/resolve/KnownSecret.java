package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one process passes to the next about a secret: digests of its values, never the values. Times are durations,
 * because the clocks of one process mean nothing to another. Immutable.
 *
 * @param denial why the manager denies the secret, or null if it does not
 * @param gone whether it is denied because it was deleted or destroyed
 * @param age time since the manager last confirmed the current version or the denial
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
     * @param limit how long after its last confirmation a secret may be used
     */
    public record OfProvider(Duration limit, Map<SecretPath, KnownSecret> secrets) {
        public OfProvider {
            secrets = Map.copyOf(secrets);
        }
    }

    /**
     * One version of the secret.
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
     * A field of a version; a null name stands for the whole value.
     *
     * @param shorterThan16 whether the value has fewer than 16 bytes
     */
    public record Field(@Nullable String name, KeyDigest digest, boolean shorterThan16) {}

    /** Returns the secret with its times advanced by a span in which the manager was not asked. */
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
     * Returns the secret with its use limited to a time since its last confirmation, or null if that time is over. A
     * deleted or destroyed secret stays so.
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
