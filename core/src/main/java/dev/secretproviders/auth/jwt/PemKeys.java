package dev.secretproviders.auth.jwt;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads public keys in PEM form (RFC 7468): a public key, a certificate, or RSA's own form of a public key. */
final class PemKeys {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\\s]*+)-----END \\1-----");
    private static final String HOW =
            "store the public key that 'openssl pkey -in key.pem -pubout' prints, or a certificate";
    /** The identifier of RSA keys with its empty parameters (RFC 8017, appendix A.1). */
    private static final byte[] RSA_IDENTIFIER = HexFormat.of().parseHex("300d06092a864886f70d0101010500");

    private static final int SEQUENCE = 0x30;
    private static final int BIT_STRING = 0x03;

    private PemKeys() {}

    /** Returns whether the text is a public key or a certificate in PEM form, which is no secret. */
    static boolean isPublic(String text) {
        Matcher block = BLOCK.matcher(text);
        return block.find()
                && (block.group(1).endsWith("PUBLIC KEY") || block.group(1).endsWith("CERTIFICATE"));
    }

    /**
     * Returns the first key of the text.
     *
     * @throws InvalidJwtKeyException if there is none that this algorithm can use
     */
    static PublicKey read(String text, JwtAlgorithm algorithm) throws InvalidJwtKeyException {
        Matcher block = BLOCK.matcher(text);
        while (block.find()) {
            String label = block.group(1);
            if (label.endsWith("PRIVATE KEY")) {
                throw new InvalidJwtKeyException(
                        "holds a private key, which only the issuer of tokens should have; " + HOW);
            }
            byte[] der;
            try {
                der = Base64.getMimeDecoder().decode(block.group(2));
            } catch (IllegalArgumentException e) {
                throw new InvalidJwtKeyException("holds a damaged PEM block; " + HOW);
            }
            switch (label) {
                case "PUBLIC KEY" -> {
                    return check(ofInfo(der, algorithm), algorithm);
                }
                case "RSA PUBLIC KEY" -> {
                    return check(ofInfo(info(der), algorithm), algorithm);
                }
                case "CERTIFICATE" -> {
                    return check(ofCertificate(der), algorithm);
                }
                // Such as the parameters that openssl writes before a key.
                default -> {}
            }
        }
        throw new InvalidJwtKeyException("holds no public key in PEM form; " + HOW);
    }

    private static PublicKey ofCertificate(byte[] der) throws InvalidJwtKeyException {
        try {
            return CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(der))
                    .getPublicKey();
        } catch (CertificateException e) {
            throw new InvalidJwtKeyException("holds a damaged certificate; " + HOW);
        }
    }

    /** Reads a SubjectPublicKeyInfo (RFC 5280). */
    static PublicKey ofInfo(byte[] der, JwtAlgorithm algorithm) throws InvalidJwtKeyException {
        for (String factory : factories(algorithm)) {
            try {
                return KeyFactory.getInstance(factory).generatePublic(new X509EncodedKeySpec(der));
            } catch (InvalidKeySpecException e) {
                // The next factory may know it.
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("this Java runtime has no keys of the kind " + factory, e);
            }
        }
        throw new InvalidJwtKeyException(wrongKind(algorithm));
    }

    private static List<String> factories(JwtAlgorithm algorithm) {
        return switch (algorithm.family()) {
            case RSA -> List.of("RSA");
            // A key may be bound to this padding.
            case RSA_PSS -> List.of("RSA", "RSASSA-PSS");
            case ELLIPTIC_CURVE -> List.of("EC");
            case EDWARDS_CURVE -> List.of("EdDSA");
            case HMAC -> throw new IllegalArgumentException("a secret has no public key");
        };
    }

    private static String wrongKind(JwtAlgorithm algorithm) {
        return "holds no key for " + algorithm + ", which needs " + needed(algorithm)
                + "; set algorithm to that of the key, or store another key";
    }

    private static String needed(JwtAlgorithm algorithm) {
        return switch (algorithm.family()) {
            case RSA, RSA_PSS -> "an RSA key";
            case ELLIPTIC_CURVE ->
                "a key on the curve " + EllipticCurve.of(algorithm).jwkName();
            case EDWARDS_CURVE -> "an Ed25519 or Ed448 key";
            case HMAC -> "a secret";
        };
    }

    /**
     * Returns the key if the algorithm can use it.
     *
     * @throws InvalidJwtKeyException if it is of another kind, or on another curve
     */
    static PublicKey check(PublicKey key, JwtAlgorithm algorithm) throws InvalidJwtKeyException {
        boolean fits = switch (algorithm.family()) {
            case RSA -> key instanceof RSAPublicKey && key.getAlgorithm().equals("RSA");
            case RSA_PSS -> key instanceof RSAPublicKey;
            case ELLIPTIC_CURVE ->
                key instanceof ECPublicKey ec
                        && EllipticCurve.of(algorithm).is(ec.getParams())
                        && EllipticCurve.of(algorithm).contains(ec.getW());
            case EDWARDS_CURVE -> key instanceof EdECPublicKey;
            case HMAC -> false;
        };
        if (!fits) {
            throw new InvalidJwtKeyException(wrongKind(algorithm));
        }
        return key;
    }

    /** Wraps RSA's own form of a public key. */
    private static byte[] info(byte[] rsa) {
        ByteArrayOutputStream bits = new ByteArrayOutputStream();
        // No unused bits at the end.
        bits.write(0);
        bits.writeBytes(rsa);
        ByteArrayOutputStream info = new ByteArrayOutputStream();
        info.writeBytes(RSA_IDENTIFIER);
        info.writeBytes(element(BIT_STRING, bits.toByteArray()));
        return element(SEQUENCE, info.toByteArray());
    }

    private static byte[] element(int tag, byte[] content) {
        ByteArrayOutputStream element = new ByteArrayOutputStream();
        element.write(tag);
        if (content.length < 0x80) {
            element.write(content.length);
        } else {
            // Three bytes of length are enough for every key.
            element.write(0x83);
            element.write(content.length >>> 16);
            element.write(content.length >>> 8);
            element.write(content.length);
        }
        element.writeBytes(content);
        return element.toByteArray();
    }
}
