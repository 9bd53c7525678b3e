package dev.secretproviders.auth.jwt;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

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

        private final JwtAlgorithm algorithm;
        private final PublicKey key;
        private final int signatureLength;
        private final NativeSignatures natives;
        /** The key for native signatures, since it was needed. */
        private volatile @Nullable PublicKey nativeKey;
        /** Whether native signatures cannot use this key. They have no EdDSA. */
        private volatile boolean onlyByRuntime;

        /**
         * Prepares a public key.
         *
         * @param natives what verifies if it is there; the Java runtime does otherwise
         * @throws InvalidJwtKeyException if the Java runtime refuses this key for the algorithm
         */
        Public(JwtAlgorithm algorithm, PublicKey key, NativeSignatures natives) throws InvalidJwtKeyException {
            this.algorithm = algorithm;
            this.key = key;
            this.signatureLength = signatureLength(key);
            this.natives = natives;
            this.onlyByRuntime = algorithm.family() == JwtAlgorithm.Family.EDWARDS_CURVE;
            try {
                KeptSignatures.OF_RUNTIME.check(algorithm, key);
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

        @Override
        public JwtAlgorithm algorithm() {
            return algorithm;
        }

        @Override
        public boolean verify(byte[] bytes, int offset, int length, byte[] presented) {
            if (presented.length != signatureLength) {
                return false;
            }
            Boolean verified = verifyNatively(bytes, offset, length, presented);
            return verified == null ? verifyByRuntime(bytes, offset, length, presented) : verified;
        }

        /** Returns what the native library says; null if it is not there, or if the Java runtime has to decide. */
        private @Nullable Boolean verifyNatively(byte[] bytes, int offset, int length, byte[] presented) {
            NativeSignatures.Loaded loaded = onlyByRuntime ? null : natives.ifLoaded();
            PublicKey prepared = loaded == null ? null : prepared(loaded);
            if (loaded == null || prepared == null) {
                return null;
            }
            try {
                boolean verified = loaded.signatures().verify(algorithm, prepared, bytes, offset, length, presented);
                if (!verified && algorithm.family() == JwtAlgorithm.Family.RSA) {
                    // The runtime also takes an older form of these signatures, made with the right key.
                    return null;
                }
                return verified;
            } catch (SignatureException | InvalidKeyException | RuntimeException | LinkageError | AssertionError _) {
                // An error if its files were deleted while this process uses them.
                return null;
            }
        }

        private @Nullable PublicKey prepared(NativeSignatures.Loaded loaded) {
            PublicKey prepared = nativeKey;
            if (prepared == null) {
                try {
                    prepared = loaded.key(key);
                    nativeKey = prepared;
                } catch (GeneralSecurityException | RuntimeException | LinkageError | AssertionError _) {
                    onlyByRuntime = true;
                }
            }
            return prepared;
        }

        private boolean verifyByRuntime(byte[] bytes, int offset, int length, byte[] presented) {
            try {
                return KeptSignatures.OF_RUNTIME.verify(algorithm, key, bytes, offset, length, presented);
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
