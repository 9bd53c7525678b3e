package dev.secretproviders.spi;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes the providers of one secret manager from their configuration. Those of a jar in the plugins directory are named in {@code
 * META-INF/services} and made once, by their public constructor without parameters; {@link #manager}, {@link #descriptor} and {@link
 * #capabilities} are then asked once. Part of the stable contract, {@code docs/tutorials/custom-providers.md}.
 *
 * <p>Thread-safe: providers are made by the thread that starts the runner, and later by those of the Admin API and the store.
 */
public interface ProviderFactory {

    /** Returns the manager's name as it stands in references, for example {@code vault}; of no other factory. No I/O. */
    String manager();

    /** Returns the fields that its objects take, in addition to those that all managers have in common, such as {@code timeout}. No I/O. */
    Descriptor descriptor();

    /** Returns what sets its providers apart; nothing for a manager on the network. No I/O. */
    default Set<Capability> capabilities() {
        return Set.of();
    }

    /**
     * Creates a provider. No I/O except reading local files that the configuration names (certificates), so that a wrong one
     * is reported at once. Every problem is reported to {@code values}; the provider is then thrown away.
     *
     * @param values the provider object, without the fields common to all providers ({@code timeout}, {@code cache}, ...)
     * @param timeout time limit for one answer of the manager
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

    /** A provider's own credential. Each login reads it again, so that its rotation is followed. */
    @FunctionalInterface
    interface CredentialSource {
        /**
         * Returns the value; the caller closes it.
         *
         * @throws ProviderException of kind {@code AUTHENTICATION} if it cannot be had
         */
        Secret read() throws ProviderException, InterruptedException;
    }
}
