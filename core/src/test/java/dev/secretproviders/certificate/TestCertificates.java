package dev.secretproviders.certificate;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;
import org.jspecify.annotations.Nullable;

/** Makes certificates of every kind for tests, good and bad. */
public final class TestCertificates {
    private static final AtomicLong SERIAL = new AtomicLong(System.nanoTime());
    private static final Map<String, String> SIGNATURES = Map.of(
            "SHA256withRSA", "1.2.840.113549.1.1.11",
            "SHA1withRSA", "1.2.840.113549.1.1.5",
            "SHA256withECDSA", "1.2.840.10045.4.3.2",
            "Ed25519", "1.3.101.112");
    /** Making RSA keys takes long. */
    private static final Map<String, KeyPair> AUTHORITY_KEYS = new ConcurrentHashMap<>();

    private final String name;
    private final List<String> names = new ArrayList<>();
    private @Nullable Issued issuer;
    private boolean authority;
    private boolean forClients;
    private int depth = -1;
    private String algorithm = "EC";
    private int size = 256;
    private boolean weakSignature;
    private Instant from = Instant.now().minus(Duration.ofDays(1));
    private Instant until = Instant.now().plus(Duration.ofDays(90));
    private @Nullable KeyPair keys;

    private TestCertificates(String name) {
        this.name = name;
    }

    /** A certificate with its private key and the certificates above it. */
    public record Issued(X509Certificate certificate, KeyPair keys, List<X509Certificate> chain) {
        /** Returns the chain as PEM, the own certificate first, without the root. */
        public String pem() {
            List<X509Certificate> without = chain.size() > 1 ? chain.subList(0, chain.size() - 1) : chain;
            return Material.pem(without);
        }

        /** Returns the own certificate as PEM. */
        public String own() {
            return Material.pem(List.of(certificate));
        }

        /** Returns the whole chain as PEM. */
        public String whole() {
            return Material.pem(chain);
        }

        /** Returns the private key as PKCS#8 in PEM. */
        public String key() {
            return new String(
                    PemText.encoded("PRIVATE KEY", keys.getPrivate().getEncoded()), StandardCharsets.US_ASCII);
        }

        /** Returns a part of the key's PEM text that must appear nowhere else. */
        public String canary() {
            return key().lines().toList().get(1).substring(30, 60);
        }

