package dev.secretproviders.auth;

import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.auth.usage.CredentialUse;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a request: a credential of a consumer, or a consumer by its name alone. There is one per credential,
 * of which there may be a million. So it also keeps the time of the last use, and each new index reuses it.
 *
 * <p>Thread-safe, except {@link #claims}, which only the index builder uses. Threads that read it through the index see
 * it complete.
 */
public final class Identity extends CredentialUse {
    /**
     * The consumer's name, if that is all there is to tell; otherwise the consumer. Most requests need only the name, and
     * each further object may miss the cache. Immutable, and replaced by an equal object only, so readers may see any.
     */
    private Object names;

    private @Nullable Credential credential;

    /** The chain of its keys in the newest index; {@link KeyClaim#UNDECIDED} if it could not be resolved yet. */
    @Nullable
    KeyClaim claims;

    /**
     * Creates an identity.
     *
     * @param credential null for a consumer by its name alone
     */
    Identity(Consumer consumer, @Nullable Credential credential) {
        this.credential = credential;
        this.names = names(consumer, credential);
    }

    private static Object names(Consumer consumer, @Nullable Credential credential) {
        return credential == null || (consumer.customId() == null && credential.id() == null)
                ? consumer.username()
                : consumer;
    }

    /** Replaces the objects by equal ones, so that the previous snapshot can be garbage-collected. */
    void renew(Consumer sameConsumer, Credential sameCredential) {
        credential = sameCredential;
        names = names(sameConsumer, sameCredential);
    }

    /** Returns the consumer's name. */
    public String username() {
        Object known = names;
        return known instanceof Consumer consumer ? consumer.username() : (String) known;
    }

    /** Returns the credential, or null for a consumer by its name alone. */
    public @Nullable Credential credential() {
        return credential;
    }

    /** Returns the credential's id, or null for an inline credential or none. */
    public @Nullable String credentialId() {
        return names instanceof Consumer && credential != null ? credential.id() : null;
    }

    /**
     * Returns the consumer's label {@code custom_id}, or null. Null also for a consumer by its name alone: that is the
     * anonymous consumer, whose labels {@code apisix/consumer.lua} ignores ({@code get_anonymous_consumer}).
     */
    public @Nullable String customId() {
        return names instanceof Consumer consumer ? consumer.customId() : null;
    }

    /**
     * Returns the name of the credential.
     *
     * @throws NullPointerException if this is a consumer by its name alone
     */
    public CredentialName name() {
        return new CredentialName(
                username(), credentialId(), Objects.requireNonNull(credential).kind());
    }
}
