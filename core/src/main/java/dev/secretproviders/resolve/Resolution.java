package dev.secretproviders.resolve;

import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a reference stands for at one moment. Immutable; holds no secret.
 *
 * @param reference the reference
 * @param state where it stands
 * @param path the secret it was found at, as the provider knows it, or null while unknown
 * @param current the current value; null exactly if the state is not {@linkplain ResolutionState#usable() usable}
 * @param previous versions before it that are still within their overlap, latest first
 * @param failure why the last attempt failed, or null if it did not
 * @param problem what is wrong, to show to an operator, or null if nothing is
 */
public record Resolution(
        SecretReference reference,
        ResolutionState state,
        @Nullable String path,
        @Nullable ResolvedValue current,
        List<ResolvedValue> previous,
        ProviderException.@Nullable Kind failure,
        @Nullable String problem) {
    public Resolution {
        previous = List.copyOf(previous);
    }

    /** Returns whether there is an answer, or an attempt to get one failed. */
    boolean wasTried() {
        return !state.undecided() || failure != null;
    }

    static Resolution invalid(SecretReference reference, String problem) {
        return new Resolution(reference, ResolutionState.INVALID, null, null, List.of(), null, problem);
    }
}
