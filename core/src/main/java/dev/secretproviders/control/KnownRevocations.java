package dev.secretproviders.control;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The revocations that are in force, learned from changes of the store that may be told late, twice and out of order. Not
 * thread-safe.
 */
final class KnownRevocations {
    /**
     * How many deletions are remembered. A change that is told late comes within seconds of the deletion that overtook it; without
     * a bound, every revocation that was ever taken back would stay in memory.
     */
    static final int DELETIONS = 1_000;

    private final Map<String, InForce> inForce = new HashMap<>();
    /** Revisions of the latest deletions, the oldest first. */
    private final Map<String, Long> deleted = new LinkedHashMap<>();

    private record InForce(long revision, Revocation revocation) {}

    /**
     * Learns what a key of the store stands for since a revision, unless it is known for a later one.
     *
     * @param revocation null if the key was deleted
     * @return the revocation that this ended, or null
     */
    @Nullable
    Revocation learn(String key, long revision, @Nullable Revocation revocation) {
        InForce before = inForce.get(key);
        Long deletion = deleted.get(key);
        if ((before != null && before.revision() >= revision) || (deletion != null && deletion >= revision)) {
            return null;
        }
        deleted.remove(key);
        if (revocation != null) {
            inForce.put(key, new InForce(revision, revocation));
            return null;
        }
        inForce.remove(key);
        remember(key, revision);
        return before == null ? null : before.revocation();
    }

    private void remember(String key, long revision) {
        deleted.put(key, revision);
        if (deleted.size() > DELETIONS) {
            Iterator<String> oldest = deleted.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    List<Revocation> all() {
        return inForce.values().stream().map(InForce::revocation).toList();
    }

    /** Returns the keys of what is in force. */
    Set<String> keys() {
        return Set.copyOf(inForce.keySet());
    }

    /** Returns how many keys are held in memory. */
    int size() {
        return inForce.size() + deleted.size();
    }
}
