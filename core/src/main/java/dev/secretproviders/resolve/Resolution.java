package dev.secretproviders.resolve;

import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of resolving a reference at one moment. Immutable; prints no secret.
 *
 * @param reference the reference
 * @param state its state
 * @param path the name at the provider of the secret that it stands for, or null while unknown
 * @param current the current value; null exactly if the state is not {@linkplain ResolutionState#usable() usable}
 * @param previous earlier versions that are still within their overlap, latest first; some may have the current value
 * @param failure why the last attempt failed, or null if it did not
 * @param problem what is wrong, for an operator, or null if nothing is
 * @param neverExisted whether the manager says that there is no such secret, and it had none in the time that this
 *     runner remembers; false if it was revoked, deleted or destroyed
 */
public record Resolution(
        SecretReference reference,
        ResolutionState state,
        @Nullable String path,
        @Nullable ResolvedValue current,
        List<ResolvedValue> previous,
        ProviderException.@Nullable Kind failure,
        @Nullable String problem,
        boolean neverExisted) {
    public Resolution {
        previous = List.copyOf(previous);
    }

    /** Returns the earlier versions with another value than the current one, latest first. */
    public List<ResolvedValue> previousValues() {
        ResolvedValue now = current;
        return now == null || previous.isEmpty()
                ? previous
                : previous.stream()
                        .filter(value -> !value.digest().equals(now.digest()))
                        .toList();
    }

    /** Returns whether there is an answer, or resolving it failed at least once. */
    boolean wasTried() {
        return !state.undecided() || failure != null;
    }

    static Resolution invalid(SecretReference reference, String problem) {
        return new Resolution(reference, ResolutionState.INVALID, null, null, List.of(), null, problem, false);
    }
}
