package dev.secretproviders.benchmarks.subject;

import java.io.IOException;
import java.nio.file.Path;

/** Where a runner's credentials come from. */
public sealed interface CredentialSource permits KeyFile {
    /** Returns them. */
    Credentials credentials();

    /** Writes what the runner is to read into its directory and returns its configuration. */
    String configure(Path directory) throws IOException;

    /** Returns the JVM's option for the most heap that they need. */
    String heap();
}
