package dev.secretproviders.spi;

/**
 * A secret that exists for rotation drills only. It is the only secret that a running runner writes to a manager. An operator
 * names it in the provider object ({@code drill_path}). Its only field is {@value #FIELD}.
 *
 * <p>Thread-safe.
 */
public interface Canary {
    /** The field that holds the value. */
    String FIELD = "key";

    /** Returns the secret's path, as it stands in references between the provider and the field. */
    String path();

    /**
     * Writes a new current value, as a new version where the manager keeps versions. Blocks and can be interrupted.
     *
     * @param value stays the caller's
     * @throws ProviderException if the value was not written, or may not have been
     */
    void write(Secret value) throws ProviderException, InterruptedException;
}
