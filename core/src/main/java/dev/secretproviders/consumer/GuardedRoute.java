package dev.secretproviders.consumer;

import dev.secretproviders.reference.Usage.ResourceType;
import org.jspecify.annotations.Nullable;

/**
 * A route whose requests the runner authenticates.
 *
 * @param id the id of the route
 * @param name the display name of the route, or null
 * @param by the kind of object whose plugins name the filter: the route itself, its plugin config, its service, or a global rule
 * @param byId the id of that object
 */
public record GuardedRoute(String id, @Nullable String name, ResourceType by, String byId) {}
