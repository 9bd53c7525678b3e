package dev.secretproviders.reference;

import dev.secretproviders.spi.SecretReference;
import org.jspecify.annotations.Nullable;

/**
 * One use of a reference in the gateway's configuration or in a provider object.
 *
 * @param type the kind of resource
 * @param id the resource's id; for a consumer its name
 * @param name the resource's display name, or null
 * @param parent the id of the resource that it belongs to (the consumer of a credential, the service of a route), or null
 * @param field the field, as a path such as {@code plugins.key-auth.key}
 * @param text the reference as written; of several joined by {@code ||}, one of them
 * @param reference the reference as understood, or null if it is not well formed
 */
public record Usage(
        ResourceType type,
        String id,
        @Nullable String name,
        @Nullable String parent,
        String field,
        String text,
        @Nullable SecretReference reference) {

    /** Omits a text that is not a reference, since it may be a key that was pasted into the wrong place. */
    @Override
    public String toString() {
        return "Usage[" + type + " " + (parent == null ? "" : parent + "/") + id + ", " + field + ", "
                + (reference == null ? "malformed" : text) + "]";
    }

    /** A kind of resource; printed in lower case, as API7 names it. */
    public enum ResourceType {
        CONSUMER,
        CONSUMER_CREDENTIAL,
        CONSUMER_GROUP,
        ROUTE,
        SERVICE,
        PLUGIN_CONFIG,
        GLOBAL_RULE,
        SSL,
        PROVIDER,
        CERTIFICATE
    }
}
