package dev.secretproviders.auth.jwt;

import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Verifies signatures with one key and one algorithm. It is prepared once, when the key is resolved.
 *
 * <p>Thread-safe.
 */
sealed interface JwtVerifier {

    JwtAlgorithm algorithm();

    /**
     * Returns whether the signature is that of these bytes. Does not depend on what the token says about itself.
     *
     * @param signature in the form of RFC 7518, of any length
     */
    boolean verify(byte[] bytes, int offset, int length, byte[] signature);

    /** Returns in what way the key is weaker than RFC 7518 demands, with the remedy; empty if it is not. */
    Optional<String> weakness();

    /** HMAC with a shared secret. Takes about a microsecond, so it may run on an event loop. */
    final class Shared implements JwtVerifier {
        private final JwtAlgorithm algorithm;
        /** Keyed and never updated. A copy of it is cheaper than a new one. */
        private final Mac keyed;

        private final boolean weak;

        /**
         * Prepares a secret.
         *
         * @param secret not empty; still owned by the caller
         */
        Shared(JwtAlgorithm algorithm, byte[] secret) {
            this.algorithm = algorithm;
            weak = secret.length < algorithm.digestBits() / Byte.SIZE;
            try {
                keyed = Mac.getInstance(algorithm.runtimeName());
                keyed.init(new SecretKeySpec(secret, algorithm.runtimeName()));
            } catch (NoSuchAlgorithmException | InvalidKeyException e) {
                throw new IllegalStateException("this Java runtime has no " + algorithm.runtimeName(), e);
            }
        }

        @Override
        public JwtAlgorithm algorithm() {
            return algorithm;
        }

        @Override
        public boolean verify(byte[] bytes, int offset, int length, byte[] signature) {
            try {
                Mac mac = (Mac) keyed.clone();
                mac.update(bytes, offset, length);
                return MessageDigest.isEqual(mac.doFinal(), signature);
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException("an HMAC of this Java runtime cannot be copied", e);
            }
        }

        @Override
        public Optional<String> weakness() {
            int least = algorithm.digestBits() / Byte.SIZE;
            return weak
                    ? Optional.of("the secret has fewer than " + least + " bytes, the least for " + algorithm
                            + " (RFC 7518); store " + least + " random bytes or more")
                    : Optional.empty();
        }
    }

    /** A signature with a public key. Takes up to a millisecond, so it never runs on an event loop. */
    final class Public implements JwtVerifier {
        private static final int LEAST_RSA_BITS = 2048;

        /** To find the runtime's implementation again takes as long as the rest around it. */
        private static final ThreadLocal<Map<JwtAlgorithm, Signature>> OF_THREAD =
                ThreadLocal.withInitial(() -> new EnumMap<>(JwtAlgorithm.class));

        private final JwtAlgorithm algorithm;
        private final PublicKey key;
        private final int signatureLength;

        /**
         * Prepares a public key.
         *
         * @throws InvalidJwtKeyException if the Java runtime refuses this key for the algorithm
         */
        Public(JwtAlgorithm algorithm, PublicKey key) throws InvalidJwtKeyException {
            this.algorithm = algorithm;
            this.key = key;
            this.signatureLength = signatureLength(key);
            try {
                signature();
            } catch (InvalidKeyException e) {
                throw new InvalidJwtKeyException(
                        "holds a key that cannot be used for " + algorithm + "; store another one");
            }
        }

        private static int signatureLength(PublicKey key) {
            return switch (key) {
                case RSAPublicKey rsa -> bytes(rsa.getModulus().bitLength());
                case ECPublicKey ec -> 2 * bytes(ec.getParams().getOrder().bitLength());
                case EdECPublicKey ed -> ed.getParams().getName().equals(NamedParameterSpec.ED448.getName()) ? 114 : 64;
                default -> throw new IllegalArgumentException("a key of another kind: " + key.getAlgorithm());
            };
        }

        private static int bytes(int bits) {
            return (bits + Byte.SIZE - 1) / Byte.SIZE;
        }

        /** Returns the runtime's verification, for this key. */
        private Signature signature() throws InvalidKeyException {
            // Taken out, so that one which throws is not used again.
            Signature signature = OF_THREAD.get().remove(algorithm);
            if (signature == null) {
                signature = newSignature();
            }
            signature.initVerify(key);
            return signature;
        }

        private Signature newSignature() {
            try {
                Signature signature = Signature.getInstance(algorithm.runtimeName());
                AlgorithmParameterSpec parameters = algorithm.parameters();
                if (parameters != null) {
                    signature.setParameter(parameters);
                }
                return signature;
            } catch (NoSuchAlgorithmException | InvalidAlgorithmParameterException e) {
                throw new IllegalStateException("this Java runtime has no " + algorithm.runtimeName(), e);
            }
        }

        @Override
        public JwtAlgorithm algorithm() {
            return algorithm;
        }

        @Override
        public boolean verify(byte[] bytes, int offset, int length, byte[] presented) {
            if (presented.length != signatureLength) {
                return false;
            }
            try {
                Signature signature = signature();
                signature.update(bytes, offset, length);
                boolean verified = signature.verify(presented);
                if (algorithm.family() != JwtAlgorithm.Family.EDWARDS_CURVE) {
                    // One for EdDSA may be bound to the curve of its first key.
                    Signature _ = OF_THREAD.get().put(algorithm, signature);
                }
                return verified;
            } catch (SignatureException e) {
                // Not the form of a signature.
                return false;
            } catch (InvalidKeyException e) {
                throw new IllegalStateException("the key was accepted when it was prepared", e);
            }
        }

        @Override
        public Optional<String> weakness() {
            return key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < LEAST_RSA_BITS
                    ? Optional.of("the RSA key has fewer than " + LEAST_RSA_BITS
                            + " bits (RFC 7518); replace it with one of 2048 bits or more")
                    : Optional.empty();
        }
    }
}
