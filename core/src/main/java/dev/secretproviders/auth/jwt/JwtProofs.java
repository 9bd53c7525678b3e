package dev.secretproviders.auth.jwt;

import dev.secretproviders.auth.proof.Proof;
import dev.secretproviders.auth.proof.ProofMaker;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.spi.Secret;
import org.jspecify.annotations.Nullable;

/** Prepares the keys of tokens. Thread-safe. */
public final class JwtProofs implements ProofMaker {
    private final NativeSignatures natives;

    /** Creates a maker. */
    public JwtProofs() {
        this(NativeSignatures.OF_PROCESS);
    }

    JwtProofs(NativeSignatures natives) {
        this.natives = natives;
    }

    @Override
    public CredentialKind kind() {
        return CredentialKind.JWT_AUTH;
    }

    @Override
    public Proof make(Credential credential, KeyDigest digest, @Nullable Secret value) throws UnusableException {
        if (!(credential instanceof Credential.JwtAuth jwt) || value == null) {
            throw new IllegalArgumentException("not a credential of jwt-auth with its value");
        }
        JwtAlgorithm algorithm = JwtAlgorithm.named(jwt.algorithm())
                .orElseThrow(() -> new UnusableException("is for the algorithm '" + jwt.algorithm()
                        + "', which is not known; set algorithm to one of " + JwtAlgorithm.names()));
        try {
            boolean referenced = !jwt.secret().references().isEmpty();
            return new JwtProof(
                    JwtKeys.of(algorithm, value, jwt.base64Secret(), referenced, natives), jwt.graceSeconds());
        } catch (InvalidJwtKeyException e) {
            throw new UnusableException(String.valueOf(e.getMessage()));
        }
    }
}
