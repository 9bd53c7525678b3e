package dev.secretproviders.auth.hmac;

import dev.secretproviders.auth.proof.Proof;
import dev.secretproviders.auth.proof.ProofMaker;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.spi.Secret;
import org.jspecify.annotations.Nullable;

/** Prepares the secret keys of {@code hmac-auth}. Thread-safe. */
public final class HmacProofs implements ProofMaker {

    /** Creates a maker. */
    public HmacProofs() {}

    @Override
    public CredentialKind kind() {
        return CredentialKind.HMAC_AUTH;
    }

    @Override
    public Proof make(Credential credential, KeyDigest digest, @Nullable Secret value) throws UnusableException {
        if (value == null) {
            throw new UnusableException("the value is not there, so no signature can be checked");
        }
        byte[] key = value.use(bytes -> bytes.clone());
        if (key.length == 0) {
            throw new UnusableException("the secret key is empty; store a key of at least 16 random bytes");
        }
        return new HmacProof(key);
    }
}