        /** Returns a PKCS#12 file in base64. */
        public String pkcs12(String password) {
            try {
                KeyStore store = KeyStore.getInstance("PKCS12");
                store.load(null, null);
                store.setKeyEntry(
                        "server", keys.getPrivate(), password.toCharArray(), chain.toArray(Certificate[]::new));
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                store.store(out, password.toCharArray());
                return Base64.getMimeEncoder().encodeToString(out.toByteArray());
            } catch (IOException | GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Begins an authority that signs itself. */
    public static TestCertificates authority(String name) {
        TestCertificates made = new TestCertificates(name);
        made.authority = true;
        return made;
    }

    /** Begins the certificate of a server. */
    public static TestCertificates server(String... names) {
        TestCertificates made = new TestCertificates(names.length == 0 ? "nameless" : names[0].replace("*", "any"));
        made.names.addAll(Arrays.asList(names));
        return made;
    }

    /** Returns a certificate for these names from an authority of its own. */
    public static Issued good(String... names) {
        return server(names).by(authority("A root").make()).make();
    }

    public TestCertificates by(Issued authorityAbove) {
        issuer = authorityAbove;
        return this;
    }

    public TestCertificates forClients() {
        forClients = true;
        return this;
    }

    public TestCertificates depth(int below) {
        depth = below;
        return this;
    }

    public TestCertificates rsa(int bits) {
        algorithm = "RSA";
        size = bits;
        return this;
    }

    public TestCertificates ed25519() {
        algorithm = "Ed25519";
        return this;
    }

    public TestCertificates signedWeakly() {
        weakSignature = true;
        return this;
    }

    public TestCertificates valid(Instant since, Instant end) {
        from = since;
        until = end;
        return this;
    }

    public TestCertificates withKeysOf(Issued other) {
        keys = other.keys();
        return this;
    }

    public Issued make() {
        try {
            KeyPair own = keys == null ? pair() : keys;
            PrivateKey signing =
                    issuer == null ? own.getPrivate() : issuer.keys().getPrivate();
            String signature = switch (signing.getAlgorithm()) {
                case "RSA" -> weakSignature ? "SHA1withRSA" : "SHA256withRSA";
                case "EC" -> "SHA256withECDSA";
                default -> "Ed25519";
            };
            AlgorithmIdentifier identifier =
                    new AlgorithmIdentifier(new ASN1ObjectIdentifier(SIGNATURES.get(signature)));
            X500Name subject = new X500Name("CN=" + name);
            V3TBSCertificateGenerator body = new V3TBSCertificateGenerator();
            body.setSerialNumber(new ASN1Integer(BigInteger.valueOf(SERIAL.incrementAndGet())));
            body.setSignature(identifier);
            body.setIssuer(
                    issuer == null
                            ? subject
                            : X500Name.getInstance(issuer.certificate()
                                    .getSubjectX500Principal()
                                    .getEncoded()));
            body.setSubject(subject);
            body.setStartDate(new Time(Date.from(from)));
            body.setEndDate(new Time(Date.from(until)));
            body.setSubjectPublicKeyInfo(
                    SubjectPublicKeyInfo.getInstance(own.getPublic().getEncoded()));
            body.setExtensions(extensions());
            byte[] content = body.generateTBSCertificate().getEncoded("DER");
            Signature signer = Signature.getInstance(signature);
            signer.initSign(signing);
            signer.update(content);
            ASN1EncodableVector parts = new ASN1EncodableVector();
            parts.add(body.generateTBSCertificate());
            parts.add(identifier);
            parts.add(new DERBitString(signer.sign()));
            X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(new DERSequence(parts).getEncoded("DER")));
            List<X509Certificate> chain = new ArrayList<>(List.of(certificate));
            if (issuer != null) {
                chain.addAll(issuer.chain());
            }
            return new Issued(certificate, own, chain);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private KeyPair pair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        if (algorithm.equals("Ed25519")) {
            return generator.generateKeyPair();
        }
        generator.initialize(size);
        if (authority && algorithm.equals("RSA")) {
            return AUTHORITY_KEYS.computeIfAbsent(name + size, absent -> generator.generateKeyPair());
        }
        return generator.generateKeyPair();
    }

    private Extensions extensions() throws IOException {
        List<Extension> all = new ArrayList<>();
        if (authority) {
            all.add(extension(
                    Extension.basicConstraints,
                    (depth < 0 ? new BasicConstraints(true) : new BasicConstraints(depth)).getEncoded()));
            all.add(extension(Extension.keyUsage, new KeyUsage(KeyUsage.keyCertSign).getEncoded()));
        } else {
            all.add(extension(Extension.keyUsage, new KeyUsage(KeyUsage.digitalSignature).getEncoded()));
            all.add(extension(
                    Extension.extendedKeyUsage,
                    new ExtendedKeyUsage(forClients ? KeyPurposeId.id_kp_clientAuth : KeyPurposeId.id_kp_serverAuth)
                            .getEncoded()));
        }
        if (!names.isEmpty()) {
            GeneralName[] general = names.stream()
                    .map(one -> new GeneralName(GeneralName.dNSName, one))
                    .toArray(GeneralName[]::new);
            all.add(extension(Extension.subjectAlternativeName, new GeneralNames(general).getEncoded()));
        }
        return new Extensions(all.toArray(Extension[]::new));
    }

    private static Extension extension(ASN1ObjectIdentifier kind, byte[] content) {
        return new Extension(kind, kind.equals(Extension.basicConstraints), new DEROctetString(content));
    }
}
