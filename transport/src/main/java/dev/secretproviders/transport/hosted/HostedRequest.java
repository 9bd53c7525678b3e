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
 * The request as hosted filters see it, with the changes of earlier filters. Shows the first of repeated headers and
 * arguments, finds header names in any letter case, and supports IPv6 addresses. Thread-safe.
 */
final class HostedRequest extends HttpRequest {
    private static final Method[] METHODS = Method.values();

    private final HostedCalls.Call call;
    private final HostedResponse response;
    private final Map<String, String> config;

    HostedRequest(HostedCalls.Call call, HostedResponse response) {
        super(new Req());
        this.call = call;
        this.response = response;
        this.config = Map.copyOf(call.route().values());
    }

    @Override
    public @Nullable String getConfig(PluginFilter filter) {
        return config.get(filter.name());
    }

    @Override
    public long getRequestId() {
        return Integer.toUnsignedLong(call.id());
    }

    @Override
    public long getConfToken() {
        return Integer.toUnsignedLong(call.token());
    }

    /** Returns the client's IP address, or null if it has none. */
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
        return call.info().variableText(name);
    }

    /** Returns the body as UTF-8. Empty if there is no body or the filter did not ask for it. */
    @Override
    public String getBody() {
        return getBody(StandardCharsets.UTF_8);
    }

    @Override
    public String getBody(Charset charset) {
        return call.info().bodyText(charset);
    }

    /** Maps each name to its first value. An argument without {@code =} is empty, as the SDK's users expect no null. */
    private static Map<String, String> firstOfEach(List<Header> entries, Map<String, String> map) {
        entries.forEach(entry -> map.putIfAbsent(entry.name(), entry.value() == null ? "" : entry.value()));
        return map;
    }
}
