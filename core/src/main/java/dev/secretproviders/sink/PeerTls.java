package dev.secretproviders.sink;

import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/**
 * The fields {@code ca_file}, {@code cert_file} and {@code key_file} of a section.
 *
 * @param settings whom to trust, and our certificate
 * @param keyFile the file of our private key, which no provider may read, or null
 */
public record PeerTls(TlsSettings settings, @Nullable Path keyFile) {
    /** The Java runtime's own authorities, and no certificate. */
    public static final PeerTls DEFAULT = new PeerTls(TlsSettings.DEFAULT, null);

    /** Reads the fields and the files that they name. Problems go to the section. */
    public static PeerTls read(Settings section) {
        byte[] authorities = file(section, "ca_file");
        byte[] certificate = file(section, "cert_file");
        byte[] key = file(section, "key_file");
        if ((certificate == null) != (key == null)) {
            section.problem(
                    certificate == null ? "cert_file" : "key_file", "is required together with the other of the two");
            return DEFAULT;
        }
        try {
            return new PeerTls(
                    TlsSettings.ofPem(authorities, certificate, key, true),
                    key == null ? null : section.readableFile("key_file"));
        } catch (GeneralSecurityException e) {
            section.problem(certificate == null ? "ca_file" : "cert_file", String.valueOf(e.getMessage()));
            return DEFAULT;
        }
    }

    private static byte @Nullable [] file(Settings section, String name) {
        Path file = section.readableFile(name);
        if (file == null) {
            return null;
        }
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            section.problem(name, "names a file that cannot be read");
            return null;
        }
    }
}
