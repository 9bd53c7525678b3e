package dev.secretproviders.benchmarks.subject;

import java.io.IOException;
import java.nio.file.Path;

/** Where a runner's credentials come from. */
public sealed interface CredentialSource permits KeyFile, KeysInOpenBao {
    /** Returns them. */
    Credentials credentials();

    /**
     * Writes what the runner is to read.
     *
     * @param directory the runner's
     * @param config its configuration, to be written, too
     */
    SecretManager prepare(Path directory, Path config) throws IOException;

    /** Returns the JVM's option for the most heap that they need. */
    String heap();
}
