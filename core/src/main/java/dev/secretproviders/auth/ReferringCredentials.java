package dev.secretproviders.auth;

import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.trie.Trie;
import dev.secretproviders.trie.TrieBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The credentials by the references that they hold. API keys are in a trie, since there may be a million, and all may
 * hold the same reference. Used by the index builder only.
 */
final class ReferringCredentials {
    /** By their references, then by their consumers. */
    private final TrieBuilder<Identity> keys = new TrieBuilder<>(
            identity -> Trie.hash(hash(identity), identity.username().hashCode()));
    /** Credentials with more than one field. */
    private final Map<SecretReference, List<Identity>> others = new HashMap<>();

    void add(Identity identity) {
        if (key(identity) != null) {
            keys.add(identity);
        } else {
            references(identity)
                    .forEach(reference -> others.computeIfAbsent(reference, absent -> new ArrayList<>(1))
                            .add(identity));
        }
    }

    /** Removes a credential, if it was added. */
    void remove(Identity identity) {
        if (key(identity) != null) {
            keys.remove(identity);
        } else {
            references(identity)
                    .forEach(reference -> others.computeIfPresent(reference, (_, holders) -> {
                        holders.removeIf(holder -> holder == identity);
                        return holders.isEmpty() ? null : holders;
                    }));
        }
    }

    private static int hash(Identity identity) {
        SecretReference key = key(identity);
        return key == null ? 0 : hash(key);
    }

    private static int hash(SecretReference reference) {
        return Trie.spread(reference.hashCode());
    }

    /** Returns the reference of a credential with one field, or null. */
    private static @Nullable SecretReference key(Identity identity) {
        return identity.credential() instanceof Credential.KeyAuth key
                        && key.key() instanceof CredentialText.Referenced(SecretReference reference)
                ? reference
                : null;
    }

    /** Returns the references that a credential holds. */
    static List<SecretReference> references(Identity identity) {
        Credential credential = identity.credential();
        return credential == null ? List.of() : credential.references();
    }

    /** Calls {@code action} for each credential that holds this reference. */
    void forEach(SecretReference reference, Consumer<Identity> action) {
        keys.forEach(hash(reference), identity -> {
            if (reference.equals(key(identity))) {
                action.accept(identity);
            }
        });
        others.getOrDefault(reference, List.of()).forEach(action);
    }

    /** Returns whether a credential with one field holds this reference. */
    boolean isKey(SecretReference reference) {
        return keys.any(hash(reference), identity -> reference.equals(key(identity)));
    }

    /** Returns the credentials with more than one field that hold this reference. */
    List<Identity> others(SecretReference reference) {
        return others.getOrDefault(reference, List.of());
    }
}
