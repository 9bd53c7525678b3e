package dev.secretproviders.certificate;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.RSAKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Map;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/** Private keys of certificates: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017) and SEC 1 (RFC 5915). No message quotes a key. */
final class PrivateKeys {
    private static final int CHALLENGE = 32;
    private static final Map<String, String> ALGORITHMS = Map.of(
            PKCSObjectIdentifiers.rsaEncryption.getId(),
            "RSA",
            X9ObjectIdentifiers.id_ecPublicKey.getId(),
            "EC",
            "1.3.101.112",
            "Ed25519",
            "1.3.101.113",
            "Ed448");

    private PrivateKeys() {}

    /** Tells our own messages from those of libraries. */
    private static final class UnusableKeyException extends GeneralSecurityException {
        private static final long serialVersionUID = 1L;

        UnusableKeyException(String message) {
            super(message);
        }
    }

    /**
     * Reads the key of a PEM block.
     *
     * @throws InvalidKeyException if it cannot be used; the message says what to do
     */
    static PrivateKey read(PemText.Block block) throws InvalidKeyException {
        if (block.label().equals("ENCRYPTED PRIVATE KEY") || block.content() == null) {
            throw new InvalidKeyException(
                    "the private key is encrypted or not base64; store it as it is, since the secret manager protects"
                            + " it (openssl pkey -in key.pem), or use pkcs12 with a password");
        }
        try {
            return switch (block.label()) {
                case "PRIVATE KEY" -> ofPkcs8(PrivateKeyInfo.getInstance(block.content()));
                case "RSA PRIVATE KEY" ->
                    ofPkcs8(new PrivateKeyInfo(
                            new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                            RSAPrivateKey.getInstance(block.content())));
                case "EC PRIVATE KEY" -> {
                    ECPrivateKey key = ECPrivateKey.getInstance(block.content());
                    yield ofPkcs8(new PrivateKeyInfo(
                            new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, key.getParameters()), key));
                }
                default ->
                    throw new UnusableKeyException("a block '" + label(block) + "' is no private key that can be used;"
                            + " write an RSA, EC or Ed25519 key as PKCS#8 (openssl pkcs8 -topk8 -nocrypt)");
            };
        } catch (UnusableKeyException e) {
            throw new InvalidKeyException(e.getMessage());
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            // Bouncy Castle throws runtime exceptions of many kinds. Dropped, because it may quote the key.
            throw new InvalidKeyException(
                    "the private key cannot be read; check it with openssl pkey -in key.pem -check");
        }
    }

    private static String label(PemText.Block block) {
        return block.label().matches("[A-Z0-9 ]{1,40}") ? block.label() : "of an unknown kind";
    }

    private static PrivateKey ofPkcs8(PrivateKeyInfo info) throws IOException, GeneralSecurityException {
        ASN1ObjectIdentifier algorithm = info.getPrivateKeyAlgorithm().getAlgorithm();
        String name = ALGORITHMS.get(algorithm.getId());
        if (name == null) {
            throw new UnusableKeyException(
                    "keys of the algorithm " + algorithm.getId() + " cannot be used; use RSA, EC or Ed25519");
        }
        return KeyFactory.getInstance(name).generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded("DER")));
    }

    /** Returns whether a private and a public key are a pair: what one signs, the other verifies. */
    static boolean arePair(PrivateKey key, PublicKey other) {
        String signature = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        if (key instanceof RSAKey one
                && other instanceof RSAKey two
                && !one.getModulus().equals(two.getModulus())) {
            return false;
        }
        try {
            byte[] challenge = new byte[CHALLENGE];
            new SecureRandom().nextBytes(challenge);
            Signature signing = Signature.getInstance(signature);
            signing.initSign(key);
            signing.update(challenge);
            byte[] signed = signing.sign();
            Signature verifying = Signature.getInstance(signature);
            verifying.initVerify(other);
            verifying.update(challenge);
            return verifying.verify(signed);
        } catch (GeneralSecurityException e) {
            // Keys of two kinds, or of two curves.
            return false;
        }
    }
}
