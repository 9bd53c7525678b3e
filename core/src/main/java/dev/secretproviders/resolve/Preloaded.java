package dev.secretproviders.resolve;

import dev.secretproviders.resolve.value.KnownSecret;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The state from an earlier process. References take it over as they are first wanted. It ages while it waits. A secret
 * is forgotten, and its values wiped, once its provider answers about it: only the answer counts from then on. Secrets
 * that no reference names are forgotten once the consumers were read and the provider answers: it can be asked about
 * references that come later. A fetch that fails is no answer. Guarded by the resolver's lock.
 */
final class Preloaded {
    private final Map<ProviderId, Waiting> providers = new HashMap<>();
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
     * @param unanswered returns whether the provider was asked about a secret and has not answered; it is kept
     */
    void answered(ProviderId provider, Predicate<SecretPath> unanswered) {
        Waiting secrets = providers.get(provider);
        if (claimedByConsumers && secrets != null) {
            List<SecretPath> forgotten = secrets.secrets().keySet().stream()
                    .filter(unanswered.negate())
                    .toList();
            forgotten.forEach(path -> answered(provider, path));
        }
    }

    /** Forgets one secret, because its provider has answered about it. */
    void answered(ProviderId provider, SecretPath path) {
        Waiting secrets = providers.get(provider);
        KnownSecret forgotten = secrets == null ? null : secrets.secrets().remove(path);
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
        Waiting secrets = providers.get(provider);
        KnownSecret known = secrets == null ? null : secrets.secrets().get(path);
        return secrets == null || known == null ? null : aged(known, secrets, now);
    }

    private @Nullable KnownSecret aged(KnownSecret known, Waiting secrets, long now) {
        return known.after(Duration.ofNanos(now - since)).within(secrets.limit());
    }

    /** Returns what a provider's secrets are, and of secrets that it does not name what was known before. */
    List<KnownSecret> with(ProviderId provider, List<KnownSecret> known, long now) {
        Waiting secrets = providers.get(provider);
        if (secrets == null) {
            return known;
        }
        List<KnownSecret> all = new ArrayList<>(known);
        Set<SecretPath> named = new HashSet<>();
        known.forEach(secret -> named.add(secret.path()));
        for (KnownSecret secret : secrets.secrets().values()) {
            KnownSecret aged = named.contains(secret.path()) ? null : aged(secret, secrets, now);
            if (aged != null) {
                all.add(aged.copy());
            }
        }
        return all;
    }
}
