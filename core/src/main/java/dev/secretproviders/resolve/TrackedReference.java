package dev.secretproviders.resolve;

import dev.secretproviders.resolve.value.HeldValue;
import dev.secretproviders.resolve.value.Part;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A reference that is kept resolved, and the secrets it may stand for, likeliest first. It stands for the first one
 * that exists. The next one is used only after the manager said that the ones before it do not exist. Guarded by the
 * resolver's lock.
 */
final class TrackedReference {
    private final SecretReference reference;
    private final @Nullable ProviderLane lane;
    private final List<SecretAddress> addresses;
    /** One for each address tried so far. */
    private final List<SecretEntry> entries = new ArrayList<>();

    private final @Nullable String invalid;
    private final Owners owners;

    /** Who wants a reference, and what for. Each owner has a number below {@link #MOST}. */
    static final class Owners {
        static final int MOST = Integer.SIZE;

        private int all;
        private int ofValue;

        /** Returns one owner that has no name. */
        static Owners of(Use use) {
            Owners one = new Owners();
            one.add(0, use);
            return one;
        }

        void add(int owner, Use use) {
            int bit = 1 << owner;
            all |= bit;
            ofValue = use == Use.VALUE ? ofValue | bit : ofValue & ~bit;
        }

        /** Removes an owner. Returns whether it was one. */
        boolean remove(int owner) {
            int before = all;
            all &= ~(1 << owner);
            ofValue &= ~(1 << owner);
            return all != before;
        }

        boolean none() {
            return all == 0;
        }

        Use use() {
            return ofValue == 0 ? Use.DIGEST : Use.VALUE;
        }
    }

    /** The references that use one secret now. */
    static final class Users {
        private final SecretEntry secret;
        private final Set<TrackedReference> all = new LinkedHashSet<>();

        Users(SecretEntry secret) {
            this.secret = secret;
        }

        private void add(TrackedReference user) {
            all.add(user);
        }

        void remove(TrackedReference user) {
            all.remove(user);
        }

        boolean isEmpty() {
            return all.isEmpty();
        }

        /** Calls {@code action} for each of them. It may change them. */
        void forEach(Consumer<TrackedReference> action) {
            List.copyOf(all).forEach(action);
        }

        Set<SecretReference> references() {
            return all.stream().map(TrackedReference::reference).collect(Collectors.toUnmodifiableSet());
        }

        /** Returns the parts of the secret that they need otherwise than as the digest of a field. */
        Map<Part, Use> needs() {
            Map<Part, Use> needs = new HashMap<>();
            for (TrackedReference user : all) {
                if (user.needsMoreThanADigest()) {
                    needs.merge(user.part(secret), user.use(), (one, other) -> one == Use.VALUE ? one : other);
                }
            }
            return needs;
        }

        /** Returns whether a version has to be fetched again for one of them. */
        boolean lack(HeldVersion version) {
            return all.stream().anyMatch(user -> user.lacks(version, secret));
        }
    }

    private TrackedReference(
            SecretReference reference,
            @Nullable ProviderLane lane,
            List<SecretAddress> addresses,
            @Nullable String invalid,
            Owners owners) {
        this.reference = reference;
        this.lane = lane;
        this.addresses = addresses;
        this.invalid = invalid;
        this.owners = owners;
    }

    static TrackedReference valid(
            SecretReference reference, ProviderLane lane, List<SecretAddress> addresses, Owners owners) {
        return new TrackedReference(reference, lane, addresses, null, owners);
    }

    static TrackedReference invalid(SecretReference reference, String problem, Owners owners) {
        return new TrackedReference(reference, null, List.of(), problem, owners);
    }

    Owners owners() {
        return owners;
    }

    /** Returns what it needs of the values of one of its secrets. */
    Use use() {
        return owners.use();
    }

    /** Returns whether it needs anything but the digest of a field. */
    boolean needsMoreThanADigest() {
        return use() == Use.VALUE || !reference.transforms().isEmpty();
    }

    /** Returns the part of one of its secrets that it stands for. */
    Part part(SecretEntry entry) {
        return new Part(addresses.get(entries.indexOf(entry)).field(), reference.transforms());
    }

    /** Returns whether a version of one of its secrets has to be fetched again for it. */
    boolean lacks(HeldVersion version, SecretEntry entry) {
        return version.lacks(part(entry), use());
    }

