package dev.secretproviders.migrate;

import dev.secretproviders.provider.Registered;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretWriter;
import java.util.Map;

/**
 * Where keys go.
 *
 * @param provider what references name, and what reads the secrets
 * @param writer what creates the secrets
 * @param folder what the names of all secrets begin with, below the provider's own prefix; may be empty
 */
public record Target(Registered provider, SecretWriter writer, String folder) {
    /** Thrown if no reference can stand for a key. The message says why. */
    static final class UnfitException extends Exception {
        private static final long serialVersionUID = 1L;

        UnfitException(String message) {
            super(message);
        }
    }

    /** Returns the identity of the provider. */
    ProviderId id() {
        return provider.provider().id();
    }

    /** Returns the name of the secret for a key. Each key has a secret of its own, so that it rotates by itself. */
    String name(Place place, KeyField field) {
        return (folder.isEmpty() ? "" : folder + "/") + place + "/"
                + field.kind().plugin();
    }

    /**
     * Returns the reference for a key.
     *
     * @throws UnfitException if the name has no meaning for the manager, or the consumer may not refer to it
     */
    SecretReference reference(Place place, KeyField field, Map<String, String> labels) throws UnfitException {
        String name = name(place, field);
        SecretReference reference;
        try {
            reference = SecretReference.parse("$secret://" + id() + "/" + name + "/" + field.name());
            if (provider.provider().addresses(reference).stream()
                    .noneMatch(address -> address.path().equals(SecretPath.current(name))
                            && field.name().equals(address.field()))) {
                throw new UnfitException("the manager does not take '" + name + "' for the name of a secret");
            }
        } catch (InvalidReferenceException e) {
            throw new UnfitException("no reference can name '" + name + "': " + e.getMessage());
        }
        if (!provider.policy().access().allow(place.username(), labels, reference)) {
            throw new UnfitException(
                    "the field access of " + id() + " does not let this consumer refer to '" + name + "'");
        }
        return reference;
    }
}
