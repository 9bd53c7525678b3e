package dev.secretproviders.auth.route;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Identity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The request of an identified consumer continues, with the identity headers for the upstream. Each accepted request
 * creates one, so it is small.
 */
final class Identified implements Decision.Accept {
    private static final int IDENTITY_HEADERS = 3;

    private final Decision.Reason reason;
    private final Identity identity;
    private final Hidden hidden;
    private final List<String> lookAlikes;

    /**
     * Creates the decision.
     *
     * @param hidden what to hide of the credential, first
     * @param lookAlikes other spellings of the identity headers, to remove
     */
    Identified(Decision.Reason reason, Identity identity, Hidden hidden, List<String> lookAlikes) {
        this.reason = reason;
        this.identity = identity;
        this.hidden = hidden;
        this.lookAlikes = lookAlikes;
    }

    @Override
    public Decision.Reason reason() {
        return reason;
    }

    @Override
    public String consumer() {
        return identity.username();
    }

    @Override
    public int headerCount() {
        return hidden.headers().size() + IDENTITY_HEADERS + lookAlikes.size();
    }

    /**
     * The header to hide comes first, as in native key-auth, so that a route may read its key from an identity header.
     */
    @Override
    public String headerName(int index) {
        int after = index - hidden.headers().size();
        return switch (after) {
            case 0 -> IdentityHeaders.USERNAME;
            case 1 -> IdentityHeaders.CREDENTIAL;
            case 2 -> IdentityHeaders.CUSTOM_ID;
            default -> after < 0 ? hidden.headers().get(index).name() : lookAlikes.get(after - IDENTITY_HEADERS);
        };
    }

    @Override
    public @Nullable String headerValue(int index) {
        int after = index - hidden.headers().size();
        return switch (after) {
            case 0 -> identity.username();
            case 1 -> identity.credentialId();
            case 2 -> identity.customId();
            default -> after < 0 ? hidden.headers().get(index).value() : null;
        };
    }

    @Override
    public List<String> removedArguments() {
        return hidden.arguments();
    }
}
