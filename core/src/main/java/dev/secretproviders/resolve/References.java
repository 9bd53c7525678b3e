package dev.secretproviders.resolve;

import dev.secretproviders.resolve.TrackedReference.Owners;
import dev.secretproviders.resolve.value.KnownSecret;
import dev.secretproviders.resolve.value.Part;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
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
    /** The owners by their numbers. */
    private final List<String> owners = new ArrayList<>();

    private Preloaded preloaded = new Preloaded(Map.of(), 0);

    private DeniedVersions denied = DeniedVersions.NONE;

    References(Lanes lanes, UsableVersions usable, Engine.Clocks clocks) {
        this.lanes = lanes;
        this.usable = usable;
        this.clocks = clocks;
    }

    /** Sets the references that an owner wants. */
    void retain(String owner, Map<SecretReference, Use> references) {
        int number = number(owner);
        for (TrackedReference known : List.copyOf(wanted.values())) {
            if (!references.containsKey(known.reference())) {
                leave(known, number);
            }
        }
        references.forEach((reference, use) -> want(reference, number, use));
        preloaded.claimed(owner, references.isEmpty());
    }

    /** Changes some of the references that an owner wants. */
    void change(String owner, Map<SecretReference, Use> references, Set<SecretReference> unwanted) {
        int number = number(owner);
        for (SecretReference reference : unwanted) {
            TrackedReference known = wanted.get(reference);
            if (known != null) {
                leave(known, number);
            }
        }
        references.forEach((reference, use) -> want(reference, number, use));
        preloaded.claimed(owner, references.isEmpty());
    }

    private void leave(TrackedReference known, int owner) {
        if (!known.owners().remove(owner)) {
            return;
        }
        if (known.owners().none()) {
            wanted.remove(known.reference());
            release(known);
        } else {
            known.entries().forEach(SecretEntry::keepOnlyNeeded);
        }
    }

    private int number(String owner) {
        if (!owners.contains(owner)) {
            if (owners.size() == Owners.MOST) {
                throw new IllegalStateException("too many owners of references: " + owner);
            }
            owners.add(owner);
        }
        return owners.indexOf(owner);
    }

    private void want(SecretReference reference, int owner, Use use) {
        TrackedReference known = wanted.get(reference);
        if (known == null) {
            Owners its = new Owners();
            its.add(owner, use);
            wanted.put(reference, track(reference, its));
            return;
        }
        Use before = known.use();
        known.owners().add(owner, use);
        ProviderLane lane = known.lane();
        if (known.use() != before && lane != null) {
            known.entries().forEach(entry -> {
                entry.keepOnlyNeeded();
                meetNeeds(entry, known, lane);
            });
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

    /** Returns the resolutions of those wanted references that match, as of one moment. */
    List<Resolution> resolutions(Predicate<TrackedReference> which) {
        long now = clocks.now();
        List<Resolution> all = new ArrayList<>();
        for (TrackedReference known : wanted.values()) {
            if (which.test(known)) {
                all.add(known.resolution(now));
            }
        }
        return all;
    }

    /** Returns the resolutions of the wanted ones among these references, as of one moment. */
    Map<SecretReference, Resolution> resolutions(Collection<SecretReference> some) {
        long now = clocks.now();
        Map<SecretReference, Resolution> resolutions = HashMap.newHashMap(some.size());
        for (SecretReference reference : some) {
            TrackedReference known = wanted.get(reference);
            if (known != null) {
                resolutions.put(reference, known.resolution(now));
            }
        }
        return resolutions;
    }

    /** Returns the resolution of each of these references, as of one moment; null for one that is not wanted, and for null. */
    List<@Nullable Resolution> each(List<@Nullable SecretReference> some) {
        long now = clocks.now();
        List<@Nullable Resolution> each = new ArrayList<>(some.size());
        for (SecretReference reference : some) {
            TrackedReference known = reference == null ? null : wanted.get(reference);
            each.add(known == null ? null : known.resolution(now));
        }
        return each;
    }

    /** Returns the resolutions of those wanted references of which an earlier version is still accepted. */
    List<Resolution> overlaps() {
        long now = clocks.now();
        return resolutions(known -> known.overlaps(now));
    }

    /** Returns when each of these references is next fetched; null if it is not wanted, never is, or is being fetched now. */
    List<@Nullable Instant> nextRefreshes(List<SecretReference> some) {
        Instant instant = clocks.instant();
        long now = clocks.now();
        List<@Nullable Instant> all = new ArrayList<>(some.size());
        for (SecretReference reference : some) {
            TrackedReference known = wanted.get(reference);
            all.add(known == null ? null : known.nextRefresh(instant, now));
        }
        return all;
    }

    /** Returns the wanted references to one provider. */
    List<TrackedReference> wantedOf(ProviderId provider) {
        return wanted.values().stream()
                .filter(known -> known.reference().provider().equals(provider))
                .toList();
    }

    /** Replaces each wanted reference to one provider. */
    void replaceWanted(ProviderId provider, Function<TrackedReference, TrackedReference> replacement) {
        wanted.replaceAll(
                (reference, known) -> reference.provider().equals(provider) ? replacement.apply(known) : known);
    }

    /** Resolves each wanted reference to one provider again, since its provider is not in force any more. */
    void trackAgain(ProviderId provider) {
        replaceWanted(provider, known -> {
            release(known);
            return track(known.reference(), known.owners());
        });
    }

    /** Begins to resolve a reference through the provider in force, whether or not the reference is wanted. */
    TrackedReference track(SecretReference reference, Owners its) {
        ProviderLane lane = lanes.get(reference.provider());
        return lane == null
                ? TrackedReference.invalid(
                        reference, "there is no provider '" + reference.provider() + "'; create it", its)
                : track(reference, its, lane);
    }

    /** Begins to resolve a reference through this provider. */
    TrackedReference track(SecretReference reference, Owners its, ProviderLane lane) {
        TrackedReference tracked = read(reference, its, lane);
        tryNextAddresses(tracked);
        return tracked;
    }

    private static TrackedReference read(SecretReference reference, Owners its, ProviderLane lane) {
        try {
            List<SecretAddress> addresses = lane.provider.addresses(reference);
            return addresses.isEmpty()
                    ? TrackedReference.invalid(reference, "its path is not valid for the provider", its)
                    : TrackedReference.valid(reference, lane, addresses, its);
        } catch (InvalidReferenceException e) {
            return TrackedReference.invalid(reference, String.valueOf(e.getMessage()), its);
        } catch (RuntimeException e) {
            // One reference that makes a provider throw must not keep the others from being resolved.
            return TrackedReference.invalid(
                    reference, "unexpected " + e.getClass().getName() + " in the provider", its);
        }
    }

    /** Moves a reference to its next address, if its addresses so far do not exist. */
    void tryNextAddresses(TrackedReference tracked) {
        ProviderLane lane = tracked.lane();
        SecretPath path = lane == null ? null : tracked.nextPath();
        while (lane != null && path != null) {
            boolean isNew = lane.existing(path) == null;
            SecretEntry entry = lane.entry(path, clocks.now());
            tracked.lookAt(entry);
            if (isNew && lanes.isInForce(lane)) {
                restore(entry, lane);
            }
            meetNeeds(entry, tracked, lane);
            path = tracked.nextPath();
        }
    }

    /** Fetches a secret at once if its user needs a value that is not in memory. */
    void meetNeeds(SecretEntry entry, TrackedReference user, ProviderLane lane) {
        if (!user.needsMoreThanADigest()) {
            return;
        }
        long now = clocks.now();
        KnownSecret earlier =
                entry.lacks(user) && lanes.isInForce(lane) ? preloaded.of(lane.provider.id(), entry.path, now) : null;
        if (earlier != null) {
            entry.history().fill(earlier, entry.users().needs(), clocks.instant(), now);
        }
        if (entry.lacks(user)) {
            lane.makeDue(entry, now, DueQueue.Urgency.ELEVATED);
        }
    }

    /** Stops resolving a reference; a secret that no other reference uses is forgotten. */
    void release(TrackedReference tracked) {
        ProviderLane lane = tracked.lane();
        if (lane == null) {
            return;
        }
        for (SecretEntry entry : tracked.entries()) {
            Part part = tracked.part(entry);
            entry.users().remove(tracked);
            if (entry.users().isEmpty()) {
                lane.drop(entry);
                if (lanes.isInForce(lane)) {
                    preloaded.unused(lane.provider.id(), entry.path);
                }
                usable.drop(entry.versions());
                entry.history().wipe();
            } else if (entry.history().holds(part)) {
                entry.keepOnlyNeeded();
            }
        }
    }

    void preload(Map<ProviderId, KnownSecret.OfProvider> known) {
        preloaded = new Preloaded(known, clocks.now());
    }

    /** Returns the state from an earlier process, as far as it was not replaced by answers or forgotten. */
    Preloaded preloaded() {
        return preloaded;
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
                    concerned.addAll(entry.users().references());
                }
            }
        }
        return concerned;
    }

    private List<HeldVersion> deny(SecretEntry entry, ProviderLane lane) {
        List<HeldVersion> ended = entry.deny(version -> denialOf(version, entry, lane), clocks.now());
        if (!ended.isEmpty() && lanes.isInForce(lane)) {
            preloaded.forget(lane.provider.id(), entry.path);
        }
        return ended;
    }

    /** Returns why a version is denied, or null if it is not denied. */
    @Nullable
    String denialOf(HeldVersion version, SecretEntry entry, ProviderLane lane) {
        return denied.reason(lane.provider.id(), entry.path.name(), version.id());
    }
}
