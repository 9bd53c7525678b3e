package dev.secretproviders.transport.hosted;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.transport.wire.RewrittenRequest;
import io.github.api7.A6.HTTPReqCall.Req;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.apisix.plugin.runner.HttpRequest;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.jspecify.annotations.Nullable;

/**
 * What filters of others see as the request: with the changes of the filters before, the first of repeated headers and
 * arguments, header names in any letter case, IPv6 addresses. Thread-safe.
 */
final class HostedRequest extends HttpRequest {
    private static final Method[] METHODS = Method.values();

    private final int id;
    private final int token;
    private final HostedResponse response;
    private final Map<String, String> config;
    private final HostedInfo info;

    HostedRequest(int id, int token, HostedResponse response, Map<String, String> config, HostedInfo info) {
        super(new Req());
        this.id = id;
        this.token = token;
        this.response = response;
        this.config = Map.copyOf(config);
        this.info = info;
    }

    @Override
    public @Nullable String getConfig(PluginFilter filter) {
        return config.get(filter.name());
    }

    @Override
    public long getRequestId() {
        return Integer.toUnsignedLong(id);
    }

    @Override
    public long getConfToken() {
        return Integer.toUnsignedLong(token);
    }

    /** Returns the client's address, or null if it has none of an IP network. */
    @Override
    public @Nullable String getSourceIP() {
        try {
            return InetAddress.getByAddress(response.read(RewrittenRequest::sourceIp))
                    .getHostAddress();
        } catch (UnknownHostException e) {
            return null;
        }
    }

    @Override
    public Method getMethod() {
        return METHODS[response.read(RewrittenRequest::method)];
    }

    @Override
    public String getPath() {
        return response.read(RewrittenRequest::path);
    }

    @Override
    public void setPath(@Nullable String path) {
        response.setPath(path);
    }

    @Override
    public Map<String, String> getHeaders() {
        return firstOfEach(response.read(RewrittenRequest::headers), new TreeMap<>(String.CASE_INSENSITIVE_ORDER));
    }

    @Override
    public @Nullable String getHeader(@Nullable String name) {
        return name == null ? null : getHeaders().get(name);
    }

    @Override
    public void setHeader(@Nullable String name, @Nullable String value) {
        response.setReqHeader(name, value);
    }

    @Override
    public Map<String, String> getArgs() {
        return firstOfEach(response.read(RewrittenRequest::arguments), new LinkedHashMap<>());
    }

    @Override
    public @Nullable String getArg(@Nullable String name) {
        return name == null ? null : getArgs().get(name);
    }

    @Override
    public void setArg(@Nullable String name, @Nullable String value) {
        response.setArg(name, value);
    }

    @Override
    public @Nullable String getVars(@Nullable String name) {
        return name == null ? null : info.variables().get(name);
    }

    /** Returns the body as UTF-8; empty if there is none or the filter did not ask for it. */
    @Override
    public String getBody() {
        return getBody(StandardCharsets.UTF_8);
    }

    @Override
    public String getBody(Charset charset) {
        return info.body().text(charset);
    }

    /** An argument without {@code =} has the empty value here: the SDK's callers expect no null in the map. */
    private static Map<String, String> firstOfEach(List<Header> entries, Map<String, String> map) {
        entries.forEach(entry -> map.putIfAbsent(entry.name(), entry.value() == null ? "" : entry.value()));
        return map;
    }
}
