package dev.secretproviders.auth;

import java.util.OptionalLong;

/** The validity of a key at one moment, independent of the route, for the caller to remember. Immutable. */
public sealed interface Verdict {

    /** Returns the number of the last {@linkplain IndexChange change} that the verdict takes into account. */
    long sequence();

    /**
     * The key is good.
     *
     * @param credential the owner of the key
     * @param ttlMillis for how long the verdict may be remembered at most; empty if it does not expire by itself
     */
    record Accepted(long sequence, CredentialName credential, OptionalLong ttlMillis) implements Verdict {}

    /**
     * The key is not good.
     *
     * @param reason the reason of the refusal
     * @param ttlMillis for how long the verdict may be remembered at most; empty for until the next change
     */
    record Refused(long sequence, Decision.Reason reason, OptionalLong ttlMillis) implements Verdict {}

    /** The key may be good, which is unknown until all credentials are resolved. */
    record Unavailable(long sequence) implements Verdict {}
}
