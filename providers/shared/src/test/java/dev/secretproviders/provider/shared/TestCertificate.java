package dev.secretproviders.provider.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A key and its certificate for 127.0.0.1 that signed itself, made with the JDK's keytool. */
public final class TestCertificate {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final String name;
    private final KeyStore store;

    private TestCertificate(String name, KeyStore store) {
        this.name = name;
        this.store = store;
    }

    /**
     * Makes one.
     *
     * @param directory takes the file that keytool writes
     * @param algorithm as keytool calls it: {@code RSA}, {@code EC}, {@code Ed25519}
     */
    public static TestCertificate create(Path directory, String name, String algorithm) throws Exception {
        Path file = directory.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "key",
                        "-keyalg",
                        algorithm,
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-keystore",
                        file.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD)))
                .redirectErrorStream(true)
                .start();
        String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(output).isZero();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        return new TestCertificate(name, store);
    }

    /** Returns what a server with this certificate listens with; clients must show {@code client}'s unless it is null. */
    public SSLContext serverContext(@Nullable TestCertificate client) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        TrustManager[] trusted = null;
        if (client != null) {
            KeyStore known = KeyStore.getInstance("PKCS12");
            known.load(null, null);
            known.setCertificateEntry("client", client.certificate());
            TrustManagerFactory trusts = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trusts.init(known);
            trusted = trusts.getTrustManagers();
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trusted, null);
        return context;
    }

    /** Returns the certificate. */
    public X509Certificate certificate() throws Exception {
        return (X509Certificate) store.getCertificate("key");
    }

    /** Returns the certificate in PEM. */
    public String certificatePem() throws Exception {
        return pem("CERTIFICATE", certificate().getEncoded());
    }

    /** Returns the private key in PEM, PKCS #8. */
    public String keyPem() throws Exception {
        Key key = store.getKey("key", PASSWORD);
        return pem("PRIVATE KEY", key.getEncoded());
    }

    /** Writes certificate and key into files and returns the fields of a section {@code tls} that name them. */
    public Map<String, String> fields(Path directory) throws Exception {
        return Map.of(
                "cert_file",
                Files.writeString(directory.resolve(name + ".pem"), certificatePem())
                        .toString(),
                "key_file",
                Files.writeString(directory.resolve(name + ".key"), keyPem()).toString());
    }

    private static String pem(String type, byte[] encoded) {
        return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(encoded) + "\n-----END " + type
                + "-----\n";
    }
}
