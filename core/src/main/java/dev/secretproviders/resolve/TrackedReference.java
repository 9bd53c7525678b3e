package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A reference that is kept resolved, and the secrets it may mean, likeliest first. The first one that exists is meant;
 * the next is only looked at once the manager said that the ones before it do not exist. Guarded by the resolver's lock.
 */
final class TrackedReference {
    private final SecretReference reference;
    private final @Nullable ProviderLane lane;
    private final List<SecretAddress> addresses;
    /** One for each address looked at so far. */
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

    /** Returns the provider that it is resolved through, or null if the reference is invalid. */
    @Nullable
    ProviderLane lane() {
        return lane;
    }

    /** Returns the secrets looked at so far. The last one is asked for, those before it do not exist. */
    List<SecretEntry> entries() {
        return Collections.unmodifiableList(entries);
    }

    /** Returns the secret to look at next, because all before it turned out not to exist; null if there is none. */
    @Nullable
    SecretPath nextPath() {
        boolean needed = entries.size() < addresses.size() && entries.stream().allMatch(SecretEntry::missing);
        return needed ? addresses.get(entries.size()).path() : null;
    }

    /** Begins to look at the secret of {@link #nextPath}. */
    void lookAt(SecretEntry entry) {
        entry.addUser(this);
        entries.add(entry);
    }

    /** Returns whether it has an answer, or an attempt at it failed, or its provider is down so that there is none. */
    boolean wasTried(long now) {
        return resolution(now).wasTried() || (lane != null && lane.down());
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
        List<ResolvedValue> previous = entry.previous(now).stream()
                .flatMap(version -> {
                    KeyDigest earlier = version.digest(field);
                    return earlier == null || earlier.equals(digest)
                            ? Stream.empty()
                            : Stream.of(new ResolvedValue(earlier, version, version.shorterThan16(field)));
                })
                .toList();
        return new Resolution(
                reference,
                state,
                entry.path.name(),
                new ResolvedValue(digest, current, current.shorterThan16(field)),
                previous,
                entry.failureKind(),
                entry.failureKind() == null ? null : entry.problem());
    }
}
