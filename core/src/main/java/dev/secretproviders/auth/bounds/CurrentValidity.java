package dev.secretproviders.auth.bounds;

import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.chain.ChainResolution;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.validity.Validity;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** When credentials count, by their labels and the current versions of their secrets. For views, not for decisions. */
public final class CurrentValidity {
    private CurrentValidity() {}

    /**
     * Returns when a credential counts. Secrets without a usable value say nothing.
     *
     * @param resolutions the resolutions of its references; others and missing ones have no effect
     */
    public static Validity of(Credential credential, Map<SecretReference, Resolution> resolutions) {
        Validity validity = credential.validity();
        CredentialText proof = credential.proof();
        validity = validity.and(of(credential.attribute(), resolutions));
        return proof == null ? validity : validity.and(of(proof, resolutions));
    }

    /**
     * Returns whether each secret of a credential has a usable value. Otherwise the credential does not count, whatever
     * {@link #of} says.
     *
     * @param resolutions the resolutions of its references
     */
    public static boolean isResolved(Credential credential, Map<SecretReference, Resolution> resolutions) {
        CredentialText proof = credential.proof();
        return isResolved(credential.attribute(), resolutions) && (proof == null || isResolved(proof, resolutions));
    }

    private static boolean isResolved(CredentialText text, Map<SecretReference, Resolution> resolutions) {
        return switch (text) {
            case CredentialText.Literal _, CredentialText.LiteralValue _ -> true;
            case CredentialText.Referenced(SecretReference reference) -> current(resolutions.get(reference)) != null;
            case CredentialText.Chained(ReferenceChain chain) ->
                current(ChainResolution.pick(chain, resolutions)) != null;
        };
    }

    private static Validity of(CredentialText text, Map<SecretReference, Resolution> resolutions) {
        return switch (text) {
            case CredentialText.Literal _, CredentialText.LiteralValue _ -> Validity.UNLIMITED;
            case CredentialText.Referenced(SecretReference reference) -> of(resolutions.get(reference));
            case CredentialText.Chained(ReferenceChain chain) -> of(ChainResolution.pick(chain, resolutions));
        };
    }

    private static Validity of(@Nullable Resolution resolution) {
        ResolvedValue current = current(resolution);
        return current == null ? Validity.UNLIMITED : current.version().validity();
    }

    private static @Nullable ResolvedValue current(@Nullable Resolution resolution) {
        return resolution == null ? null : resolution.current();
    }
}
