package dev.secretproviders.snapshot;

import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.KnownSecret;
import dev.secretproviders.snapshot.Snapshot.SavedProvider;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of a snapshot that is still valid.
 *
 * @param secrets the secrets to take over
 * @param expired how many secrets were not verified for too long
 * @param changedProvider how many secrets belong to a provider that was changed or removed
 */
record Takeover(Map<ProviderId, KnownSecret.OfProvider> secrets, int expired, int changedProvider) {

    /**
     * Checks each secret of a snapshot.
     *
     * @param elapsed the time since the snapshot was written
     * @param maxAge the longest time since a secret was last verified, unless its provider's {@code cache.stale_ttl} is
     *     shorter
     */
    static Takeover of(Snapshot snapshot, ProviderRegistry registry, Duration elapsed, Duration maxAge) {
        Map<ProviderId, KnownSecret.OfProvider> providers = new HashMap<>();
        int expired = 0;
        int changedProvider = 0;
        for (Map.Entry<ProviderId, SavedProvider> saved : snapshot.providers().entrySet()) {
            Registered provider = registry.get(saved.getKey());
            List<KnownSecret> secrets = saved.getValue().secrets();
            if (provider == null
                    || !provider.fingerprint().equals(saved.getValue().fingerprint())) {
                changedProvider += secrets.size();
                continue;
            }
            Duration staleTtl = provider.policy().staleTtl();
            Duration limit = staleTtl.compareTo(maxAge) < 0 ? staleTtl : maxAge;
            Map<SecretPath, KnownSecret> known = new HashMap<>();
            for (KnownSecret secret : secrets) {
                KnownSecret now = secret.after(elapsed);
                if (now.within(limit) != null) {
                    known.put(now.path(), now);
                } else {
                    expired++;
                }
            }
            providers.put(saved.getKey(), new KnownSecret.OfProvider(limit, known));
        }
        return new Takeover(providers, expired, changedProvider);
    }

    /** Returns how many secrets are taken over. */
    int count() {
        return secrets.values().stream()
                .mapToInt(provider -> provider.secrets().size())
                .sum();
    }
}
