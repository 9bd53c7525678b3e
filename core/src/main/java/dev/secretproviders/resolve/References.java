package dev.secretproviders.resolve;

import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The references that are kept resolved, and the initial state of their secrets: what an earlier process knew, without
 * denied versions. Guarded by the resolver's lock.
 */
final class References {
    private final Lanes lanes;
    private final UsableVersions usable;
    private final Engine.Clocks clocks;
    /** In the order in which they were first wanted. */
    private final Map<SecretReference, TrackedReference> wanted = new LinkedHashMap<>();
    /** The state from an earlier process, until the first references take it over. */
    private Preloaded preloaded = Preloaded.nothing();

    private DeniedVersions denied = DeniedVersions.NONE;

    References(Lanes lanes, UsableVersions usable, Engine.Clocks clocks) {
        this.lanes = lanes;
        this.usable = usable;
        this.clocks = clocks;
    }

    /** Sets the references that are wanted. */
    void retain(Set<SecretReference> references) {
        for (SecretReference reference : new HashSet<>(wanted.keySet())) {
            if (!references.contains(reference)) {
                TrackedReference unwanted = wanted.remove(reference);
                if (unwanted != null) {
                    release(unwanted);
                }
            }
        }
        references.forEach(reference -> wanted.computeIfAbsent(reference, this::track));
        if (!references.isEmpty()) {
            preloaded = Preloaded.nothing();
        }
    }

    /** Returns a wanted reference, or null if it is not wanted. */
    @Nullable
    TrackedReference wanted(SecretReference reference) {
        return wanted.get(reference);
    }

    /** Returns the wanted references, in the order in which they were first wanted. */
    Collection<TrackedReference> wanted() {
        return Collections.unmodifiableCollection(wanted.values());
    }

    /** Returns when each wanted reference is next fetched; those that never are, or are being fetched now, are left out. */
    Map<SecretReference, Instant> nextRefreshes() {
        Map<SecretReference, Instant> all = new HashMap<>();
        for (TrackedReference known : wanted.values()) {
            Instant next = known.nextRefresh(clocks);
            if (next != null) {
                all.put(known.reference(), next);
            }
        }
        return all;
    }

    /** Returns the wanted references to one provider. */
    List<SecretReference> wantedOf(ProviderId provider) {
        return wanted.keySet().stream()
                .filter(reference -> reference.provider().equals(provider))
                .toList();
    }

    /** Replaces each wanted reference to one provider. */
    void replaceWanted(ProviderId provider, Function<TrackedReference, TrackedReference> replacement) {
        wanted.replaceAll(
                (reference, known) -> reference.provider().equals(provider) ? replacement.apply(known) : known);
    }

    /** Begins to resolve a reference through the provider in force, whether or not the reference is wanted. */
    TrackedReference track(SecretReference reference) {
        ProviderLane lane = lanes.get(reference.provider());
        return lane == null
                ? TrackedReference.invalid(reference, "there is no provider '" + reference.provider() + "'; create it")
                : track(reference, lane);
    }

    /** Begins to resolve a reference through this provider. */
    TrackedReference track(SecretReference reference, ProviderLane lane) {
        TrackedReference tracked = read(reference, lane);
        tryNextAddresses(tracked);
        return tracked;
    }

    private static TrackedReference read(SecretReference reference, ProviderLane lane) {
        try {
            List<SecretAddress> addresses = lane.provider.addresses(reference);
            return addresses.isEmpty()
                    ? TrackedReference.invalid(reference, "its path is not valid for the provider")
                    : TrackedReference.valid(reference, lane, addresses);
        } catch (InvalidReferenceException e) {
            return TrackedReference.invalid(reference, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // One reference that makes a provider throw must not keep the others from being resolved.
            return TrackedReference.invalid(
                    reference, "unexpected " + e.getClass().getName() + " in the provider");
        }
    }

    /** Moves a reference to its next address, if its addresses so far do not exist. */
    void tryNextAddresses(TrackedReference tracked) {
        ProviderLane lane = tracked.lane();
        SecretPath path = lane == null ? null : tracked.nextPath();
        while (lane != null && path != null) {
            boolean isNew = lane.existing(path) == null;
            SecretEntry entry = lane.entry(path, clocks.now());
            if (isNew && lanes.isInForce(lane)) {
                restore(entry, lane);
            }
            tracked.lookAt(entry);
            path = tracked.nextPath();
        }
    }

    /** Stops resolving a reference; a secret that no other reference uses is forgotten. */
    void release(TrackedReference tracked) {
        ProviderLane lane = tracked.lane();
        if (lane == null) {
            return;
        }
        for (SecretEntry entry : tracked.entries()) {
            entry.removeUser(tracked);
            if (entry.users().isEmpty()) {
                lane.drop(entry);
                usable.drop(entry.versions());
            }
        }
    }

    void preload(Map<ProviderId, KnownSecret.OfProvider> known) {
        preloaded = new Preloaded(known, clocks.now());
    }

    /** Returns whether the state from an earlier process still waits for the first references. */
    boolean hasPreloaded() {
        return !preloaded.isEmpty();
    }

    /** Drops what an earlier process knew through a provider that has been replaced. */
    void forgetPreloaded(ProviderId provider) {
        preloaded.forget(provider);
    }

    private void restore(SecretEntry entry, ProviderLane lane) {
        long now = clocks.now();
        KnownSecret earlier = preloaded.of(lane.provider.id(), entry.path, now);
        if (earlier != null) {
            entry.restore(earlier, clocks.instant(), now);
            var _ = deny(entry, lane);
            usable.holdAll(entry);
        }
    }

    /** Puts denials in force. What they deny ends now. Returns the affected references. */
    Set<SecretReference> deny(DeniedVersions versions) {
        denied = versions;
        Set<SecretReference> concerned = new HashSet<>();
        for (ProviderLane lane : lanes.all()) {
            for (SecretEntry entry : lane.entries()) {
                List<HeldVersion> ended = deny(entry, lane);
                usable.drop(ended);
                if (!ended.isEmpty()) {
                    concerned.addAll(entry.references());
                }
            }
        }
        return concerned;
    }

    private List<HeldVersion> deny(SecretEntry entry, ProviderLane lane) {
        return entry.deny(version -> denialOf(version, entry, lane), clocks.now());
    }

    /** Returns why a version is denied, or null if it is not denied. */
    @Nullable
    String denialOf(HeldVersion version, SecretEntry entry, ProviderLane lane) {
        return denied.reason(lane.provider.id(), entry.path.name(), version.id());
    }

    /**
     * The state from an earlier process, until the first references take it over. It ages while it waits. Guarded by the
     * resolver's lock.
     */
    private static final class Preloaded {
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
}
