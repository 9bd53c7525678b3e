package dev.secretproviders.auth;

/** The result of looking up a key: a credential's valid claim to it, or the reason why there is none. */
sealed interface LookupResult permits KeyClaim, LookupResult.NoMatch {

    /** The reason why no credential's claim to the key is valid. */
    enum NoMatch implements LookupResult {
        /** No credential has it. */
        INVALID,
        /** Several credentials have it. */
        AMBIGUOUS,
        /**
         * The key may belong to a credential that could not be resolved yet, or whose value could not be confirmed for
         * too long.
         */
        UNRESOLVED
    }
}
