package dev.secretproviders.certificate;

import dev.secretproviders.spi.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the chain, the key and the authorities from the values of a certificate object. Does no I/O. */
final class MaterialReader {
    /** APISIX takes no more. */
    private static final int LONGEST = 64 << 10;

    private final Map<String, Secret> values;
    private final List<CertificateProblem> problems = new ArrayList<>();

    /** @param values the value of each field of the object that holds a reference; they stay the caller's */
    MaterialReader(Map<String, Secret> values) {
        this.values = values;
    }

    private record KeyedChain(List<X509Certificate> chain, PrivateKey key) {}

    /**
     * Reads what the values hold.
     *
     * @throws InvalidCertificateException with every problem
     */
    Material read(CertificateSource source) {
        KeyedChain keyed = switch (source) {
            case CertificateSource.Pem pem ->
                pem(pem.key() == null ? CertificateSource.CERTIFICATE : CertificateSource.KEY);
            case CertificateSource.Pkcs12 _ -> pkcs12();
            case CertificateSource.Issuer _ -> pem(CertificateSource.KEY);
        };
        List<X509Certificate> authorities =
                values.containsKey(CertificateObject.CLIENT_CA) ? certificates(CertificateObject.CLIENT_CA) : List.of();
        if (keyed == null || !problems.isEmpty()) {
            throw new InvalidCertificateException(problems);
        }
        return new Material(keyed.chain(), keyed.key(), authorities);
    }

    private @Nullable KeyedChain pem(String keyField) {
        List<X509Certificate> chain = certificates(CertificateSource.CERTIFICATE);
        PrivateKey key = use(keyField, text -> Optional.ofNullable(key(keyField, text)));
        return chain.isEmpty() || key == null ? null : new KeyedChain(chain, key);
    }

    private <T> @Nullable T use(String field, Function<byte[], Optional<T>> reader) {
        Secret value = Objects.requireNonNull(values.get(field), field);
        if (value.length() > LONGEST) {
            problem(field, "has " + value.length() + " bytes; APISIX takes at most " + LONGEST);
            return null;
        }
        Optional<T> read = value.use(reader);
        return read.isPresent() ? read.get() : null;
    }

    private List<X509Certificate> certificates(String field) {
        List<X509Certificate> found = use(field, text -> Optional.ofNullable(certificates(field, text)));
        return found == null ? List.of() : found;
    }

    private @Nullable List<X509Certificate> certificates(String field, byte[] text) {
        List<X509Certificate> found = new ArrayList<>();
        for (PemText.Block block : PemText.blocks(text)) {
            try {
                if (block.label().equals("CERTIFICATE") || block.label().equals("X509 CERTIFICATE")) {
                    byte[] content = block.content() == null ? new byte[0] : block.content();
                    found.add((X509Certificate) CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(content)));
                }
            } catch (CertificateException e) {
                problem(
                        field,
                        "certificate " + (found.size() + 1)
                                + " of the text cannot be read; check it with openssl x509 -in chain.pem -noout -text");
                return null;
            } finally {
                block.wipe();
            }
        }
        if (found.isEmpty()) {
            problem(field, "expected PEM text with -----BEGIN CERTIFICATE-----; the value holds none");
            return null;
        }
        return found;
    }

    private @Nullable PrivateKey key(String field, byte[] text) {
        PrivateKey key = null;
        int count = 0;
        for (PemText.Block block : PemText.blocks(text)) {
            try {
                if (block.isPrivateKey()) {
                    count++;
                    key = PrivateKeys.read(block);
                }
            } catch (InvalidKeyException e) {
                problem(field, String.valueOf(e.getMessage()));
                return null;
            } finally {
                block.wipe();
            }
        }
        if (count != 1) {
            problem(
                    field,
                    count == 0
                            ? "expected PEM text with -----BEGIN PRIVATE KEY-----; the value holds none"
                            : "holds " + count + " private keys; leave that of this certificate only");
            return null;
        }
        return key;
    }

    private @Nullable KeyedChain pkcs12() {
        Secret password = values.get(CertificateSource.PASSWORD_FIELD);
        char[] characters = password == null ? new char[0] : characters(password);
        try {
            return use(CertificateSource.PKCS12, file -> Optional.ofNullable(pkcs12(file, characters)));
        } finally {
            Arrays.fill(characters, (char) 0);
        }
    }

    private static char[] characters(Secret password) {
        return password.use(bytes -> StandardCharsets.UTF_8
                .decode(ByteBuffer.wrap(bytes))
                .toString()
                .stripTrailing()
                .toCharArray());
    }

    private @Nullable KeyedChain pkcs12(byte[] file, char[] password) {
        byte[] der = binary(file);
        if (der == null) {
            problem(CertificateSource.PKCS12, "expected a PKCS#12 file, or its bytes in base64 (base64 -w0 shop.p12)");
            return null;
        }
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(der), password);
            List<String> keys = new ArrayList<>();
            for (String alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias)) {
                    keys.add(alias);
                }
            }
            if (keys.size() != 1) {
                problem(
                        CertificateSource.PKCS12,
                        "holds " + keys.size() + " private keys; expected one with its chain");
                return null;
            }
            List<X509Certificate> chain = new ArrayList<>();
            Certificate[] certificates = store.getCertificateChain(keys.getFirst());
            for (Certificate certificate : certificates == null ? new Certificate[0] : certificates) {
                chain.add((X509Certificate) certificate);
            }
            PrivateKey key = (PrivateKey) store.getKey(keys.getFirst(), password);
            if (chain.isEmpty() || key == null) {
                problem(CertificateSource.PKCS12, "holds no chain next to the private key; write both into the file");
                return null;
            }
            return new KeyedChain(chain, key);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            // Dropped, because it may quote content.
            problem(
                    values.containsKey(CertificateSource.PASSWORD_FIELD)
                            ? CertificateSource.PASSWORD_FIELD
                            : CertificateSource.PKCS12,
                    "the PKCS#12 file cannot be opened: its password is another one, or the file is damaged; check with"
                            + " openssl pkcs12 -in shop.p12 -noout");
            return null;
        } finally {
            Arrays.fill(der, (byte) 0);
        }
    }

    /** Returns a copy of the bytes of a file, which begins with a DER sequence, or which is base64. */
    private static byte @Nullable [] binary(byte[] file) {
        if (file.length > 0 && file[0] == 0x30 && !isText(file)) {
            return file.clone();
        }
        try {
            return Base64.getMimeDecoder().decode(file);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static boolean isText(byte[] file) {
        for (byte b : file) {
            if (b < '\t' || b == 0x7f) {
                return false;
            }
        }
        return true;
    }

    private void problem(String field, String message) {
        problems.add(new CertificateProblem(field, message));
    }
}
