package dev.secretproviders.provider.vault;

import dev.secretproviders.spi.ProviderId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a provider object says of paths.
 *
 * @param prefix the path that all secrets lie below
 * @param drillPath the canary below the prefix, or null if there is none
 * @param pki the path of the PKI engine, or null if certificates are not issued
 * @param hints unusual settings among the fields, for messages
 */
record VaultObject(
        ProviderId id,
        VaultPath prefix,
        @Nullable String drillPath,
        @Nullable VaultPath pki,
        List<String> hints) {
    VaultObject {
        hints = List.copyOf(hints);
    }
}
