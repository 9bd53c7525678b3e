package dev.secretproviders.transport.route;

import org.apache.apisix.plugin.runner.filter.PluginFilter;

/** One filter of a route's chain, with its configuration. */
public sealed interface Step {
    String name();

    /** Decides from memory. */
    record BuiltIn(String name, BuiltInFilter.Prepared filter) implements Step {}

    /**
     * Code of others: may block, fail, or never answer.
     *
     * @param value the configuration as the route has it; may hold secrets
     */
    record Hosted(String name, PluginFilter filter, InfoNeeds needs, String value) implements Step {
        @Override
        public String toString() {
            return "Hosted[" + name + "]";
        }
    }
}
