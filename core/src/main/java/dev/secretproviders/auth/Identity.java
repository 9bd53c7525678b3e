package dev.secretproviders.auth;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import org.jspecify.annotations.Nullable;

/**
 * Who a request comes from: a credential of a consumer, or a consumer by its name alone. One for each credential, of which there
 * may be a million, so it also keeps when the credential was used, and one index takes it over from the other.
 *
 * <p>Thread-safe, but for {@link #claims}, which is the index builder's. Whoever gets it through the index sees it whole.
 */
final class Identity extends CredentialUse {
    /** Replaced by equal ones only, and immutable: it makes no difference which of them a reader sees. */
    private Consumer consumer;

    private @Nullable Credential credential;

    /** The consumer's, here as well: for most requests it is all that is told, and each object in between may be in no cache. */
    private String username;

    private final boolean nameAlone;

    /** The keys that stand in the newest index for it, as a chain; {@link KeyClaim#UNDECIDED} if it could not be resolved yet. */
    @Nullable
    KeyClaim claims;

    /**
     * Creates it.
     *
     * @param credential null for a consumer by its name alone
     */
    Identity(Consumer consumer, @Nullable Credential credential) {
        this.consumer = consumer;
        this.credential = credential;
        this.username = consumer.username();
        this.nameAlone = credential == null || (consumer.customId() == null && credential.id() == null);
    }

    /** Holds on to these from now on, which are equal to those it had, so that the snapshot before can be forgotten. */
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

    /** Returns the credential's id, or null for one written into the consumer itself, or for none. */
    @Nullable
    String credentialId() {
        return nameAlone || credential == null ? null : credential.id();
    }

    /**
     * Returns the consumer's label {@code custom_id}, or null. A consumer by its name alone tells none: that is the anonymous one,
     * of which {@code apisix/consumer.lua} does not look at the labels ({@code get_anonymous_consumer}).
     */
    @Nullable
    String customId() {
        return nameAlone ? null : consumer.customId();
    }

    CredentialName name() {
        return new CredentialName(username(), credentialId());
    }
}
