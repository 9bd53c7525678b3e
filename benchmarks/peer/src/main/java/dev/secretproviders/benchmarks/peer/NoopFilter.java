package dev.secretproviders.benchmarks.peer;

import org.apache.apisix.plugin.runner.HttpRequest;
import org.apache.apisix.plugin.runner.HttpResponse;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.apache.apisix.plugin.runner.filter.PluginFilterChain;

/** Accepts every request, to show the costs of the official runner itself. */
final class NoopFilter implements PluginFilter {
    @Override
    public String name() {
        return "noop";
    }

    @Override
    public void filter(HttpRequest request, HttpResponse response, PluginFilterChain chain) {
        chain.filter(request, response);
    }
}
