package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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

    private TrackedReference(
            SecretReference reference,
            @Nullable ProviderLane lane,
            List<SecretAddress> addresses,
            @Nullable String invalid) {
        this.reference = reference;
        this.lane = lane;
        this.addresses = addresses;
        this.invalid = invalid;
    }

    static TrackedReference valid(SecretReference reference, ProviderLane lane, List<SecretAddress> addresses) {
        return new TrackedReference(reference, lane, addresses, null);
    }

    static TrackedReference invalid(SecretReference reference, String problem) {
        return new TrackedReference(reference, null, List.of(), problem);
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
        entry.addUser(this);
        entries.add(entry);
    }

    /** Returns whether it has an answer, an attempt failed, or its provider is down so that no answer can come. */
    boolean wasTried(long now) {
        return resolution(now).wasTried() || (lane != null && lane.down());
    }

    /** Returns when its secret is next fetched, or null if it never is or is being fetched now. */
    @Nullable
    Instant nextRefresh(Engine.Clocks clocks) {
        if (entries.isEmpty() || entries.getLast().inFlight()) {
            return null;
        }
        return clocks.instant().plusNanos(Math.max(0, entries.getLast().due() - clocks.now()));
    }

    Resolution resolution(long now) {
        if (invalid != null) {
            return Resolution.invalid(reference, invalid);
        }
        int meant = 0;
        while (meant < entries.size() - 1 && entries.get(meant).missing()) {
            meant++;
        }
        SecretEntry entry = entries.get(meant);
        String field = addresses.get(meant).field();
        ResolutionState state = entry.state(now);
        HeldVersion current = entry.current(now);
        if (current == null) {
            return new Resolution(
                    reference, state, entry.path.name(), null, List.of(), entry.failureKind(), entry.problem());
        }
        KeyDigest digest = current.digest(field);
        if (digest == null) {
            String what = field == null ? "the secret is not one string" : "the secret has no field '" + field + "'";
            return new Resolution(
                    reference,
                    ResolutionState.NEGATIVE,
                    entry.path.name(),
                    null,
                    List.of(),
                    null,
                    what + ", or its value is empty or itself a reference");
        }
        return new Resolution(
                reference,
                state,
                entry.path.name(),
                new ResolvedValue(digest, current, current.shorterThan16(field)),
                previous(entry.previous(now), field, digest),
                entry.failureKind(),
                entry.failureKind() == null ? null : entry.problem());
    }

    /** Returns the values of earlier versions that differ from the current one. */
    private static List<ResolvedValue> previous(List<HeldVersion> versions, @Nullable String field, KeyDigest current) {
        return versions.isEmpty()
                ? List.of()
                : versions.stream()
                        .flatMap(version -> {
                            KeyDigest earlier = version.digest(field);
                            return earlier == null || earlier.equals(current)
                                    ? Stream.empty()
                                    : Stream.of(new ResolvedValue(earlier, version, version.shorterThan16(field)));
                        })
                        .toList();
    }
}
