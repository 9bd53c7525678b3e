package dev.secretproviders.resolve;

import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an earlier process knew, until the first references are there to take it over. It ages while it waits. Guarded by the
 * resolver's lock.
 */
final class Preloaded {
    private final Map<ProviderId, KnownSecret.OfProvider> providers;
    private final long since;

    /**
     * Holds what was known.
     *
     * @param now the resolver's ticker, at which the ages are right
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

    /** Forgets what was known through a provider that is another one now. */
    void forget(ProviderId provider) {
        providers.remove(provider);
    }

    /** Returns what was known of a secret, as it is now; null if that is nothing, or too old. */
    @Nullable
    KnownSecret of(ProviderId provider, SecretPath path, long now) {
        KnownSecret.OfProvider secrets = providers.get(provider);
        KnownSecret known = secrets == null ? null : secrets.secrets().get(path);
        return secrets == null || known == null
                ? null
                : known.after(Duration.ofNanos(now - since)).within(secrets.limit());
    }
}
