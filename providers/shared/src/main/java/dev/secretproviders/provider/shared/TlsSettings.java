package dev.secretproviders.provider.shared;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.RefusedFileException;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldValues;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The trusted authorities and the client certificate of TLS connections, from PEM files. Immutable.
 *
 * @param context null for the Java runtime's own
 * @param trust what {@code context} trusts, for clients that want to be told; null where {@code context} is
 * @param verify whether certificates are checked
 */
public record TlsSettings(
        @Nullable SSLContext context, @Nullable X509TrustManager trust, boolean verify) {
    /** The Java runtime's own. */
    public static final TlsSettings DEFAULT = new TlsSettings(null, null, true);

    private static final Pattern PKCS8 =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    /** Reads {@code ca_file, cert_file, key_file, verify} and the files that they name. */
    public static TlsSettings read(FieldValues values, AllowedFiles files) {
        Collection<? extends Certificate> authorities = certificates(values, TlsFields.CA_FILE, files);
        List<? extends Certificate> chain = List.copyOf(certificates(values, TlsFields.CERT_FILE, files));
        PrivateKey key = privateKey(values, TlsFields.KEY_FILE, files);
        boolean verify = values.flag(TlsFields.VERIFY);
        if (!verify && values.has(TlsFields.CA_FILE)) {
            values.problem(TlsFields.VERIFY, "cannot be false together with ca_file");
        }
        try {
            return create(authorities, chain, key, verify);
        } catch (GeneralSecurityException | IOException e) {
            values.problem(TlsFields.CERT_FILE, "does not fit key_file, or this Java runtime cannot use them");
            return DEFAULT;
        }
    }

    /**
     * Makes them from PEM texts.
     *
     * @param authorities whom to trust, or null for whom the Java runtime trusts
     * @param chain our certificate and those above it, or null for none
     * @param key its private key, PKCS #8 and not encrypted; null for none
     * @throws GeneralSecurityException if one of them is not what it should be; the message is safe to show
     */
    public static TlsSettings ofPem(
            byte @Nullable [] authorities, byte @Nullable [] chain, byte @Nullable [] key, boolean verify)
            throws GeneralSecurityException {
        PrivateKey privateKey = key == null ? null : privateKey(key);
        if (key != null && privateKey == null) {
            throw new GeneralSecurityException(
                    "the client's key is no unencrypted PKCS #8 key; convert it with 'openssl pkcs8 -topk8 -nocrypt'");
        }
        try {
            return create(certificates(authorities), List.copyOf(certificates(chain)), privateKey, verify);
        } catch (GeneralSecurityException | IOException e) {
            throw new GeneralSecurityException("the certificates are no PEM certificates, or do not fit the key");
        }
    }

    private static TlsSettings create(
            Collection<? extends Certificate> authorities,
            List<? extends Certificate> chain,
            @Nullable PrivateKey key,
            boolean verify)
            throws GeneralSecurityException, IOException {
        if (verify && authorities.isEmpty() && key == null) {
            return DEFAULT;
        }
        SSLContext context = SSLContext.getInstance("TLS");
        X509TrustManager trust = verify ? trustManager(authorities) : new TrustEveryone();
        context.init(keyManagers(chain, key), new TrustManager[] {trust}, null);
        return new TlsSettings(context, trust, verify);
    }

    private static KeyManager @Nullable [] keyManagers(List<? extends Certificate> chain, @Nullable PrivateKey key)
            throws GeneralSecurityException, IOException {
        if (key == null || chain.isEmpty()) {
            return null;
        }
        KeyStore store = emptyStore();
        store.setKeyEntry("client", key, new char[0], chain.toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    private static X509TrustManager trustManager(Collection<? extends Certificate> authorities)
            throws GeneralSecurityException, IOException {
        KeyStore store = null;
        if (!authorities.isEmpty()) {
            store = emptyStore();
            int number = 0;
            for (Certificate authority : authorities) {
                store.setCertificateEntry("ca-" + number++, authority);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager found) {
                return found;
            }
        }
        throw new GeneralSecurityException("this Java runtime has no trust manager for X.509");
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static Collection<? extends Certificate> certificates(FieldValues values, Field field, AllowedFiles files) {
        byte[] pem = bytes(values, field, files);
        if (pem == null) {
            return List.of();
        }
        try {
            return certificates(pem);
        } catch (GeneralSecurityException e) {
            values.problem(field, "names a file without PEM certificates");
            return List.of();
        }
    }

    private static Collection<? extends Certificate> certificates(byte @Nullable [] pem)
            throws GeneralSecurityException {
        if (pem == null) {
            return List.of();
        }
        Collection<? extends Certificate> found =
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
        if (found.isEmpty()) {
            throw new GeneralSecurityException("no certificates");
        }
        return found;
    }

    private static @Nullable PrivateKey privateKey(FieldValues values, Field field, AllowedFiles files) {
        byte[] pem = bytes(values, field, files);
        PrivateKey key = pem == null ? null : privateKey(pem);
        if (pem != null && key == null) {
            values.problem(
                    field,
                    "names a file without an unencrypted PKCS #8 key; convert it with 'openssl pkcs8 -topk8 -nocrypt'");
        }
        return key;
    }

    private static @Nullable PrivateKey privateKey(byte[] pem) {
        Matcher matcher = PKCS8.matcher(new String(pem, StandardCharsets.US_ASCII));
        if (matcher.find()) {
            PKCS8EncodedKeySpec spec =
                    new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(matcher.group(1)));
            for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
                try {
                    return KeyFactory.getInstance(algorithm).generatePrivate(spec);
                } catch (InvalidKeySpecException ignored) {
                    // The next one may fit.
                } catch (GeneralSecurityException e) {
                    throw new IllegalStateException("this Java runtime has no " + algorithm, e);
                }
            }
        }
        return null;
    }

    private static byte @Nullable [] bytes(FieldValues values, Field field, AllowedFiles files) {
        String file = values.optionalText(field);
        if (file == null) {
            return null;
        }
        try (InputStream in = files.open(Path.of(file))) {
            return in.readNBytes(1 << 20);
        } catch (RefusedFileException e) {
            values.problem(field, e.getReason());
            return null;
        } catch (IOException | InvalidPathException e) {
            values.problem(field, "names a file that cannot be read");
            return null;
        }
    }

    /** For {@code verify: false}. The extended type keeps the runtime from checking the host's name. */
    private static final class TrustEveryone extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
