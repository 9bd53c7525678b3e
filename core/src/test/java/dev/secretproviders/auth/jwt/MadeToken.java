package dev.secretproviders.auth.jwt;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** Tokens that a test signs itself, and keys for them. Key pairs are made once. */
final class MadeToken {
    private static final Map<JwtAlgorithm, KeyPair> PAIRS = new ConcurrentHashMap<>();

    private MadeToken() {}

    static KeyPair pair(JwtAlgorithm algorithm) {
        return PAIRS.computeIfAbsent(algorithm, MadeToken::newPair);
    }

    static KeyPair newPair(JwtAlgorithm algorithm) {
        try {
            KeyPairGenerator generator = switch (algorithm.family()) {
                case RSA, RSA_PSS -> generator("RSA", 2048);
                case ELLIPTIC_CURVE -> KeyPairGenerator.getInstance("EC");
                case EDWARDS_CURVE -> KeyPairGenerator.getInstance("Ed25519");
                case HMAC -> throw new IllegalArgumentException();
            };
            if (algorithm.family() == JwtAlgorithm.Family.ELLIPTIC_CURVE) {
                generator.initialize(new ECGenParameterSpec(
                        switch (algorithm) {
                            case ES256 -> "secp256r1";
                            case ES384 -> "secp384r1";
                            default -> "secp521r1";
                        }));
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPairGenerator generator(String name, int bits) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(name);
        generator.initialize(bits);
        return generator;
    }

    static String pem(PublicKey key) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    static SecretKey secret(String text) {
        return new SecretKeySpec(text.getBytes(StandardCharsets.UTF_8), "HMAC");
    }

    /** Returns a token with the usual header. */
    static String of(JwtAlgorithm algorithm, Key key, String payload) {
        return of(algorithm, key, "{\"typ\":\"JWT\",\"alg\":\"" + algorithm + "\"}", payload);
    }

    /** Returns a token that is signed as this algorithm says, whatever the header says. */
    static String of(JwtAlgorithm algorithm, Key key, String header, String payload) {
        String signed = encode(header) + "." + encode(payload);
        return signed + "." + encode(sign(algorithm, key, signed.getBytes(StandardCharsets.US_ASCII)));
    }

    private static byte[] sign(JwtAlgorithm algorithm, Key key, byte[] input) {
        try {
            if (key instanceof PrivateKey own) {
                Signature signature = Signature.getInstance(algorithm.runtimeName());
                AlgorithmParameterSpec parameters = algorithm.parameters();
                if (parameters != null) {
                    signature.setParameter(parameters);
                }
                signature.initSign(own);
                signature.update(input);
                return signature.sign();
            }
            Mac mac = Mac.getInstance(algorithm.runtimeName());
            mac.init(key);
            return mac.doFinal(input);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static String encode(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8));
    }

    static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
