package dev.secretproviders.provider.shared;

import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;

/** The fields of the section {@code tls} that {@link TlsSettings} reads. */
public final class TlsFields {
    static final Field VERIFY = Field.of(
                    "verify",
                    FieldType.FLAG,
                    "Whether the server's certificate is checked; false accepts any, for a trial only.")
            .fallback(true)
            .destination()
            .build();

    /** Whom to trust. */
    public static final Field CA_FILE = Field.of(
                    "ca_file", FieldType.TRUST_FILE, "A PEM file with the authorities to trust.")
            .label("CA file")
            .absent("those of the Java runtime")
            .destination()
            .build();

    /** The certificate of the client. */
    public static final Field CERT_FILE = Field.of(
                    "cert_file", FieldType.FILE, "A PEM file with the client's certificate and those above it.")
            .label("Certificate file")
            .requiredWhen("key_file")
            .build();

    static final Field KEY_FILE = Field.of(
                    "key_file", FieldType.FILE, "A PEM file with the client's PKCS #8 key: RSA, EC or Ed25519.")
            .requiredWhen("cert_file")
            .build();

    private TlsFields() {}

    /** Returns the section. */
    public static Field section(String help) {
        return Field.section("tls", help, VERIFY, CA_FILE, CERT_FILE, KEY_FILE)
                .label("TLS")
                .build();
    }
}
