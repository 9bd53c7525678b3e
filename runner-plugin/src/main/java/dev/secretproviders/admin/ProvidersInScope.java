package dev.secretproviders.admin;

import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.ProviderRegistry.Registered;
import dev.secretproviders.reference.InvalidReferenceException;
import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.reference.SecretReference;
import dev.secretproviders.resolve.ProviderObjects;
import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The providers as a caller may know them: what lies outside the scope of its token is, to it, not there. Thread-safe.
 *
 * @param registry all of them
 * @param labels returns the labels of a provider object, none if there is no such object
 */
record ProvidersInScope(ProviderRegistry registry, Function<ProviderId, Map<String, String>> labels) {

    /** A provider that stands in the configuration file has no labels that count here. */
    static ProvidersInScope of(ProviderObjects objects) {
        return new ProvidersInScope(objects.registry(), id -> {
            ProviderObject object = objects.get(id);
            return object == null ? Map.of() : Tokens.labels(object.fields().path("labels"));
        });
    }

    /** Returns whether the caller's scope includes a provider, whether there is one or not. */
    boolean include(Call call, ProviderId id) {
        return call.caller().scope().includes(id, labels.apply(id));
    }

    /**
     * Returns a provider.
     *
     * @throws AdminProblemException 404 if there is none that the caller may know
     */
    Registered require(Call call, ProviderId id) {
        Registered registered = registry.get(id);
        if (registered == null) {
            throw absent(id);
        }
        requireScope(call, id);
        return registered;
    }

    /**
     * Demands that the caller's scope includes a provider.
     *
     * @throws AdminProblemException 404 if it does not, as if there were none
     */
    void requireScope(Call call, ProviderId id) {
        if (!include(call, id)) {
            throw absent(id);
        }
    }

    /** Returns those in the caller's scope. */
    Collection<Registered> all(Call call) {
        return registry.all().stream()
                .filter(registered -> include(call, registered.provider().id()))
                .toList();
    }

    static AdminProblemException absent(ProviderId id) {
        return AdminProblemException.notFound("there is no provider '" + id + "'");
    }

    /**
     * Reads a provider's name.
     *
     * @throws AdminProblemException 400 if it is none
     */
    static ProviderId named(@Nullable String text) {
        String[] parts = text == null ? new String[0] : text.split("/", -1);
        try {
            if (parts.length == 2) {
                return new ProviderId(parts[0], parts[1]);
            }
        } catch (IllegalArgumentException ignored) {
            // Said below.
        }
        throw AdminProblemException.badRequest("provider: expected manager/id, such as vault/prod");
    }

    /**
     * Reads a reference.
     *
     * @throws AdminProblemException 400 if it is none
     */
    static SecretReference reference(String text) {
        try {
            return SecretReference.parse(text);
        } catch (InvalidReferenceException e) {
            throw AdminProblemException.badRequest("reference: " + e.getMessage());
        }
    }
}
