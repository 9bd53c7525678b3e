package dev.secretproviders.auth.usage;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Names one credential.
 *
 * @param username the consumer's name
 * @param id the credential's id, or null for the consumer's inline credential
 * @param kind its kind; a consumer may hold one inline credential of each kind
 */
public record CredentialName(String username, @Nullable String id, CredentialKind kind) {

    /** Returns the name of a consumer's credential. */
    public static CredentialName of(Consumer consumer, Credential credential) {
        return new CredentialName(consumer.username(), credential.id(), credential.kind());
    }

    // Written out for the reason that ProviderId has.
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof CredentialName that
                        && kind == that.kind
                        && username.equals(that.username)
                        && Objects.equals(id, that.id));
    }

    @Override
    public int hashCode() {
        return 31 * (31 * username.hashCode() + (id == null ? 0 : id.hashCode())) + kind.hashCode();
    }
}
