package dev.secretproviders.auth;

import dev.secretproviders.auth.usage.CredentialName;
import java.util.OptionalLong;

/** The validity of a key or another credential at one moment, independent of the route, for the caller to remember. Immutable. */
public sealed interface Verdict extends Ruling {

    /** Returns the number of the last {@linkplain IndexChange change} that the verdict takes into account. */
    long sequence();

    /**
     * The key is good.
     *
     * @param credential the owner of the key
     * @param ttlMillis for how long the verdict may be remembered at most; empty if it does not expire by itself
     * @param previous whether it is good as a version before the current one
     */
    record Accepted(long sequence, CredentialName credential, OptionalLong ttlMillis, boolean previous)
            implements Verdict {}

    /**
     * The key is not good.
     *
     * @param reason the reason of the refusal
     * @param ttlMillis for how long the verdict may be remembered at most; empty for until the next change
     */
    record Refused(long sequence, Reason reason, OptionalLong ttlMillis) implements Verdict {}

    /** The key may be good, which is unknown until all credentials are resolved. */
    record Unavailable(long sequence) implements Verdict {}

    /** Why a credential is not good, by the names that {@code docs/reference/companion-protocol.md} has in lower case. */
    enum Reason {
        /** No credential has the key, the user name or the key's id, or what proves it is wrong. */
        INVALID_KEY,
        /** Two credentials have it, which are refused both. */
        AMBIGUOUS_KEY,
        /** It is right, but its time is over. */
        EXPIRED,
        /** It is right, but its time has not begun. */
        NOT_YET_VALID,
        /** It is right, but its credential is disabled, or has a validity that cannot be read. */
        DISABLED,
        /** It is unknown while some credentials could not be resolved yet. */
        UNRESOLVED,
        /** The token is no token. */
        MALFORMED_TOKEN,
        /** The token does not name a key. */
        MISSING_KEY_CLAIM,
        /** The algorithm, the signature or a claim of the token is wrong. */
        NOT_VERIFIED,
        /** The signature was used before. */
        REPLAYED
    }
}
