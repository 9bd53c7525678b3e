package dev.secretproviders.auth;

import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKey;
import dev.secretproviders.spi.SecretReference;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The credentials by the reference that they hold. Sorted by hash, since there may be a million, and all may hold the
 * same reference. Immutable.
 */
final class ReferringCredentials {
    private final Identity[] byHash;

    /** Creates the lookup from identities whose credentials hold references. */
    ReferringCredentials(List<Identity> referring) {
        long[] order = new long[referring.size()];
        for (int i = 0; i < order.length; i++) {
            order[i] = (long) hash(referring.get(i)) << Integer.SIZE | i;
        }
        Arrays.sort(order);
        byHash = Arrays.stream(order)
                .mapToObj(place -> referring.get((int) place))
                .toArray(Identity[]::new);
    }

    private static int hash(Identity identity) {
        return reference(identity).hashCode();
    }

    /** Returns the reference that a credential holds. */
    static SecretReference reference(Identity identity) {
        Credential credential = identity.credential();
        if (credential != null && credential.key() instanceof CredentialKey.Referenced(SecretReference reference)) {
            return reference;
        }
        throw new IllegalArgumentException("the credential holds no reference");
    }

    /** Calls {@code action} for each credential that holds this reference. */
    void forEach(SecretReference reference, Consumer<Identity> action) {
        int hash = reference.hashCode();
        for (int i = first(hash); i < byHash.length && hash(byHash[i]) == hash; i++) {
            if (reference(byHash[i]).equals(reference)) {
                action.accept(byHash[i]);
            }
        }
    }

    /** Returns the first index whose hash is not below this one. */
    private int first(int hash) {
        int from = 0;
        int to = byHash.length;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (hash(byHash[middle]) < hash) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }
}
