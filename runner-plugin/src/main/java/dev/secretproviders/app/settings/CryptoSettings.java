package dev.secretproviders.app.settings;

import dev.secretproviders.crypto.KeyringException;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code crypto} of the configuration: the place of the master keys.
 *
 * @param file the keyring's file
 * @param variable the text of {@value MasterKeyring#VARIABLE}, which takes precedence over the file, or null
 */
public record CryptoSettings(Path file, @Nullable Text variable) {

    /** A text with keys, which {@link #toString} does not show. */
    record Text(String keys) {
        @Override
        public String toString() {
            return "***";
        }
    }

    /** Reads the section. */
    static CryptoSettings read(Settings section, Path dataDirectory, Map<String, String> environment) {
        Path file = Objects.requireNonNullElse(section.place("keyring"), dataDirectory.resolve("keyring"));
        String variable = environment.get(MasterKeyring.VARIABLE);
        return new CryptoSettings(file, variable == null || variable.isBlank() ? null : new Text(variable));
    }

    /** Returns whether there is no keyring, so that one may be created. */
    public boolean absent() {
        return variable == null && !Files.exists(file);
    }

    /** Reads the keyring. */
    public MasterKeyring keyring() throws KeyringException {
        return variable == null ? MasterKeyring.ofFile(file) : MasterKeyring.ofText(variable.keys());
    }

    /** Returns the place of the keyring for messages. */
    public String place() {
        return variable == null ? file.toString() : "the environment variable " + MasterKeyring.VARIABLE;
    }
}
