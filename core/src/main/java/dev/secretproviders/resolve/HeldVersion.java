package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.provider.ContentFields;
import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One version of a secret in memory: digests of all its fields, and the time until which they may be used. All fields
 * of a secret change together, because a version is replaced as a whole.
 *
 * <p>Thread-safe: only its times and the manager's name for it change, each of them atomically.
 */
public final class HeldVersion {
    private static final int SHORT = 16;

    private final Map<@Nullable String, KeyDigest> digests;
    /** Fields whose values have fewer than 16 bytes; nothing else about their length is kept. */
    private final Set<@Nullable String> shortFields;

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

    private HeldVersion(
            Origin origin,
            Map<@Nullable String, KeyDigest> digests,
            Set<@Nullable String> shortFields,
            long usableUntil) {
        this.origin = origin;
        this.verifiedAt = origin.fetchedAt();
        this.digests = digests;
        this.shortFields = shortFields;
        this.usableUntil = usableUntil;
    }

    /** Digests a fetched version and wipes its content. */
    static HeldVersion take(SecretVersion fetched, KeyDigester digester, Instant now, long usableUntil) {
        Map<@Nullable String, KeyDigest> digests = new HashMap<>();
        Set<@Nullable String> shortFields = new HashSet<>();
        try (ContentFields fields = ContentFields.of(fetched.content())) {
            fields.forEach((field, value) -> {
                if (canBeKey(value)) {
                    digests.put(field, digester.digest(value));
                    if (value.use(bytes -> bytes.length < SHORT)) {
                        shortFields.add(field);
                    }
                }
            });
        }
        return new HeldVersion(new Origin(fetched.id(), fetched.createdAt(), now), digests, shortFields, usableUntil);
    }

    /** Makes a version from the state of an earlier process. */
    static HeldVersion of(KnownSecret.Version known, Instant verifiedAt, long usableUntil) {
        Map<@Nullable String, KeyDigest> digests = new HashMap<>();
        Set<@Nullable String> shortFields = new HashSet<>();
        known.fields().forEach(field -> {
            digests.put(field.name(), field.digest());
            if (field.shorterThan16()) {
                shortFields.add(field.name());
            }
        });
        Origin origin = new Origin(known.id(), known.createdAt(), known.fetchedAt());
        HeldVersion version = new HeldVersion(origin, digests, shortFields, usableUntil);
        version.verifiedAt = verifiedAt;
        return version;
    }

    /** Returns its state for a later process. */
    KnownSecret.Version known(long now) {
        Origin from = origin;
        List<KnownSecret.Field> fields = digests.entrySet().stream()
                .map(field ->
                        new KnownSecret.Field(field.getKey(), field.getValue(), shortFields.contains(field.getKey())))
                .toList();
        return new KnownSecret.Version(
                from.id(), from.createdAt(), from.fetchedAt(), Duration.ofNanos(usableUntil - now), fields);
    }

    /**
     * Returns whether a value can be a key. An empty value would match an empty header, and a reference never stands
     * for itself.
     */
    private static boolean canBeKey(Secret value) {
        return value.use(bytes -> bytes.length > 0
                && (bytes[0] != '$' || !SecretReference.isReference(new String(bytes, StandardCharsets.UTF_8))));
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

    /** Returns the digest of a field, or of the whole secret for null; null if that value cannot be a key. */
    @Nullable
    KeyDigest digest(@Nullable String field) {
        return digests.get(field);
    }

    /** Returns whether the value of a field, or of the whole secret for null, has fewer than 16 bytes. */
    boolean shorterThan16(@Nullable String field) {
        return shortFields.contains(field);
    }

    boolean sameValues(HeldVersion other) {
        return digests.equals(other.digests);
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
        return "HeldVersion[" + id() + ", " + digests.size() + " values]";
    }
}
