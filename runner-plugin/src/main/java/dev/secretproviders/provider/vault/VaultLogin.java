package dev.secretproviders.provider.vault;

import dev.secretproviders.provider.ProviderFactory.CredentialSource;
import org.jspecify.annotations.Nullable;

/** How a provider comes by a token. Credentials are read anew at each login, so that their rotation is followed. */
sealed interface VaultLogin {

    /** The token is given. */
    record Token(CredentialSource token) implements VaultLogin {}

    /**
     * The AppRole method.
     *
     * @param mount where the method is mounted below {@code auth/}
     * @param secretId null where the role is bound by other means ({@code bind_secret_id=false})
     */
    record AppRole(
            VaultPath mount,
            CredentialSource roleId,
            @Nullable CredentialSource secretId) implements VaultLogin {}
}
