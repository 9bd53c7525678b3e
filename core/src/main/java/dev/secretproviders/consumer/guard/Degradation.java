package dev.secretproviders.consumer.guard;

import dev.secretproviders.reference.Usage;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A place in the gateway's configuration that combines {@code allow_degradation: true} with the runner's filter.
 * Whenever the runner cannot be reached, requests pass there without authentication.
 *
 * @param type the kind of resource
 * @param id the id of the resource
 * @param name the display name of the resource, or null
 * @param field the field, for example {@code plugins.ext-plugin-pre-req.allow_degradation}
 */
public record Degradation(
        Usage.ResourceType type, String id, @Nullable String name, String field) {
    /** The filters, and plugins of the companion, that authenticate requests. None may pass without them. */
    static final Set<String> FILTERS =
            Set.of("secret-key-auth", "secret-basic-auth", "secret-jwt-auth", "secret-hmac-auth", "secret-multi-auth");
}
