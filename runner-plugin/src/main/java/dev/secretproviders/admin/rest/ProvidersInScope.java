package dev.secretproviders.admin.rest;

import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The providers that a caller may see. A provider outside the scope of its token is refused or left out, whether it
 * exists or not. Thread-safe.
 *
 * @param registry all providers
 * @param labels returns the labels of a provider object, none if there is no such object
 */
public record ProvidersInScope(ProviderRegistry registry, Function<ProviderId, Map<String, String>> labels) {
    /** A provider's name, as {@link #named} reads it. */
    public static final Schema NAME =
            Schema.text("^[a-z][a-z0-9_-]{0,63}/[a-zA-Z0-9_.-]{1,256}$", "manager/id, such as vault/prod");

    /** What {@link #shown} returns. */
    public static final Schema USAGE = Schema.object()
            .required(
                    "resource_type", Schema.choice(ResourceType.class), "The kind of resource that refers to a secret.")
            .required("resource_id", Schema.text().orNull(), "The id of the resource; null if it is out of your scope.")
            .required("resource_name", Schema.text().orNull(), "Its display name, or else its id.")
            .required("parent_id", Schema.text().orNull(), "The consumer of a credential, or the service of a route.")
            .required("field", Schema.text(), "The field with the reference, such as plugins.key-auth.key.")
            .required("reference", Schema.text(), "The reference as it is written there.")
            .required(
                    "provider",
                    Schema.text().orNull(),
                    "The provider, manager/id; null if the reference is malformed.");

    /** Creates a view of the stored objects. A provider of the configuration file has no labels for a scope. */
    public static ProvidersInScope of(ProviderObjects objects) {
        return new ProvidersInScope(objects.registry(), id -> {
            ProviderObject object = objects.get(id);
            return object == null ? Map.of() : Scope.labels(object.labels());
        });
    }

    /** Returns whether the caller's scope includes a provider, whether it exists or not. */
    public boolean include(Call call, ProviderId id) {
        Scope scope = call.caller().scope();
        return scope.everything() || scope.includes(id, labels.apply(id));
    }

    /**
     * Returns a provider.
     *
     * @throws AdminProblemException 403 if the caller's scope does not include it, 404 if there is none
     */
    public Registered require(Call call, ProviderId id) {
        requireScope(call, id);
        Registered registered = registry.get(id);
        if (registered == null) {
            throw absent(id);
        }
        return registered;
    }

    /**
     * Demands that the caller's scope includes a provider.
     *
     * @throws AdminProblemException 403 if it does not, whether the provider exists or not
     */
    public void requireScope(Call call, ProviderId id) {
        if (!include(call, id)) {
            throw AdminProblemException.forbidden(Reach.OTHER_PROVIDERS);
        }
    }

    /** Returns whether the caller sees a usage. A malformed reference names no provider, so only unlimited callers see it. */
    public boolean include(Call call, Usage usage) {
        return usage.reference() == null
                ? call.caller().scope().everything()
                : include(call, usage.reference().provider());
    }

    /** Returns whether the caller sees a credential. One that is written into the gateway belongs to no provider. */
    public boolean include(Call call, Credential credential) {
        List<SecretReference> references = credential.references();
        return references.isEmpty()
                ? call.caller().scope().everything()
                : references.stream().anyMatch(reference -> include(call, reference.provider()));
    }

    /** Returns whether the caller may not see which resource has a usage: the credential of a provider out of its scope. */
    public boolean hides(Call call, Usage usage) {
        return usage.type() == ResourceType.PROVIDER && !include(call, named(usage.id()));
    }

    /**
     * Returns a usage in the format of API7's reference list. If the usage is the credential of a provider outside the
     * caller's scope, that provider's name is left out.
     */
    public ObjectNode shown(Call call, Usage usage) {
        boolean hidden = hides(call, usage);
        ObjectNode node = Json.object();
        node.put("resource_type", usage.type().name().toLowerCase(Locale.ROOT));
        node.put("resource_id", hidden ? null : usage.id());
        node.put("resource_name", hidden ? null : usage.name() == null ? usage.id() : usage.name());
        node.put("parent_id", usage.parent());
        node.put("field", usage.field());
        node.put("reference", usage.text());
        node.put(
                "provider",
                usage.reference() == null ? null : usage.reference().provider().toString());
        return node;
    }

    /** Returns usages as {@link #shown} does. */
    public ArrayNode shown(Call call, Collection<Usage> usages) {
        ArrayNode list = Json.array();
        usages.forEach(usage -> list.add(shown(call, usage)));
        return list;
    }

    /** Returns the providers in the caller's scope. */
    public Collection<Registered> all(Call call) {
        return registry.all().stream()
                .filter(registered -> include(call, registered.provider().id()))
                .toList();
    }

    /** Returns the 404 for a provider that does not exist. */
    public static AdminProblemException absent(ProviderId id) {
        return AdminProblemException.notFound("there is no provider '" + id + "'");
    }

    /**
     * Returns the provider that a body, which was not checked yet, names in {@code provider} or {@code reference}; null if it names
     * none.
     *
     * @throws AdminProblemException 400 if it is malformed
     */
    static @Nullable ProviderId ofBody(Call call) {
        String provider = Json.text(call.requiredBody(), "provider");
        String reference = Json.text(call.requiredBody(), "reference");
        return reference != null ? reference(reference).provider() : provider != null ? named(provider) : null;
    }

    /**
     * Reads a provider's name.
     *
     * @throws AdminProblemException 400 if it is malformed
     */
    public static ProviderId named(@Nullable String text) {
        String[] parts = text == null ? new String[0] : text.split("/", -1);
        try {
            if (parts.length == 2) {
                return new ProviderId(parts[0], parts[1]);
            }
        } catch (IllegalArgumentException ignored) {
            // Reported below.
        }
        throw AdminProblemException.badRequest("provider: expected manager/id, such as vault/prod");
    }

    /**
     * Reads a reference.
     *
     * @throws AdminProblemException 400 if it is malformed
     */
    public static SecretReference reference(String text) {
        try {
            return SecretReference.parse(text);
        } catch (InvalidReferenceException e) {
            throw AdminProblemException.badRequest("reference: " + e.getMessage());
        }
    }
}
