package dev.secretproviders.benchmarks.subject;

import java.io.IOException;
import java.nio.file.Path;

/** The source of a runner's credentials. */
public sealed interface CredentialSource permits KeyFile, KeysInOpenBao {
    /** Returns the credentials. */
    Credentials credentials();

    /**
     * Writes the files that the runner reads.
     *
     * @param directory the runner's directory
     * @param config the configuration file to write
     */
    SecretManager prepare(Path directory, Path config) throws IOException;

    /** Returns the JVM's option for the maximum heap. */
    String heap();
}
