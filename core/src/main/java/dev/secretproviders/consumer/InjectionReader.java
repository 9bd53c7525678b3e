package dev.secretproviders.consumer;

import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.reference.template.InvalidInjectConfigException;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Finds the configurations of {@code secret-inject} in the plugins of one object. */
final class InjectionReader {
    private static final List<String> EXTERNAL = List.of("ext-plugin-pre-req", "ext-plugin-post-req");

    private InjectionReader() {}

    /** Receives what was found. */
    @FunctionalInterface
    interface Found {
        void at(String field, Reading reading);
    }

    /** Reads one configuration. */
    @FunctionalInterface
    interface Reading {
        InjectConfig read() throws InvalidInjectConfigException;
    }

    static void read(JsonNode object, Found found) {
        JsonNode plugins = object.path("plugins");
        JsonNode companion = plugins.path(InjectConfig.PLUGIN);
        if (!companion.isMissingNode()) {
            found.at("plugins." + InjectConfig.PLUGIN, () -> InjectConfig.ofPlugin(companion));
        }
        for (String external : EXTERNAL) {
            JsonNode filters = plugins.path(external).path("conf");
            for (int i = 0; i < filters.size(); i++) {
                JsonNode filter = filters.get(i);
                if (filter.path("name").asString("").equals(InjectConfig.PLUGIN)) {
                    String value = filter.path("value").asString("");
                    found.at("plugins." + external + ".conf[" + i + "].value", () -> InjectConfig.parse(value));
                }
            }
        }
    }
}
