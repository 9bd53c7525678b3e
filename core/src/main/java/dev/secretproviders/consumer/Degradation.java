package dev.secretproviders.consumer;

import dev.secretproviders.reference.Usage;
import org.jspecify.annotations.Nullable;

/**
 * A place in the gateway's configuration where {@code allow_degradation: true} stands beside the runner's filter: whenever the
 * runner cannot be reached, requests pass there without authentication.
 *
 * @param type the kind of resource
 * @param id its id
 * @param name its display name, or null
 * @param field the field, for example {@code plugins.ext-plugin-pre-req.allow_degradation}
 */
public record Degradation(
        Usage.ResourceType type, String id, @Nullable String name, String field) {
    /** The filter that authenticates; what it guards must not let requests pass without it. */
    static final String FILTER = "secret-key-auth";
}
