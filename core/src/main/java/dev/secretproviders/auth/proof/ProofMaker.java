package dev.secretproviders.auth.proof;

import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.spi.Secret;
import org.jspecify.annotations.Nullable;

/**
 * Prepares the proofs of one kind of credential. Called by the thread that builds the index, once for each value.
 * Thread-safe.
 */
public interface ProofMaker {

    /** Returns the kind. */
    CredentialKind kind();

    /**
     * Prepares a proof.
     *
     * @param credential the credential, of this kind
     * @param digest the digest of the secret
     * @param value the secret, owned by the caller; null unless the kind is {@linkplain CredentialKind#provenByValue
     *     proven by the value}
     * @throws UnusableException if the secret cannot prove a credential
     */
    Proof make(Credential credential, KeyDigest digest, @Nullable Secret value) throws UnusableException;

    /** A secret cannot prove a credential. The message says why and what to do, and holds nothing of the secret. */
    final class UnusableException extends Exception {
        private static final long serialVersionUID = 1L;

        /** Creates the exception. The message is shown to operators. */
        public UnusableException(String message) {
            super(message);
        }
    }
}
