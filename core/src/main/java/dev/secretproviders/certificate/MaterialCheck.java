package dev.secretproviders.certificate;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Checks everything about a certificate before it is written: the order and the signatures of the chain, the key, the
 * times, the names, and the strength (RFC 5280, RFC 8446, NIST SP 800-131A).
 */
final class MaterialCheck {
    private static final int LEAST_RSA_BITS = 2048;
    private static final int LEAST_EC_BITS = 256;
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    private static final String ANY_USE = "2.5.29.37.0";
    /** Places in the extension keyUsage. */
    private static final int DIGITAL_SIGNATURE = 0;

    private static final int KEY_CERT_SIGN = 5;

    private final String chainField;
    private final String keyField;
    private final Instant now;
    private final List<CertificateProblem> problems = new ArrayList<>();

    private MaterialCheck(CertificateSource source, Instant now) {
        this.now = now;
        switch (source) {
            case CertificateSource.Pem(var _, var key) -> {
                chainField = CertificateSource.CERTIFICATE;
                keyField = key == null ? CertificateSource.CERTIFICATE : CertificateSource.KEY;
            }
            case CertificateSource.Pkcs12 _ -> {
                chainField = CertificateSource.PKCS12;
                keyField = CertificateSource.PKCS12;
            }
            case CertificateSource.Issuer _ -> {
                chainField = CertificateSource.ISSUER;
                keyField = CertificateSource.ISSUER;
            }
        }
    }

    /** Returns everything that is wrong; empty if the certificate can be written. */
    static List<CertificateProblem> problems(CertificateObject object, Material material, Instant now) {
        MaterialCheck check = new MaterialCheck(object.source(), now);
        check.check(object.snis(), material);
        return List.copyOf(check.problems);
    }

    private void check(List<String> snis, Material material) {
        List<X509Certificate> chain = material.chain();
        key(material);
        for (int i = 0; i < chain.size(); i++) {
            times(chainField, "certificate " + (i + 1), chain.get(i));
            strength(chainField, "certificate " + (i + 1), chain.get(i));
        }
        for (int i = 0; i + 1 < chain.size(); i++) {
            link(i, chain.get(i), chain.get(i + 1));
        }
        uses(material.own());
        names(snis, material.own());
        List<X509Certificate> authorities = material.clientAuthorities();
        for (int i = 0; i < authorities.size(); i++) {
            String which = "certificate " + (i + 1);
            times(CertificateObject.CLIENT_CA, which, authorities.get(i));
            strength(CertificateObject.CLIENT_CA, which, authorities.get(i));
            if (!isAuthority(authorities.get(i))) {
                add(
                        CertificateObject.CLIENT_CA,
                        which + " is not that of an authority (basicConstraints CA:TRUE); write the certificate that"
                                + " signs the clients' certificates");
            }
        }
    }

    private void key(Material material) {
        if (PrivateKeys.arePair(material.key(), material.own().getPublicKey())) {
            return;
        }
        boolean later = material.chain().stream()
                .skip(1)
                .anyMatch(other -> PrivateKeys.arePair(material.key(), other.getPublicKey()));
        if (later) {
            add(chainField, "the certificate of the private key is not the first one; write it first, then its issuer");
        } else {
            add(keyField, "the private key does not belong to the certificate; write the key that it was issued for");
        }
    }

    private void times(String field, String which, X509Certificate certificate) {
        Instant from = certificate.getNotBefore().toInstant();
        Instant until = certificate.getNotAfter().toInstant();
        if (from.isAfter(now)) {
            add(field, which + " is valid from " + from + " on; check the clock, or wait until then");
        }
        if (!until.isAfter(now)) {
            add(field, which + " ended at " + until + "; write a renewed one");
        }
    }

    private void strength(String field, String which, X509Certificate certificate) {
        PublicKey key = certificate.getPublicKey();
        String kind = Material.kind(key);
        boolean weak = switch (key) {
            case RSAKey rsa -> rsa.getModulus().bitLength() < LEAST_RSA_BITS;
            case ECKey ec -> ec.getParams().getCurve().getField().getFieldSize() < LEAST_EC_BITS;
            default -> !kind.equals("EdDSA") && !kind.equals("Ed25519") && !kind.equals("Ed448");
        };
        if (weak) {
            add(
                    field,
                    which + " has a weak key (" + kind + "); use RSA of " + LEAST_RSA_BITS
                            + " bits or more, EC of P-256 or larger, or Ed25519");
        }
        String signature = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
        boolean own = certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
        // A root is trusted by itself, so clients do not look at its signature.
        boolean root = own && isAuthority(certificate);
        if (!root && (signature.startsWith("MD") || signature.startsWith("SHA1"))) {
            add(
                    field,
                    which + " is signed with " + certificate.getSigAlgName()
                            + ", which clients refuse; have it signed with SHA-256 or better");
        }
    }

    private void link(int index, X509Certificate issued, X509Certificate issuer) {
        String above = "certificate " + (index + 2);
        String below = "certificate " + (index + 1);
        if (!issued.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            add(
                    chainField,
                    above + " is not the issuer of " + below
                            + "; write the certificates in order: the server's own, its issuer, the issuer of that, and so on");
            return;
        }
        try {
            issued.verify(issuer.getPublicKey());
        } catch (GeneralSecurityException e) {
            add(
                    chainField,
                    above + " has the name of the issuer of " + below
                            + " but did not sign it; write the issuer's certificate that was in use then");
            return;
        }
        boolean[] use = issuer.getKeyUsage();
        if (!isAuthority(issuer) || (use != null && !use[KEY_CERT_SIGN])) {
            add(
                    chainField,
                    above + " may not issue certificates (basicConstraints, keyUsage); clients refuse the chain");
        } else if (issuer.getBasicConstraints() < index) {
            add(
                    chainField,
                    above + " allows at most " + issuer.getBasicConstraints()
                            + " authorities below it, and the chain has " + index);
        }
    }

    private static boolean isAuthority(X509Certificate certificate) {
        return certificate.getBasicConstraints() >= 0;
    }

    private void uses(X509Certificate own) {
        try {
            List<String> extended = own.getExtendedKeyUsage();
            if (extended != null && !extended.contains(SERVER_AUTH) && !extended.contains(ANY_USE)) {
                add(
                        chainField,
                        "the certificate is not for servers (extendedKeyUsage lacks serverAuth); have it issued"
                                + " for TLS servers");
            }
        } catch (CertificateParsingException e) {
            add(chainField, "the extension extendedKeyUsage of the certificate cannot be read; have it issued again");
        }
        boolean[] use = own.getKeyUsage();
        if (use != null && !use[DIGITAL_SIGNATURE]) {
            add(
                    chainField,
                    "the key of the certificate may not sign (keyUsage lacks digitalSignature), which TLS 1.3"
                            + " needs; have it issued for TLS servers");
        }
    }

    private void names(List<String> snis, X509Certificate own) {
        List<String> names = Material.names(own);
        for (String sni : snis) {
            if (!ServerName.covered(sni, names)) {
                add(
                        "snis",
                        "the certificate does not cover '" + sni + "'; it covers "
                                + (names.isEmpty()
                                        ? "no DNS name (subjectAltName)"
                                        : String.join(", ", names.subList(0, Math.min(5, names.size()))))
                                + ": leave the name out, or have a certificate issued that covers it");
            }
        }
    }

    private void add(String field, String message) {
        problems.add(new CertificateProblem(field, message));
    }
}
