package dev.secretproviders.dashboard.session;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.token.Authenticator;
import org.jspecify.annotations.Nullable;

/**
 * A log-in with a token of the Admin API. Keeps the token's id only.
 *
 * @param id the token's id
 */
public record TokenIdentity(Authenticator authenticator, String id) implements Identity {
    @Override
    public String key() {
        return "token/" + id;
    }

    @Override
    public @Nullable Caller caller(String address) {
        return authenticator.logInAgain(id, address);
    }

    @Override
    public @Nullable Caller listed(String address) {
        return authenticator.ofToken(id, address);
    }
}
