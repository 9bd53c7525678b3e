package dev.secretproviders.sink;

import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/** Reads the fields {@code ca_file}, {@code cert_file} and {@code key_file} of a section. */
public final class PeerTls {
    private PeerTls() {}

    /** Reads the fields and the files that they name. Problems go to the section. */
    public static TlsSettings read(Settings section) {
        byte[] authorities = content(section, "ca_file", section.trustFile("ca_file"));
        byte[] certificate = content(section, "cert_file", section.readableFile("cert_file"));
        byte[] key = content(section, "key_file", section.readableFile("key_file"));
        if ((certificate == null) != (key == null)) {
            section.problem(
                    certificate == null ? "cert_file" : "key_file", "is required together with the other of the two");
            return TlsSettings.DEFAULT;
        }
        try {
            return TlsSettings.ofPem(authorities, certificate, key, true);
        } catch (GeneralSecurityException e) {
            section.problem(certificate == null ? "ca_file" : "cert_file", String.valueOf(e.getMessage()));
            return TlsSettings.DEFAULT;
        }
    }

    private static byte @Nullable [] content(Settings section, String name, @Nullable Path file) {
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
