package dev.secretproviders.auth;

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
    private final @Nullable String hiddenHeader;
    private final List<String> hiddenArguments;
    private final List<String> lookAlikes;

    /**
     * Creates the decision.
     *
     * @param hiddenHeader a header to remove first, or null
     * @param lookAlikes other spellings of the identity headers, to remove
     */
    Identified(
            Decision.Reason reason,
            Identity identity,
            @Nullable String hiddenHeader,
            List<String> hiddenArguments,
            List<String> lookAlikes) {
        this.reason = reason;
        this.identity = identity;
        this.hiddenHeader = hiddenHeader;
        this.hiddenArguments = hiddenArguments;
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
        return hidden() + IDENTITY_HEADERS + lookAlikes.size();
    }

    private int hidden() {
        return hiddenHeader == null ? 0 : 1;
    }

    /**
     * The header to hide comes first, as in native key-auth, so that a route may read its key from an identity header.
     */
    @Override
    public String headerName(int index) {
        return switch (index - hidden()) {
            case -1 -> String.valueOf(hiddenHeader);
            case 0 -> IdentityHeaders.USERNAME;
            case 1 -> IdentityHeaders.CREDENTIAL;
            case 2 -> IdentityHeaders.CUSTOM_ID;
            default -> lookAlikes.get(index - hidden() - IDENTITY_HEADERS);
        };
    }

    @Override
    public @Nullable String headerValue(int index) {
        return switch (index - hidden()) {
            case 0 -> identity.username();
            case 1 -> identity.credentialId();
            case 2 -> identity.customId();
            default -> null;
        };
    }

    @Override
    public List<String> removedArguments() {
        return hiddenArguments;
    }
}
