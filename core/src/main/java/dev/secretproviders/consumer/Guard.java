package dev.secretproviders.consumer;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the plugins of one object say about authentication by the runner: through the external plugin, and through the companion. A
 * plugin of a route counts instead of the same plugin of its plugin config or service.
 *
 * @param external whether the external plugin names the runner's filter; null if the object does not have that plugin
 * @param companion whether the companion is on; null if the object does not have it
 */
record Guard(@Nullable Boolean external, @Nullable Boolean companion) {
    /** The plugin phase in which a filter can refuse a request ({@code apisix/plugins/ext-plugin-pre-req.lua}). */
    static final String EXTERNAL = "ext-plugin-pre-req";

    static final Guard NONE = new Guard(null, null);

    /** Reads the plugins of an object. */
    static Guard of(JsonNode object) {
        JsonNode plugins = object.path("plugins");
        JsonNode external = plugins.path(EXTERNAL);
        JsonNode companion = plugins.path(Degradation.FILTER);
        return external.isMissingNode() && companion.isMissingNode()
                ? NONE
                : new Guard(
                        external.isMissingNode() ? null : !disabled(external) && namesFilter(external),
                        companion.isMissingNode() ? null : !disabled(companion));
    }

    /** Returns whether an external plugin names the runner's filter. */
    static boolean namesFilter(JsonNode external) {
        for (JsonNode filter : external.path("conf")) {
            if (filter.path("name").asString("").equals(Degradation.FILTER)) {
                return true;
            }
        }
        return false;
    }

    private static boolean disabled(JsonNode plugin) {
        return plugin.path("_meta").path("disable").asBoolean(false);
    }

    /** Returns whether the object itself guards its requests. */
    boolean guards() {
        return Boolean.TRUE.equals(external) || Boolean.TRUE.equals(companion);
    }

    /** Returns what is left of this guard beneath an object with another one, which counts where it says something. */
    Guard beneath(Guard other) {
        return new Guard(other.external == null ? external : null, other.companion == null ? companion : null);
    }

    /** Returns both, this one first. */
    Guard over(Guard lower) {
        return new Guard(external == null ? lower.external : external, companion == null ? lower.companion : companion);
    }
}
