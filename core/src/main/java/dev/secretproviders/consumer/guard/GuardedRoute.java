package dev.secretproviders.consumer.guard;

import dev.secretproviders.reference.Usage.ResourceType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A route whose requests the runner authenticates.
 *
 * @param id the id of the route
 * @param name the display name of the route, or null
 * @param by the kind of object whose plugins name the filter: the route itself, its plugin config, its service, or a global rule
 * @param byId the id of that object
 * @param companion the plugins of the companion that alone guard it; empty if the external plugin guards it
 */
public record GuardedRoute(String id, @Nullable String name, ResourceType by, String byId, Set<String> companion) {
    /** Copies the plugins. */
    public GuardedRoute {
        companion = Set.copyOf(companion);
    }
}
