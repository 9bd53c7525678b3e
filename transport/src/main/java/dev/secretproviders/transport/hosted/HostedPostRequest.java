package dev.secretproviders.transport.hosted;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.transport.wire.FetchedInfo;
import dev.secretproviders.transport.wire.Messages;
import io.github.api7.A6.HTTPRespCall.Req;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.apache.apisix.plugin.runner.PostRequest;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.jspecify.annotations.Nullable;

/** The upstream's response as hosted filters see it. Immutable. */
final class HostedPostRequest extends PostRequest {
    private final Messages.HttpRespCall call;
    private final Map<String, String> config;
    private final FetchedInfo info;

    HostedPostRequest(Messages.HttpRespCall call, Map<String, String> config, FetchedInfo info) {
        super(new Req());
        this.call = call;
        this.config = Map.copyOf(config);
        this.info = info;
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

    @Override
    public Map<String, String> getUpstreamHeaders() {
        Map<String, String> map = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (Header header : call.headers()) {
            map.putIfAbsent(header.name(), header.value() == null ? "" : header.value());
        }
        return map;
    }

    @Override
    public Integer getUpstreamStatusCode() {
        return call.status();
    }

    @Override
    public @Nullable String getVars(@Nullable String name) {
        return info.variableText(name);
    }

    @Override
    public String getBody() {
        return getBody(StandardCharsets.UTF_8);
    }

    @Override
    public String getBody(Charset charset) {
        return info.bodyText(charset);
    }
}
