package dev.secretproviders.spi;

/**
 * Creates secrets that do not exist yet. Only the command {@code migrate} uses it, when an operator moves keys into the
 * manager. A runner that serves requests never does. A provider that can offers it with {@link SecretProvider#writer}.
 * Thread-safe.
 */
public interface SecretWriter {
    /** What became of a secret. */
    enum Outcome {
        /** It was created with the value. */
        CREATED,
        /** Nothing was changed, because there is, or was, a secret of this name. */
        EXISTS
    }

    /**
     * Creates a secret with one field. An existing secret is never changed, not even if another writer creates it at the
     * same time; where the manager cannot promise that, the provider looks first. Blocks, can be interrupted, and ends
     * within the provider's {@code timeout}.
     *
     * @param name the secret's name, as in {@link SecretPath#name}
     * @param field the name of its only field
     * @param value stays the caller's
     * @throws ProviderException if the secret was not created, or may not have been
     */
    Outcome create(String name, String field, Secret value) throws ProviderException, InterruptedException;
}
