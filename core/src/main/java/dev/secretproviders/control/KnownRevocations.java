package dev.secretproviders.control;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The revocations in force, learned from changes of the store that may arrive late, twice and out of order. Not
 * thread-safe.
 */
final class KnownRevocations {
    /**
     * How many deletions are remembered. A late change arrives within seconds of the deletion that overtook it. Without
     * a bound, every withdrawn revocation would stay in memory.
     */
    static final int DELETIONS = 1_000;

    private final Map<String, InForce> inForce = new HashMap<>();
    /** Revisions of the latest deletions, oldest first. */
    private final Map<String, Long> deleted = new LinkedHashMap<>();

    private record InForce(long revision, Revocation revocation) {}

    /**
     * Records the state of a key of the store at a revision, unless a later revision is known.
     *
     * @param revocation null if the key was deleted
     * @return the revocation that this change ended, or null
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

    /** From now on each revision is later than what is known. What is in force stays. */
    void restarted() {
        deleted.clear();
        inForce.replaceAll((_, known) -> new InForce(0, known.revocation()));
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

    /** Returns the keys of the revocations in force. */
    Set<String> keys() {
        return Set.copyOf(inForce.keySet());
    }

    /** Returns how many keys are held in memory. */
    int size() {
        return inForce.size() + deleted.size();
    }
}
