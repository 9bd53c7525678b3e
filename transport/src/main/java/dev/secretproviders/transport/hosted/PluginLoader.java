package dev.secretproviders.transport.hosted;

import dev.secretproviders.plugin.PluginJar;
import dev.secretproviders.plugin.PluginJars;
import dev.secretproviders.transport.route.InfoNeeds;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.apisix.plugin.runner.filter.PluginFilter;

/** Finds the filters that jars of others name in {@code META-INF/services}. */
public final class PluginLoader {
    private final Map<String, String> origins = new HashMap<>();
    private final List<PluginFilter> filters = new ArrayList<>();

    private PluginLoader(Collection<String> reserved) {
        reserved.forEach(name -> origins.put(name, "the runner itself"));
    }

    /**
     * Makes all filters, in the order of their jars. What is wrong with one is added to the problems of its jar.
     *
     * @param reserved names of built-in filters, which no jar may take
     * @return filters, each with a name of its own
     */
    public static List<PluginFilter> load(PluginJars jars, Collection<String> reserved) {
        PluginLoader loader = new PluginLoader(reserved);
        for (PluginJar jar : jars.usable()) {
            boolean _ = jar.forEach(PluginFilter.class, filter -> loader.add(jar, filter));
        }
        return List.copyOf(loader.filters);
    }

    private void add(PluginJar jar, PluginFilter filter) {
        String name = filter.name();
        if (name == null || name.isBlank()) {
            jar.problem(filter.getClass().getName() + " has no name: return one from name()");
            return;
        }
        String origin = origins.putIfAbsent(name, jar.path().toString());
        if (origin != null) {
            jar.problem("the filter name " + name + " is taken by " + origin + ": give the filter another");
            return;
        }
        // Asked for now, so that a filter that fails here is a problem at the start and not at the first route.
        InfoNeeds.of(filter);
        filters.add(filter);
    }
}
