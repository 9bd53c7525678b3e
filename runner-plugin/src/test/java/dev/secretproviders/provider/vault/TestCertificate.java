package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * A key with a certificate that it signed itself, made for one test.
 *
 * @param store holds both under the alias {@code key}
 */
record TestCertificate(String name, KeyStore store) {
    static final char[] PASSWORD = "changeit".toCharArray();

    /**
     * Makes one for 127.0.0.1 with keytool.
     *
     * @param algorithm as keytool calls it: {@code RSA}, {@code EC}, {@code Ed25519}
     * @param directory where its key store is left
     */
    static TestCertificate create(String name, String algorithm, Path directory) throws Exception {
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

    /** Returns the certificate in PEM. */
    String certificate() throws Exception {
        return pem("CERTIFICATE", store.getCertificate("key").getEncoded());
    }

    /** Writes certificate and key into files and returns the fields of a section {@code tls} that name them. */
    Map<String, String> fields(Path directory) throws Exception {
        return Map.of(
                "cert_file",
                Files.writeString(directory.resolve(name + ".pem"), certificate())
                        .toString(),
                "key_file",
                Files.writeString(
                                directory.resolve(name + ".key"),
                                pem("PRIVATE KEY", store.getKey("key", PASSWORD).getEncoded()))
                        .toString());
    }

    private static String pem(String type, byte[] encoded) {
        return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(encoded) + "\n-----END " + type
                + "-----\n";
    }
}
