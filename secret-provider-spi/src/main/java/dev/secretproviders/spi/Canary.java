package dev.secretproviders.spi;

/**
 * A secret that exists for rotation drills only: the one thing in a secret manager that we write. An operator names it in the
 * provider object ({@code drill_path}); its only field is {@value #FIELD}.
 *
 * <p>Thread-safe.
 */
public interface Canary {
    /** The field that holds the value. */
    String FIELD = "key";

    /** Returns the secret's path, as it stands in references between the provider and the field. */
    String path();

    /**
     * Makes this value the current one, as a new version where the manager keeps them. Blocks; interruptible.
     *
     * @param value stays the caller's
     * @throws ProviderException if it was not written, or if that is unknown
     */
    void write(Secret value) throws ProviderException, InterruptedException;
}
