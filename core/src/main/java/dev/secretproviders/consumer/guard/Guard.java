package dev.secretproviders.consumer.guard;

import dev.secretproviders.reference.Usage.ResourceType;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the plugins of one object say about authentication by the runner: through the external plugin, and through the companion. A
 * plugin of a route counts instead of the same plugin of its plugin config or service.
 *
 * @param external whether the external plugin names one of the runner's filters; null if the object does not have that plugin
 * @param companion the plugins of the companion that the object has, each with whether it is on
 */
public record Guard(@Nullable Boolean external, Map<String, Boolean> companion) {
    /** The plugin phase in which a filter can refuse a request ({@code apisix/plugins/ext-plugin-pre-req.lua}). */
    private static final String EXTERNAL = "ext-plugin-pre-req";

    /** An object that says nothing about it. */
    public static final Guard NONE = new Guard(null, Map.of());

    /** Copies the plugins. */
    public Guard {
        companion = Map.copyOf(companion);
    }

    /** Reads the plugins of an object. */
    public static Guard of(JsonNode object) {
        JsonNode plugins = object.path("plugins");
        JsonNode external = plugins.path(EXTERNAL);
        Map<String, Boolean> companion = Map.of();
        for (String name : Degradation.FILTERS) {
            JsonNode plugin = plugins.path(name);
            if (!plugin.isMissingNode()) {
                companion = companion.isEmpty() ? new HashMap<>() : companion;
                companion.put(name, !disabled(plugin));
            }
        }
        return external.isMissingNode() && companion.isEmpty()
                ? NONE
                : new Guard(external.isMissingNode() ? null : !disabled(external) && namesFilter(external), companion);
    }

    /** Returns the place in an object that lets requests pass while the runner is away, or null. */
    public static @Nullable Degradation degradation(
            ResourceType type, String id, @Nullable String name, JsonNode object) {
        JsonNode external = object.path("plugins").path(EXTERNAL);
        return external.path("allow_degradation").asBoolean(false) && namesFilter(external)
                ? new Degradation(type, id, name, "plugins." + EXTERNAL + ".allow_degradation")
                : null;
    }

    private static boolean namesFilter(JsonNode external) {
        for (JsonNode filter : external.path("conf")) {
            if (Degradation.FILTERS.contains(filter.path("name").asString(""))) {
                return true;
            }
        }
        return false;
    }

    private static boolean disabled(JsonNode plugin) {
        return plugin.path("_meta").path("disable").asBoolean(false);
    }

    /** Returns whether these plugins guard requests. */
    public boolean guards() {
        return Boolean.TRUE.equals(external) || companion.containsValue(true);
    }

    /** Returns the plugins of the companion that alone guard requests; none if the external plugin guards them, too. */
    public Set<String> companionOnly() {
        Set<String> on = new TreeSet<>();
        if (!Boolean.TRUE.equals(external)) {
            companion.forEach((name, isOn) -> {
                if (isOn) {
                    on.add(name);
                }
            });
        }
        return on;
    }

    /** Returns what is left of this guard beneath an object with another one, which counts where it says something. */
    public Guard beneath(Guard upper) {
        Map<String, Boolean> rest = new TreeMap<>(companion);
        rest.keySet().removeAll(upper.companion.keySet());
        return new Guard(upper.external == null ? external : null, rest);
    }

    /** Returns both, this one first. */
    public Guard over(Guard lower) {
        Map<String, Boolean> both = new TreeMap<>(lower.companion);
        both.putAll(companion);
        return new Guard(external == null ? lower.external : external, both);
    }
}
