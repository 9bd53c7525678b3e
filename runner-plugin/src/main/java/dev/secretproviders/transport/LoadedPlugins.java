package dev.secretproviders.transport;

import java.io.IOException;
import java.net.URLClassLoader;
import java.util.List;
import org.apache.apisix.plugin.runner.filter.PluginFilter;

/** Filters of others and the open jars that they came from. Close it when the filters have run for the last time. */
public final class LoadedPlugins implements AutoCloseable {
    private final List<PluginFilter> filters;
    private final List<URLClassLoader> loaders;

    LoadedPlugins(List<PluginFilter> filters, List<URLClassLoader> loaders) {
        this.filters = List.copyOf(filters);
        this.loaders = List.copyOf(loaders);
    }

    /** Returns the filters, each with a name of its own. */
    public List<PluginFilter> filters() {
        return filters;
    }

    @Override
    public void close() throws IOException {
        for (URLClassLoader loader : loaders) {
            loader.close();
        }
    }
}
