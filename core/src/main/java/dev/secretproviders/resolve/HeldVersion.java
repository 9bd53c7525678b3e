package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.resolve.value.HeldValue;
import dev.secretproviders.resolve.value.HeldValues;
import dev.secretproviders.resolve.value.KnownSecret;
import dev.secretproviders.resolve.value.Part;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import dev.secretproviders.validity.Validity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One version of a secret in memory: digests of all its fields, the values that references need, and the time until
 * which they may be used. All fields of a secret change together, because a version is replaced as a whole. Values are
 * wiped when the version ends or no reference needs them any more.
 *
 * <p>Thread-safe: only its times, its values and the manager's name for it change, each of them atomically.
 */
public final class HeldVersion {
    private volatile HeldValues values;
    private volatile Origin origin;
    private volatile Instant verifiedAt;
    private volatile long usableUntil;

    /**
     * The versions of one secret in memory, for all references to it.
     *
     * @param current the current version, or null if there is none
     * @param previous earlier versions within their overlap, latest first
     * @param pinned the versions that references pin
     * @param references the references to it
     */
    public record OfSecret(
            @Nullable HeldVersion current,
            List<HeldVersion> previous,
            List<HeldVersion> pinned,
            Set<SecretReference> references) {}

    /** The manager's name of the version and its times; replaced as a whole if the manager renames the same values. */
    private record Origin(String id, @Nullable Instant createdAt, Instant fetchedAt) {}

    private HeldVersion(Origin origin, HeldValues values, long usableUntil) {
        this.origin = origin;
        this.verifiedAt = origin.fetchedAt();
        this.values = values;
        this.usableUntil = usableUntil;
    }

    /**
     * Digests a fetched version and wipes its content.
     *
     * @param needs the parts that references need otherwise than as the digest of a field
     */
    static HeldVersion take(
            SecretVersion fetched, Map<Part, Use> needs, KeyDigester digester, Instant now, long usableUntil) {
        HeldValues values = HeldValues.take(fetched, needs, digester);
        return new HeldVersion(new Origin(fetched.id(), fetched.createdAt(), now), values, usableUntil);
    }

    /** Makes a version from the state of an earlier process, with copies of the values that are needed. */
    static HeldVersion of(KnownSecret.Version known, Map<Part, Use> needs, Instant verifiedAt, long usableUntil) {
        Origin origin = new Origin(known.id(), known.createdAt(), known.fetchedAt());
        HeldVersion version = new HeldVersion(origin, known.values().copy(needs), usableUntil);
        version.verifiedAt = verifiedAt;
        return version;
    }

    /** Returns its state for a later process, with copies of the values. */
    KnownSecret.Version known(long now) {
        Origin from = origin;
        return new KnownSecret.Version(
                from.id(), from.createdAt(), from.fetchedAt(), Duration.ofNanos(usableUntil - now), values.copy());
    }

    /** Returns the provider's id of this version; for comparison, not for display. */
    public String id() {
        return origin.id();
    }

    /** Returns the manager's name of this version, the same on every runner; null if the manager gives none. */
    public @Nullable String name() {
        return ContentDigester.sharedName(origin.id());
    }

    /** Returns when the manager says it was created, or null. */
    public @Nullable Instant createdAt() {
        return origin.createdAt();
    }

    /** Returns when its value was fetched. */
    public Instant fetchedAt() {
        return origin.fetchedAt();
    }

    /** Returns when the manager last confirmed it as the current version. */
    public Instant verifiedAt() {
        return verifiedAt;
    }

    /**
     * Returns whether it may still be used.
     *
     * @param now the resolver's ticker, nanoseconds
     */
    public boolean usableAt(long now) {
        return usableUntil - now > 0;
    }

    /**
     * Returns for how many nanoseconds it may still be used, 0 if no longer. It ends earlier only if its references
     * change, which listeners learn. It may last longer if the manager confirms it meanwhile.
     *
     * @param now the resolver's ticker, nanoseconds
     */
    public long usableFor(long now) {
        return Math.max(0, usableUntil - now);
    }

    /** Returns until when it may be used, by the ticker in nanoseconds. */
    long usableUntil() {
        return usableUntil;
    }

    /** Returns what its fields say about when credentials count that refer to it. */
    public Validity validity() {
        return values.validity();
    }

    /** Returns what is kept of a part; null if the secret has no such part, or it cannot be used. */
    @Nullable
    HeldValue value(Part part) {
        return values.of(part);
    }

    /** Returns why a part has no value, without what the secret holds. */
    String problem(Part part) {
        return values.problem(part);
    }

    /** Returns whether a part has to be fetched again for a use. */
    boolean lacks(Part part, Use use) {
        return values.lacks(part, use);
    }

    boolean sameValues(HeldVersion other) {
        return values.sameAs(other.values);
    }

    /**
     * Takes over what another reading of the same version has in addition; what it does not take over is wiped.
     *
     * @return whether there was anything
     */
    boolean fill(HeldVersion read) {
        HeldValues before = values;
        values = before.with(read.values);
        return !values.equals(before);
    }

    /** Wipes the values that are not needed. */
    void keepOnly(Map<Part, Use> needs) {
        values = values.only(needs);
    }

    /** Wipes all values; the digests stay. */
    void wipe() {
        values.wipe();
    }

    /**
     * Takes over the name of a later version with the same values. This object stays, so an index built from it keeps
     * accepting the unchanged key.
     */
    void renamedTo(HeldVersion later) {
        origin = later.origin;
    }

    void verified(Instant now, long until) {
        verifiedAt = now;
        usableUntil = until;
    }

    /** Sets an end that no later confirmation moves: the end of an overlap, or now. */
    void endAt(long until) {
        usableUntil = until;
    }

    @Override
    public String toString() {
        return "HeldVersion[" + id() + ", " + values + "]";
    }
}
