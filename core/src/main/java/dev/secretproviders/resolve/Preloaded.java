package dev.secretproviders.resolve;

import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state from an earlier process, until the first references take it over. It ages while it waits. Guarded by the
 * resolver's lock.
 */
final class Preloaded {
    private final Map<ProviderId, KnownSecret.OfProvider> providers;
    private final long since;

    /**
     * Holds the state.
     *
     * @param now the time at which its ages are right, by the resolver's ticker
     */
    Preloaded(Map<ProviderId, KnownSecret.OfProvider> providers, long now) {
        this.providers = new HashMap<>(providers);
        this.since = now;
    }

    static Preloaded nothing() {
        return new Preloaded(Map.of(), 0);
    }

    boolean isEmpty() {
        return providers.isEmpty();
    }

    /** Drops what was known through a provider that has been replaced. */
    void forget(ProviderId provider) {
        providers.remove(provider);
    }

    /** Returns what was known of a secret, aged to now; null if nothing was known or it is too old. */
    @Nullable
    KnownSecret of(ProviderId provider, SecretPath path, long now) {
        KnownSecret.OfProvider secrets = providers.get(provider);
        KnownSecret known = secrets == null ? null : secrets.secrets().get(path);
        return secrets == null || known == null
                ? null
                : known.after(Duration.ofNanos(now - since)).within(secrets.limit());
    }
}
