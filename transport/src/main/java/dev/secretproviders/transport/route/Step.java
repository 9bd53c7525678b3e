package dev.secretproviders.transport.route;

import org.apache.apisix.plugin.runner.filter.PluginFilter;

/** One filter of a route's chain, with its configuration. */
public sealed interface Step {
    /** Returns the name of the filter. */
    String name();

    /** A built-in filter, which decides from memory. */
    record BuiltIn(String name, BuiltInFilter.Prepared filter) implements Step {}

    /**
     * A user's filter, which may block, fail, or never answer.
     *
     * @param value the configuration in the route; may hold secrets
     */
    record Hosted(String name, PluginFilter filter, InfoNeeds needs, String value) implements Step {
        @Override
        public String toString() {
            return "Hosted[" + name + "]";
        }
    }
}
