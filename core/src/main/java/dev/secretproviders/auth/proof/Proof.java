package dev.secretproviders.auth.proof;

import org.jspecify.annotations.Nullable;

/**
 * What proves a credential, prepared from one version of its secret before a request needs it. Each kind has its own.
 * Immutable and thread-safe; prints no secret.
 */
public interface Proof {

    /** Returns in what way the secret is weaker than its standard demands, with the remedy; null if it is not. */
    default @Nullable String weakness() {
        return null;
    }
}
