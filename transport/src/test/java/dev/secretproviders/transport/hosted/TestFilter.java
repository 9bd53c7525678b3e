package dev.secretproviders.transport.hosted;

import java.util.List;
import org.apache.apisix.plugin.runner.HttpRequest;
import org.apache.apisix.plugin.runner.HttpResponse;
import org.apache.apisix.plugin.runner.PostRequest;
import org.apache.apisix.plugin.runner.PostResponse;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.apache.apisix.plugin.runner.filter.PluginFilterChain;

/** A filter as a user would write it, with its body given by a test. */
public final class TestFilter implements PluginFilter {
    private final String name;
    private final OnRequest onRequest;
    private final OnResponse onResponse;
    private List<String> variables = List.of();
    private boolean body;

    private TestFilter(String name, OnRequest onRequest, OnResponse onResponse) {
        this.name = name;
        this.onRequest = onRequest;
        this.onResponse = onResponse;
    }

    public interface OnRequest {
        void filter(HttpRequest request, HttpResponse response, PluginFilterChain chain) throws Exception;
    }

    interface OnResponse {
        void filter(PostRequest request, PostResponse response, PluginFilterChain chain) throws Exception;
    }

    public static TestFilter onRequest(String name, OnRequest filter) {
        return new TestFilter(name, filter, (_, _, _) -> {});
    }

    static TestFilter onResponse(String name, OnResponse filter) {
        return new TestFilter(name, (_, _, _) -> {}, filter);
    }

    public TestFilter needing(String... newVariables) {
        variables = List.of(newVariables);
        return this;
    }

    public TestFilter needingBody() {
        body = true;
        return this;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void filter(HttpRequest request, HttpResponse response, PluginFilterChain chain) {
        try {
            onRequest.filter(request, response, chain);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void postFilter(PostRequest request, PostResponse response, PluginFilterChain chain) {
        try {
            onResponse.filter(request, response, chain);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public List<String> requiredVars() {
        return variables;
    }

    @Override
    public Boolean requiredBody() {
        return body;
    }

    @Override
    public Boolean requiredRespBody() {
        return body;
    }
}
