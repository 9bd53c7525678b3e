package dev.secretproviders.snapshot;

import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.value.KnownSecret;
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
 * @param secrets the secrets to take over, and those of which only stays known that they existed
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
            if (provider == null) {
                changedProvider += secrets.size();
                secrets.forEach(KnownSecret::wipe);
                continue;
            }
            boolean same = provider.fingerprint().equals(saved.getValue().fingerprint());
            Duration staleTtl = provider.policy().staleTtl();
            Duration limit = staleTtl.compareTo(maxAge) < 0 ? staleTtl : maxAge;
            Map<SecretPath, KnownSecret> known = new HashMap<>();
            for (KnownSecret secret : secrets) {
                KnownSecret now = secret.after(elapsed);
                KnownSecret usable = same ? now.within(limit) : null;
                if (usable != null && !usable.onlyExisted()) {
                    known.put(now.path(), now);
                    continue;
                }
                if (!same) {
                    changedProvider++;
                } else if (!now.onlyExisted()) {
                    expired++;
                }
                KnownSecret rest = now.withoutState();
                if (rest.existed()) {
                    // Another secret must not take its place, whatever the manager says now.
                    known.put(rest.path(), rest);
                }
                secret.wipe();
            }
            if (!known.isEmpty()) {
                providers.put(saved.getKey(), new KnownSecret.OfProvider(limit, known));
            }
        }
        return new Takeover(providers, expired, changedProvider);
    }

    /** Returns how many secrets are taken over. */
    int count() {
        return (int) secrets.values().stream()
                .flatMap(provider -> provider.secrets().values().stream())
                .filter(secret -> !secret.onlyExisted())
                .count();
    }
}
