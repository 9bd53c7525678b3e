package dev.secretproviders.resolve.value;

import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one process passes to the next about a secret: digests of its values, and the values that are needed themselves.
 * Times are durations, because the clocks of one process mean nothing to another. Immutable, except that its values can
 * be wiped.
 *
 * @param denial why the manager denies the secret, or null if it does not
 * @param gone whether it was deleted or destroyed, and not found again since
 * @param existed whether it had a value
 * @param age time since the manager last confirmed the current version or the denial
 * @param current the current version, or null for a denial, or if only that it existed is known
 * @param previous versions within their overlap, latest first
 */
public record KnownSecret(
        SecretPath path,
        @Nullable String denial,
        boolean gone,
        boolean existed,
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
     * @param values what is known of its values; the code that made this object wipes them
     */
    public record Version(String id, @Nullable Instant createdAt, Instant fetchedAt, Duration left, HeldValues values) {
        Version after(Duration elapsed) {
            return new Version(id, createdAt, fetchedAt, left.minus(elapsed), values);
        }

        Version copy() {
            return new Version(id, createdAt, fetchedAt, left, values.copy());
        }
    }

    /** Returns the secret with copies of its values. */
    public KnownSecret copy() {
        return new KnownSecret(
                path,
                denial,
                gone,
                existed,
                age,
                current == null ? null : current.copy(),
                previous.stream().map(Version::copy).toList());
    }

    /** Returns whether nothing but that it existed, or was deleted, is known. A reference does not stand for another secret then. */
    public boolean onlyExisted() {
        return denial == null && current == null;
    }

    /** Returns whether it existed and whether it was deleted, and nothing else. */
    public KnownSecret withoutState() {
        return new KnownSecret(path, null, gone, existed || gone, age, null, List.of());
    }

    /** Returns whether one of its values is the hash of a key. */
    public boolean holdsHash() {
        return Stream.concat(Stream.ofNullable(current), previous.stream())
                .flatMap(version -> version.values().parts().values().stream())
                .anyMatch(HeldValue::hash);
    }

    /** Wipes its values; the digests stay. */
    public void wipe() {
        if (current != null) {
            current.values().wipe();
        }
        previous.forEach(version -> version.values().wipe());
    }

    /** Returns the secret with its times advanced by a span in which the manager was not asked. */
    public KnownSecret after(Duration elapsed) {
        return new KnownSecret(
                path,
                denial,
                gone,
                existed,
                age.plus(elapsed),
                current == null ? null : current.after(elapsed),
                previous.stream().map(version -> version.after(elapsed)).toList());
    }

    /** Returns the secret without the versions before the current one that have ended, and wipes those. */
    public KnownSecret withoutEnded() {
        List<Version> lasting =
                previous.stream().filter(version -> version.left().isPositive()).toList();
        previous.stream()
                .filter(version -> !version.left().isPositive())
                .forEach(version -> version.values().wipe());
        return lasting.size() == previous.size()
                ? this
                : new KnownSecret(path, denial, gone, existed, age, current, lasting);
    }

    /**
     * Returns the secret with its use limited to a time since its last confirmation. Once that time is over, only that it
     * existed stays known; null if it did not. A deleted or destroyed secret stays so.
     */
    public @Nullable KnownSecret within(Duration limit) {
        Duration rest = limit.minus(age);
        if (gone || onlyExisted()) {
            return this;
        }
        if (!rest.isPositive()) {
            return existed ? withoutState() : null;
        }
        return current == null || current.left().compareTo(rest) <= 0
                ? this
                : new KnownSecret(
                        path,
                        denial,
                        false,
                        existed,
                        age,
                        current.after(current.left().minus(rest)),
                        previous);
    }
}
