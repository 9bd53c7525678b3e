package dev.secretproviders.spi;

/** What a secret manager answered about one secret. */
public sealed interface FetchResult {

    /**
     * The secret's value.
     *
     * @param version the version that was read
     */
    record Found(SecretVersion version) implements FetchResult {}

    /**
     * The version that the asker knows is still the current one.
     *
     * @param valueRead whether the value was read to find that out; false if the manager told by the version alone
     */
    record Unchanged(boolean valueRead) implements FetchResult {
        /** The value was read, and is the one known. */
        public Unchanged() {
            this(true);
        }
    }

    /**
     * The manager says that there is no such secret. Denied at once.
     *
     * @param reason what was asked and not there; no secret
     */
    record Missing(String reason) implements FetchResult {}

    /**
     * The manager says that the secret was deleted or destroyed. Denied at once and never brought back from memory.
     *
     * @param reason what the manager said; no secret
     */
    record Gone(String reason) implements FetchResult {}

    /**
     * The manager could not be asked for this secret, or its answer could not be read. It says nothing about the secret.
     *
     * @param cause why
     */
    record Failed(ProviderException cause) implements FetchResult {}

    /**
     * Returns this, if it is about one secret.
     *
     * @throws ProviderException if it is a failure that concerns the provider, so that asking for others makes no sense either
     */
    default FetchResult ofOneSecret() throws ProviderException {
        if (this instanceof Failed(ProviderException cause)
                && cause.kind() != ProviderException.Kind.PERMISSION
                && cause.kind() != ProviderException.Kind.CONFIGURATION) {
            throw cause;
        }
        return this;
    }
}
