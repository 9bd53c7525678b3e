package dev.secretproviders.auth;

import java.util.OptionalLong;

/** What a key is worth at one moment, whatever the route, to be remembered by who asked. Immutable. */
public sealed interface Verdict {

    /** Returns the number of the {@linkplain IndexChange changes} that it takes into account, up to and with this one. */
    long sequence();

    /**
     * The key is good.
     *
     * @param credential whose it is
     * @param ttlMillis for how long it may be remembered at most; empty if its time does not end by itself
     */
    record Accepted(long sequence, CredentialName credential, OptionalLong ttlMillis) implements Verdict {}

    /**
     * The key is not good.
     *
     * @param reason why not
     * @param ttlMillis for how long that may be remembered at most; empty until the next change
     */
    record Refused(long sequence, Decision.Reason reason, OptionalLong ttlMillis) implements Verdict {}

    /** The key may be good; that cannot be said before all credentials are resolved. */
    record Unavailable(long sequence) implements Verdict {}
}
