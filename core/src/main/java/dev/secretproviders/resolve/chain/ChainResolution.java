package dev.secretproviders.resolve.chain;

import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.spi.SecretReference;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides which reference of a chain counts: the first one of which the manager does not say that it never existed. A
 * secret that was revoked, deleted or destroyed, that is too old, or that cannot be asked about, still counts: nothing
 * falls through to another value then.
 */
public final class ChainResolution {
    private ChainResolution() {}

    /**
     * Picks the resolution that counts; that of the last reference if none ever existed.
     *
     * @param resolutions of one moment, from {@link dev.secretproviders.resolve.Resolver#resolutions(java.util.Set)}
     * @return null if a reference is not wanted that would have to be looked at
     */
    public static @Nullable Resolution pick(ReferenceChain chain, Map<SecretReference, Resolution> resolutions) {
        Resolution picked = null;
        for (SecretReference alternative : chain.alternatives()) {
            picked = resolutions.get(alternative);
            if (picked == null || !picked.neverExisted()) {
                return picked;
            }
        }
        return picked;
    }
}
