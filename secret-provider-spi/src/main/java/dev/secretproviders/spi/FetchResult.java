package dev.secretproviders.spi;

/** A secret manager's answer about one secret. */
public sealed interface FetchResult {

    /**
     * The secret's value.
     *
     * @param version the version that was read
     */
    record Found(SecretVersion version) implements FetchResult {}

    /**
     * The version that the request knows is still the current one.
     *
     * @param valueRead whether the value was read for this; false if the manager reported the version alone
     */
    record Unchanged(boolean valueRead) implements FetchResult {
        /** The value was read and is the known one. */
        public Unchanged() {
            this(true);
        }
    }

    /**
     * The manager says that the secret does not exist. It is denied at once.
     *
     * @param reason the missing item, such as a secret's name; never a value
     */
    record Missing(String reason) implements FetchResult {}

    /**
     * The manager says that the secret was deleted or destroyed. It is denied at once and never served from memory
     * again.
     *
     * @param reason the manager's reason; never a value
     */
    record Gone(String reason) implements FetchResult {}

    /**
     * The manager could not be asked for this secret, or its answer could not be read. It says nothing about the
     * secret.
     *
     * @param cause the failure
     */
    record Failed(ProviderException cause) implements FetchResult {}

    /**
     * Returns this result, if it concerns one secret only.
     *
     * @throws ProviderException if it is a failure of the whole provider, so that requests for other secrets would
     *     fail, too
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
