package dev.secretproviders.auth.route;

import dev.secretproviders.auth.Decision.Refuse;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The refusals of one route that depend on the request in few ways. Equal ones are one object, which is encoded once.
 *
 * <p>Thread-safe; reading takes no lock.
 *
 * @param <K> what a refusal depends on
 */
public final class SharedRefusals<K> {
    /** A request may choose what a refusal depends on, so further ones are not kept. */
    private static final int MOST = 64;

    private final Map<K, Refuse> kept = new ConcurrentHashMap<>();

    /** Creates an empty collection. */
    public SharedRefusals() {}

    /**
     * Returns the refusal of a key.
     *
     * @param made makes it, and always the same for one key
     */
    public Refuse of(K key, Supplier<Refuse> made) {
        Refuse known = kept.get(key);
        if (known != null) {
            return known;
        }
        Refuse refuse = made.get();
        if (kept.size() < MOST) {
            Refuse other = kept.putIfAbsent(key, refuse);
            return other == null ? refuse : other;
        }
        return refuse;
    }
}
