package dev.secretproviders.spi;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Creates the providers of one secret manager from their configuration. A jar in the plugins directory names its
 * factories in {@code META-INF/services}. Each has a public constructor without parameters, which is called once.
 * {@link #manager}, {@link #descriptor} and {@link #capabilities} are then called once. Part of the stable contract,
 * {@code docs/tutorials/custom-providers.md}.
 *
 * <p>Thread-safe: the thread that starts the runner creates providers, and later those of the Admin API and the store.
 */
public interface ProviderFactory {

    /** Returns the manager's name in references, for example {@code vault}. No other factory has it. Does no I/O. */
    String manager();

    /**
     * Returns the fields that its objects take, in addition to those that all managers have in common. Does no
     * I/O.
     */
    Descriptor descriptor();

    /** Returns the special properties of its providers: none for a usual manager on the network. Does no I/O. */
    default Set<Capability> capabilities() {
        return Set.of();
    }

    /**
     * Creates a provider. Does no I/O except reading local files that the configuration names, such as certificates.
     * Report every problem to {@code values}. The provider is then discarded.
     *
     * @param values the provider object, without the fields common to all providers ({@code timeout}, {@code cache},
     *     ...)
     * @param timeout the time limit for one answer of the manager
     * @param credentials reads fields that hold secrets
     */
    SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials);

    /**
     * Reads those fields of a provider object that hold secrets: literal values, or references to managers that {@linkplain
     * Capability#HOLDS_CREDENTIALS may hold them}.
     */
    interface Credentials {
        /** Returns the source behind the required field; an absent field is reported to {@code values}. */
        CredentialSource required(FieldValues values, Field field);

        /** Returns the source behind the field, or null if it is absent. */
        @Nullable
        CredentialSource optional(FieldValues values, Field field);
    }

    /** A provider's own credential. Each login reads it again, so that a rotated credential is used. */
    @FunctionalInterface
    interface CredentialSource {
        /**
         * Returns the value; the caller closes it.
         *
         * @throws ProviderException of kind {@code AUTHENTICATION} if it cannot be read
         */
        Secret read() throws ProviderException, InterruptedException;
    }
}
