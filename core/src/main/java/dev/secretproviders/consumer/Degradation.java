package dev.secretproviders.consumer;

import dev.secretproviders.reference.Usage;
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
    /** The filter that authenticates requests, which must not pass without it. */
    static final String FILTER = "secret-key-auth";
}
