package dev.secretproviders.auth.basic;

import dev.secretproviders.auth.proof.Proof;
import dev.secretproviders.auth.proof.ProofMaker;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.spi.Secret;
import org.jspecify.annotations.Nullable;

/** Prepares passwords. Thread-safe. */
public final class PasswordProofs implements ProofMaker {

    private final KeyDigester digester;

    /**
     * Creates a maker.
     *
     * @param digester the one that digests the passwords
     */
    public PasswordProofs(KeyDigester digester) {
        this.digester = digester;
    }

    @Override
    public CredentialKind kind() {
        return CredentialKind.BASIC_AUTH;
    }

    @Override
    public Proof make(Credential credential, KeyDigest digest, @Nullable Secret value) {
        return new PasswordProof(digester.salted(digest));
    }
}
