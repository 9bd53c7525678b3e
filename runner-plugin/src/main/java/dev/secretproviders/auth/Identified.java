package dev.secretproviders.auth;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The request of a known consumer goes on, and tells the upstream who it is. One is made for each accepted request, so it is small. */
final class Identified implements Decision.Accept {
    private final Decision.Reason reason;
    private final Identity identity;
    private final @Nullable String hiddenHeader;
    private final List<String> hiddenArguments;
    private final IdentityHeaders.Sent sent;

    /**
     * Creates it.
     *
     * @param hiddenHeader a header to remove first, or null
     * @param sent what the client sent in the headers' place
     */
    Identified(
            Decision.Reason reason,
            Identity identity,
            @Nullable String hiddenHeader,
            List<String> hiddenArguments,
            IdentityHeaders.Sent sent) {
        this.reason = reason;
        this.identity = identity;
        this.hiddenHeader = hiddenHeader;
        this.hiddenArguments = hiddenArguments;
        this.sent = sent;
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
        return (hiddenHeader == null ? 0 : 1)
                + 1
                + (tellsCredential() ? 1 : 0)
                + (tellsCustomId() ? 1 : 0)
                + sent.lookAlikes().size();
    }

    private boolean tellsCredential() {
        return identity.credentialId() != null || sent.credential();
    }

    private boolean tellsCustomId() {
        return identity.customId() != null || sent.customId();
    }

    /** The one to hide comes first, as natively: a route that takes its key from an identity header still tells who it is. */
    @Override
    public String headerName(int index) {
        int left = index;
        if (hiddenHeader != null && left-- == 0) {
            return hiddenHeader;
        }
        if (left-- == 0) {
            return IdentityHeaders.USERNAME;
        }
        if (tellsCredential() && left-- == 0) {
            return IdentityHeaders.CREDENTIAL;
        }
        if (tellsCustomId() && left-- == 0) {
            return IdentityHeaders.CUSTOM_ID;
        }
        return sent.lookAlikes().get(left);
    }

    @Override
    public @Nullable String headerValue(int index) {
        int left = index;
        if (hiddenHeader != null && left-- == 0) {
            return null;
        }
        if (left-- == 0) {
            return identity.username();
        }
        if (tellsCredential() && left-- == 0) {
            return identity.credentialId();
        }
        return tellsCustomId() && left == 0 ? identity.customId() : null;
    }

    @Override
    public List<String> removedArguments() {
        return hiddenArguments;
    }
}
