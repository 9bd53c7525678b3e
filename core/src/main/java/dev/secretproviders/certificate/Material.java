package dev.secretproviders.certificate;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * What the references of a certificate object stand for. Immutable; prints no key.
 *
 * @param chain the certificates, that of the server first
 * @param key the private key of the first one
 * @param clientAuthorities the authorities of client certificates; empty for no mutual TLS
 */
record Material(List<X509Certificate> chain, PrivateKey key, List<X509Certificate> clientAuthorities) {
    private static final int DNS_NAME = 2;

    Material {
        chain = List.copyOf(chain);
        clientAuthorities = List.copyOf(clientAuthorities);
    }

    /** Returns the certificate of the server. */
    X509Certificate own() {
        return chain.getFirst();
    }

    /** Returns when the first certificate of the chain ends. */
    Instant end() {
        return chain.stream()
                .map(certificate -> certificate.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow();
    }

    /** Returns the DNS names of a certificate. Its common name is none: clients ignore it. */
    static List<String> names(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> all = certificate.getSubjectAlternativeNames();
            if (all != null) {
                for (List<?> one : all) {
                    if (Integer.valueOf(DNS_NAME).equals(one.get(0))) {
                        names.add(String.valueOf(one.get(1)));
                    }
                }
            }
        } catch (CertificateParsingException e) {
            // A certificate whose names cannot be read covers none.
            names.clear();
        }
        return names;
    }

    /** Returns the kind and the size of a key, such as {@code RSA 2048}. */
    static String kind(Key key) {
        return switch (key) {
            case RSAKey rsa -> "RSA " + rsa.getModulus().bitLength();
            case ECKey ec -> "EC " + ec.getParams().getCurve().getField().getFieldSize();
            default -> key.getAlgorithm();
        };
    }

    /** Returns the serial number in lower case, as OpenSSL and Vault write it without separators. */
    static String serial(X509Certificate certificate) {
        BigInteger number = certificate.getSerialNumber();
        return number.toString(16);
    }

    /** Returns certificates as one PEM text. */
    static String pem(List<X509Certificate> certificates) {
        StringBuilder text = new StringBuilder();
        for (X509Certificate certificate : certificates) {
            try {
                text.append(new String(
                        PemText.encoded("CERTIFICATE", certificate.getEncoded()), StandardCharsets.US_ASCII));
            } catch (CertificateEncodingException e) {
                throw new IllegalStateException("a certificate that was read can be written", e);
            }
        }
        return text.toString();
    }

    /** Returns the private key as PKCS#8 in PEM. The caller wipes it. */
    byte[] keyPem() {
        byte[] encoded = key.getEncoded();
        try {
            return PemText.encoded("PRIVATE KEY", encoded);
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    @Override
    public String toString() {
        return "Material[" + own().getSubjectX500Principal() + "]";
    }
}
