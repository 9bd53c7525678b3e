package dev.secretproviders.auth;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a request: a credential of a consumer, or a consumer by its name alone. There is one per credential,
 * of which there may be a million. So it also keeps the time of the last use, and each new index reuses it.
 *
 * <p>Thread-safe, except {@link #claims}, which only the index builder uses. Threads that read it through the index see
 * it complete.
 */
final class Identity extends CredentialUse {
    /** Immutable, and replaced by equal objects only, so readers may see any of them. */
    private Consumer consumer;

    private @Nullable Credential credential;

    /** A copy of the consumer's name. Most requests need only this, and each further object may miss the cache. */
    private String username;

    private final boolean nameAlone;

    /** The chain of its keys in the newest index; {@link KeyClaim#UNDECIDED} if it could not be resolved yet. */
    @Nullable
    KeyClaim claims;

    /**
     * Creates an identity.
     *
     * @param credential null for a consumer by its name alone
     */
    Identity(Consumer consumer, @Nullable Credential credential) {
        this.consumer = consumer;
        this.credential = credential;
        this.username = consumer.username();
        this.nameAlone = credential == null || (consumer.customId() == null && credential.id() == null);
    }

    /** Replaces the objects by equal ones, so that the previous snapshot can be garbage-collected. */
    void renew(Consumer sameConsumer, Credential sameCredential) {
        consumer = sameConsumer;
        credential = sameCredential;
        username = sameConsumer.username();
    }

    String username() {
        return username;
    }

    /** Returns the credential, or null for a consumer by its name alone. */
    @Nullable
    Credential credential() {
        return credential;
    }

    /** Returns the credential's id, or null for an inline credential or none. */
    @Nullable
    String credentialId() {
        return nameAlone || credential == null ? null : credential.id();
    }

    /**
     * Returns the consumer's label {@code custom_id}, or null. Null also for a consumer by its name alone: that is the
     * anonymous consumer, whose labels {@code apisix/consumer.lua} ignores ({@code get_anonymous_consumer}).
     */
    @Nullable
    String customId() {
        return nameAlone ? null : consumer.customId();
    }

    CredentialName name() {
        return new CredentialName(username(), credentialId());
    }
}
