package dev.secretproviders.benchmarks.subject;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Consumers with one key each, as in {@link KeyFile}. The first one also has the credentials of {@link KindsFile}.
 *
 * @param credentials the consumers
 */
public record ManyKeys(Credentials credentials) implements CredentialSource {
    @Override
    public SecretManager prepare(Path directory, Path config) throws IOException {
        KeyFile keys = new KeyFile(credentials);
        SecretManager manager = keys.prepare(directory, config);
        Path _ = Consumers.write(
                directory,
                credentials.count(),
                i -> i == 0
                        ? KindsFile.secrets(Credentials.name(i), keys.reference(i))
                        : Consumers.keyAuth(keys.reference(i)));
        return manager;
    }

    @Override
    public String heap() {
        return "-Xmx1g";
    }
}
