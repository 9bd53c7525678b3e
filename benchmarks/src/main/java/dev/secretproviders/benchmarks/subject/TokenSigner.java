package dev.secretproviders.benchmarks.subject;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/** Signs JSON web tokens with a private key that it makes. Those of one signer have one length. Thread-safe. */
public final class TokenSigner {
    private static final int RSA_BITS = 2048;
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final Algorithm algorithm;
    private final KeyPair pair;

    /** The algorithms. */
    public enum Algorithm {
        /** ECDSA on the curve P-256. */
        ES256("SHA256withECDSAinP1363Format"),
        /** RSA with a key of 2048 bits. */
        RS256("SHA256withRSA");

        private final String runtimeName;

        Algorithm(String runtimeName) {
            this.runtimeName = runtimeName;
        }
    }

    private TokenSigner(Algorithm algorithm, KeyPair pair) {
        this.algorithm = algorithm;
        this.pair = pair;
    }

    /** Creates a signer with a new key. */
    public static TokenSigner of(Algorithm algorithm) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm == Algorithm.ES256 ? "EC" : "RSA");
            if (algorithm == Algorithm.ES256) {
                generator.initialize(new ECGenParameterSpec("secp256r1"));
            } else {
                generator.initialize(RSA_BITS);
            }
            return new TokenSigner(algorithm, generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the algorithm's name in tokens. */
    public Algorithm algorithm() {
        return algorithm;
    }

    /** Returns the public key in PEM. */
    String publicKey() {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getEncoder().encodeToString(pair.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    /**
     * Signs a token.
     *
     * @param key the claim {@code key}
     * @param number makes the token differ from others
     */
    public String token(String key, int number) {
        try {
            String signed = unsigned(algorithm.name(), key, number);
            Signature signature = Signature.getInstance(algorithm.runtimeName);
            signature.initSign(pair.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + BASE64.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Verifies the signature of a token as the Java runtime does, without a look at anything else. */
    public boolean verify(byte[] signed, byte[] signature) throws GeneralSecurityException {
        Signature verifying = Signature.getInstance(algorithm.runtimeName);
        verifying.initVerify(pair.getPublic());
        verifying.update(signed);
        return verifying.verify(signature);
    }

    /** Returns header and payload of a token. */
    static String unsigned(String algorithm, String key, int number) {
        return encode("{\"typ\":\"JWT\",\"alg\":\"" + algorithm + "\"}") + "."
                + encode("{\"key\":\"" + key
                        + "\",\"iss\":\"https://issuer.example\",\"jti\":\"%08d\",\"iat\":1750000000,\"exp\":4102444800}"
                                .formatted(number));
    }

    /** Encodes a text or a signature as tokens do. */
    static String encode(String text) {
        return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
