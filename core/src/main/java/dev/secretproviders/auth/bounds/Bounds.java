package dev.secretproviders.auth.bounds;

import dev.secretproviders.validity.Validity;
import java.util.HashSet;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The moments at which credentials begin or end to count, in milliseconds since 1970. Not thread-safe.
 *
 * @param <C> a credential, compared by {@code equals}
 */
public final class Bounds<C> {
    private final NavigableMap<Long, Set<C>> moments = new TreeMap<>();

    /** Creates bounds of no credential. */
    public Bounds() {}

    /** Adds the moments of a validity of a credential. */
    public void add(C credential, Validity validity) {
        if (validity.begin() != null) {
            add(credential, validity.notBefore());
        }
        if (validity.end() != null) {
            add(credential, validity.expiresAt());
        }
    }

    private void add(C credential, long moment) {
        moments.computeIfAbsent(moment, _ -> new HashSet<>(1)).add(credential);
    }

    /** Removes the moments of a validity of a credential, if they are there. */
    public void remove(C credential, Validity validity) {
        remove(credential, validity.notBefore());
        remove(credential, validity.expiresAt());
    }

    private void remove(C credential, long moment) {
        Set<C> all = moments.get(moment);
        if (all != null && all.remove(credential) && all.isEmpty()) {
            moments.remove(moment);
        }
    }

    boolean isEmpty() {
        return moments.isEmpty();
    }

    /** Returns the first moment after this one; {@link Long#MAX_VALUE} if there is none. */
    long next(long moment) {
        Long next = moments.higherKey(moment);
        return next == null ? Long.MAX_VALUE : next;
    }

    /** Returns whether there is a moment between these two. The clock may have been set back between them. */
    boolean between(long some, long other) {
        return next(Math.min(some, other)) <= Math.max(some, other);
    }

    /** Passes each credential with a moment between these two. */
    void between(long some, long other, Consumer<C> action) {
        moments.subMap(Math.min(some, other), false, Math.max(some, other), true)
                .values()
                .forEach(all -> all.forEach(action));
    }
}
