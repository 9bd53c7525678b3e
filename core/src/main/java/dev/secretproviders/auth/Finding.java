package dev.secretproviders.auth;

/** What a presented key turned out to be: somebody's claim to it that may be used, or why it is nobody's. */
sealed interface Finding permits KeyClaim, Finding.Nobody {

    /** The key is nobody's. */
    enum Nobody implements Finding {
        /** No credential has it. */
        INVALID,
        /** Several credentials have it. */
        AMBIGUOUS,
        /** It may be the key of a credential that could not be resolved yet, or whose value could not be confirmed for too long. */
        UNRESOLVED
    }
}
