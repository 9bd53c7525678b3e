package dev.secretproviders.certificate;

import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the chain and the private key of a certificate come from. Immutable. */
public sealed interface CertificateSource {
    /** The field of the chain. */
    String CERTIFICATE = "certificate";

    /** The field of the private key. */
    String KEY = "key";

    /** The field of a PKCS#12 file. */
    String PKCS12 = "pkcs12";

    /** The field of its password. */
    String PASSWORD_FIELD = "password";

    /** The field of a source that issues. */
    String ISSUER = "issuer";

    /**
     * PEM texts.
     *
     * @param certificate the chain
     * @param key the private key; null if the text of the chain holds it, too
     */
    record Pem(SecretReference certificate, @Nullable SecretReference key) implements CertificateSource {}

    /**
     * A PKCS#12 file, as bytes or in base64.
     *
     * @param file the file
     * @param password its password; null for none
     */
    record Pkcs12(SecretReference file, @Nullable SecretReference password) implements CertificateSource {}

    /**
     * A provider that issues certificates, such as a PKI engine.
     *
     * @param provider the provider
     * @param role the role there
     * @param life how long a certificate shall be valid; null for what the role says
     */
    record Issuer(
            ProviderId provider, String role, @Nullable Duration life) implements CertificateSource {}

    /** Returns the references, by the name of the field. */
    default Map<String, SecretReference> references() {
        Map<String, SecretReference> found = new LinkedHashMap<>();
        switch (this) {
            case Pem(SecretReference certificate, SecretReference key) -> {
                found.put(CERTIFICATE, certificate);
                if (key != null) {
                    found.put(KEY, key);
                }
            }
            case Pkcs12(SecretReference file, SecretReference password) -> {
                found.put(PKCS12, file);
                if (password != null) {
                    found.put(PASSWORD_FIELD, password);
                }
            }
            case Issuer _ -> {
                // It issues itself.
            }
        }
        return found;
    }

    /** Returns the fields that can be a source, in words. */
    static List<String> fields() {
        return List.of(CERTIFICATE, PKCS12, ISSUER);
    }
}
