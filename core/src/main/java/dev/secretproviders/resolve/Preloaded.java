package dev.secretproviders.resolve;

import dev.secretproviders.resolve.value.KnownSecret;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The state from an earlier process. References take it over as they are first wanted. It ages while it waits. A secret
 * is forgotten, and its values wiped, once its provider answers about it: only the answer counts from then on. A fetch
 * that fails is no answer.
 *
 * <p>Secrets that no reference uses are forgotten once the consumers were read and the provider answers. The provider can
 * be asked about references that come later. Guarded by the resolver's lock.
 */
final class Preloaded {
    private final Map<ProviderId, Waiting> providers = new HashMap<>();
    /** Providers that have answered. Of these, only secrets that references use are here. */
    private final Set<ProviderId> answering = new HashSet<>();

    private final long since;
    private boolean claimed;
    private boolean claimedByConsumers;

    /** The secrets of one provider that still wait, and how long after its last confirmation one may be used. */
    private record Waiting(Duration limit, Map<SecretPath, KnownSecret> secrets) {}

    /**
     * Holds the state.
     *
     * @param now the time at which its ages are right, by the resolver's ticker
     */
    Preloaded(Map<ProviderId, KnownSecret.OfProvider> providers, long now) {
        providers.forEach(
                (id, known) -> this.providers.put(id, new Waiting(known.limit(), new HashMap<>(known.secrets()))));
        this.since = now;
    }

    /** Returns whether all of it still waits for the first references. */
    boolean waits() {
        return !claimed && !providers.isEmpty();
    }

    /** Notes that an owner named its references. */
    void claimed(String owner, boolean none) {
        claimed |= !none;
        claimedByConsumers |= !none && owner.equals(Resolver.CONSUMERS);
    }

    /**
     * Forgets the secrets of a provider that answers, unless consumers may still need them.
     *
     * @param waits returns whether references use a secret about which the provider has not answered; it is kept
     */
    void answered(ProviderId provider, Predicate<SecretPath> waits) {
        if (claimedByConsumers && providers.containsKey(provider) && answering.add(provider)) {
            List<SecretPath> forgotten =
                    secrets(provider).keySet().stream().filter(waits.negate()).toList();
            forgotten.forEach(path -> forget(provider, path));
        }
    }

    /** Forgets a secret that no reference uses any more, unless consumers may still need it. */
    void unused(ProviderId provider, SecretPath path) {
        if (answering.contains(provider)) {
            forget(provider, path);
        }
    }

    private Map<SecretPath, KnownSecret> secrets(ProviderId provider) {
        Waiting waiting = providers.get(provider);
        return waiting == null ? Map.of() : waiting.secrets();
    }

    /** Forgets one secret: its provider has answered about it, or a version of it was revoked. */
    void forget(ProviderId provider, SecretPath path) {
        Waiting waiting = providers.get(provider);
        KnownSecret forgotten = waiting == null ? null : waiting.secrets().remove(path);
        if (forgotten != null) {
            forgotten.wipe();
        }
    }

    /** Forgets the secrets of a provider. */
    void forget(ProviderId provider) {
        Waiting forgotten = providers.remove(provider);
        if (forgotten != null) {
            forgotten.secrets().values().forEach(KnownSecret::wipe);
        }
    }

    /** Returns what was known of a secret, aged to now; null if nothing was known or it is too old. */
    @Nullable
    KnownSecret of(ProviderId provider, SecretPath path, long now) {
        Waiting waiting = providers.get(provider);
        KnownSecret known = waiting == null ? null : waiting.secrets().get(path);
        if (waiting == null || known == null) {
            return null;
        }
        KnownSecret aged =
                known.after(Duration.ofNanos(now - since)).withoutEnded().within(waiting.limit());
        if (aged == null) {
            forget(provider, path);
        } else if (aged.current() == null && known.current() != null) {
            known.wipe();
            waiting.secrets().put(path, aged);
        }
        return aged;
    }

    /**
     * Returns what a provider's secrets are, and what was known before of secrets that are not among them, or that wait
     * for the provider's answer. Of these, references may have taken over only a part. Secrets that are left out are
     * wiped.
     */
    List<KnownSecret> with(ProviderId provider, List<KnownSecret> known, Predicate<SecretPath> waits, long now) {
        Map<SecretPath, KnownSecret> all = new LinkedHashMap<>();
        known.forEach(secret -> all.put(secret.path(), secret));
        for (SecretPath path : List.copyOf(secrets(provider).keySet())) {
            KnownSecret earlier = all.containsKey(path) && !waits.test(path) ? null : of(provider, path, now);
            if (earlier != null) {
                KnownSecret replaced = all.put(path, earlier.copy());
                if (replaced != null) {
                    replaced.wipe();
                }
            }
        }
        return List.copyOf(all.values());
    }
}