    SecretReference reference() {
        return reference;
    }

    /** Returns the provider that resolves it, or null if the reference is invalid. */
    @Nullable
    ProviderLane lane() {
        return lane;
    }

    /** Returns the secrets tried so far. The last one is being fetched; those before it do not exist. */
    List<SecretEntry> entries() {
        return Collections.unmodifiableList(entries);
    }

    /** Returns the secret to try next if all before it do not exist; null if there is none. */
    @Nullable
    SecretPath nextPath() {
        boolean needed = entries.size() < addresses.size() && entries.stream().allMatch(SecretEntry::missing);
        return needed ? addresses.get(entries.size()).path() : null;
    }

    /** Begins to use the secret of {@link #nextPath}. */
    void lookAt(SecretEntry entry) {
        entries.add(entry);
        entry.users().add(this);
    }

    /** Returns whether it has an answer, an attempt failed, or its provider is down so that no answer can come. */
    boolean wasTried(long now) {
        return resolution(now).wasTried() || (lane != null && lane.down());
    }

    /** Returns when its secret is next fetched, or null if it never is or is being fetched now. */
    @Nullable
    Instant nextRefresh(Engine.Clocks clocks) {
        return nextRefresh(clocks.instant(), clocks.now());
    }

    /**
     * Returns what {@link #nextRefresh(Engine.Clocks)} does.
     *
     * @param instant the present by the clock of the day
     * @param now the present by the ticker
     */
    @Nullable
    Instant nextRefresh(Instant instant, long now) {
        if (entries.isEmpty() || entries.getLast().inFlight()) {
            return null;
        }
        return instant.plusNanos(Math.max(0, entries.getLast().due() - now));
    }

    Resolution resolution(long now) {
        if (invalid != null) {
            return Resolution.invalid(reference, invalid);
        }
        SecretEntry entry = meant();
        Part part = part(entry);
        ResolutionState state = entry.state(now);
        HeldVersion current = entry.current(now);
        if (current == null) {
            return without(state, entry, entry.failureKind(), entry.problem());
        }
        HeldValue value = current.value(part);
        if (current.lacks(part, use())) {
            String problem = entry.failureKind() == null ? "its value is being fetched" : entry.problem();
            return without(ResolutionState.LOADING, entry, entry.failureKind(), problem);
        }
        if (value == null) {
            return without(ResolutionState.NEGATIVE, entry, null, current.problem(part));
        }
        return new Resolution(
                reference,
                state,
                entry.path.name(),
                resolved(value, current),
                previous(entry.previous(now), part),
                entry.failureKind(),
                entry.failureKind() == null ? null : entry.problem(),
                false);
    }

    /** Returns the secret that it stands for now. A valid reference has one. */
    private SecretEntry meant() {
        int meant = 0;
        while (meant < entries.size() - 1 && entries.get(meant).missing()) {
            meant++;
        }
        return entries.get(meant);
    }

    /** Returns whether an earlier version of its secret is still accepted; it takes less time than {@link #resolution}. */
    boolean overlaps(long now) {
        return invalid == null && !meant().previous(now).isEmpty();
    }

    private Resolution without(
            ResolutionState state,
            SecretEntry entry,
            ProviderException.@Nullable Kind failure,
            @Nullable String problem) {
        boolean neverExisted =
                state == ResolutionState.NEGATIVE && entries.stream().allMatch(SecretEntry::neverExisted);
        return new Resolution(reference, state, entry.path.name(), null, List.of(), failure, problem, neverExisted);
    }

    private ResolvedValue resolved(HeldValue value, HeldVersion version) {
        return new ResolvedValue(
                value.digest(), version, value.shorterThan16(), use() == Use.VALUE ? value.value() : null);
    }

    /** Returns the values of earlier versions. */
    private List<ResolvedValue> previous(List<HeldVersion> versions, Part part) {
        return versions.isEmpty()
                ? List.of()
                : versions.stream()
                        .flatMap(version -> {
                            HeldValue earlier = version.value(part);
                            return earlier == null || version.lacks(part, use())
                                    ? Stream.empty()
                                    : Stream.of(resolved(earlier, version));
                        })
                        .toList();
    }
}
