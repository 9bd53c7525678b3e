package dev.secretproviders.auth;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.resolve.HeldVersion;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which credential a key belongs to: the immutable table that the request path reads. Built beside it and swapped whole.
 *
 * <p>No key stands in it, only digests. A key that two credentials share is marked as such rather than given to one of them;
 * where one holds it as its current key and another only as the one before its rotation, it is the first one's.
 */
final class CredentialIndex {
    /** Before anything is known: any key may be good. */
    static final CredentialIndex UNKNOWN = unknown();

    private final Map<KeyDigest, Entry> entries;
    private final Map<String, Identity> consumers;
    private final List<Set<Identity>> ambiguities;
    private final int undecided;
    private final long sequence;

    /**
     * One key.
     *
     * @param identity whose it is
     * @param version the resolved version it comes from, which bounds its use; null if it stands in the gateway's configuration
     * @param previous whether it is a version before the current one
     * @param ambiguous whether another credential has the same key, so that it is nobody's
     * @param use to be marked when the key is accepted
     */
    record Entry(
            Identity identity, @Nullable HeldVersion version, boolean previous, boolean ambiguous, CredentialUse use) {
        boolean usableAt(long now) {
            return version == null || version.usableAt(now);
        }
    }

    private CredentialIndex(Builder builder, long sequence) {
        this.entries = builder.entries;
        this.consumers = builder.consumers;
        this.ambiguities = List.copyOf(builder.sharers.values());
        this.undecided = builder.undecided;
        this.sequence = sequence;
    }

    private static CredentialIndex unknown() {
        Builder builder = new Builder();
        builder.undecided();
        return builder.build(0);
    }

    /** Returns the entry of a key, or null if no credential has it. */
    @Nullable
    Entry find(KeyDigest digest) {
        return entries.get(digest);
    }

    /** Returns the identity of a consumer by its name alone, or null if there is no such consumer. */
    @Nullable
    Identity consumer(String username) {
        return consumers.get(username);
    }

    /** Returns how many credentials could not be resolved yet, so that an unknown key may belong to one of them. */
    int undecided() {
        return undecided;
    }

    /** Returns how many keys are somebody's. */
    int size() {
        return entries.size() - ambiguities.size();
    }

    /** Returns the credentials that share a key, for each such key. */
    List<Set<Identity>> ambiguities() {
        return ambiguities;
    }

    /** Returns the number of this index; each one published has a higher number than the one before. */
    long sequence() {
        return sequence;
    }

    /** Collects the entries of one index. */
    static final class Builder {
        private final Map<KeyDigest, Entry> entries = new HashMap<>();
        private final Map<String, Identity> consumers = new HashMap<>();
        /** For each ambiguous entry all who have the key. */
        private final Map<KeyDigest, Set<Identity>> sharers = new HashMap<>();

        private int undecided;

        void consumer(Identity identity) {
            consumers.put(identity.username(), identity);
        }

        void undecided() {
            undecided++;
        }

        void current(KeyDigest digest, Identity identity, @Nullable HeldVersion version, CredentialUse use) {
            add(digest, new Entry(identity, version, false, false, use));
        }

        void previous(KeyDigest digest, Identity identity, HeldVersion version, CredentialUse use) {
            add(digest, new Entry(identity, version, true, false, use));
        }

        private void add(KeyDigest digest, Entry added) {
            Entry other = entries.putIfAbsent(digest, added);
            if (other == null || other.identity().equals(added.identity())) {
                return;
            }
            if (other.previous() != added.previous()) {
                // The current owner is not in doubt: somebody's old key became somebody else's new one.
                if (other.previous()) {
                    entries.put(digest, added);
                    sharers.remove(digest);
                }
                return;
            }
            entries.put(digest, new Entry(other.identity(), null, other.previous(), true, other.use()));
            Set<Identity> all = sharers.computeIfAbsent(digest, key -> new LinkedHashSet<>());
            all.add(other.identity());
            all.add(added.identity());
        }

        CredentialIndex build(long sequence) {
            return new CredentialIndex(this, sequence);
        }
    }
}
