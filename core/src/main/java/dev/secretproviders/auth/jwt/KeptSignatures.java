package dev.secretproviders.auth.jwt;

import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Verifies signatures with one implementation. Each thread keeps its {@link Signature} for the next token of the same
 * algorithm. To find the implementation again takes as long as the rest around it.
 *
 * <p>Thread-safe.
 */
final class KeptSignatures {
    /** Those of the Java runtime, which has all algorithms. */
    static final KeptSignatures OF_RUNTIME = new KeptSignatures(null);

    private final @Nullable Provider provider;
    private final ThreadLocal<Map<JwtAlgorithm, Signature>> ofThread =
            ThreadLocal.withInitial(() -> new EnumMap<>(JwtAlgorithm.class));

    /** @param provider the implementation, or null for that which the runtime chooses */
    KeptSignatures(@Nullable Provider provider) {
        this.provider = provider;
    }

    /** Throws an exception if this key cannot be used for the algorithm. */
    void check(JwtAlgorithm algorithm, PublicKey key) throws InvalidKeyException {
        Signature _ = begin(algorithm, key);
    }

    private Signature begin(JwtAlgorithm algorithm, PublicKey key) throws InvalidKeyException {
        // Taken out, so that one which throws is not used again.
        Signature signature = ofThread.get().remove(algorithm);
        if (signature == null) {
            signature = create(algorithm);
        }
        signature.initVerify(key);
        return signature;
    }

    private Signature create(JwtAlgorithm algorithm) {
        String name = algorithm.runtimeName();
        try {
            Signature signature =
                    provider == null ? Signature.getInstance(name) : Signature.getInstance(name, provider);
            AlgorithmParameterSpec parameters = algorithm.parameters();
            if (parameters != null) {
                signature.setParameter(parameters);
            }
            return signature;
        } catch (NoSuchAlgorithmException | InvalidAlgorithmParameterException e) {
            throw new IllegalStateException("there is no " + name, e);
        }
    }

    /** Returns whether the signature is that of these bytes. */
    boolean verify(JwtAlgorithm algorithm, PublicKey key, byte[] bytes, int offset, int length, byte[] presented)
            throws InvalidKeyException, SignatureException {
        Signature signature = begin(algorithm, key);
        signature.update(bytes, offset, length);
        boolean verified = signature.verify(presented);
        if (algorithm.family() != JwtAlgorithm.Family.EDWARDS_CURVE) {
            // One for EdDSA may be bound to the curve of its first key.
            Signature _ = ofThread.get().put(algorithm, signature);
        }
        return verified;
    }
}
