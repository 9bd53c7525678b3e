package dev.secretproviders.gateway.server;

import dev.secretproviders.gateway.Body;
import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.UpstreamRequest;
import dev.secretproviders.gateway.UpstreamResponse;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Calls upstreams like nginx's proxy module with APISIX's default timeout. */
final class UpstreamClient implements Closeable {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** Headers of one connection, which are not forwarded. */
    private static final Set<String> HOP_BY_HOP =
            Set.of("connection", "content-length", "expect", "keep-alive", "te", "transfer-encoding", "upgrade");

    private static final boolean HOST_CAN_BE_SET = allowHost();

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(TIMEOUT)
            .build();

    UpstreamResponse send(URI upstream, UpstreamRequest request) throws IOException, InterruptedException {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(origin(upstream) + request.target()))
                .timeout(TIMEOUT);
        if (!request.body().isEmpty()) {
            builder.method(
                    request.method(), BodyPublishers.ofByteArray(request.body().bytes()));
        } else if (request.method().equals("GET")) {
            // Unlike the general form this adds no Content-Length.
            builder.GET();
        } else {
            builder.method(request.method(), BodyPublishers.noBody());
        }
        for (Entry header : request.headers()) {
            String value = header.value();
            boolean host = header.isNamed("host");
            if (value != null && HOP_BY_HOP.stream().noneMatch(header::isNamed) && (!host || HOST_CAN_BE_SET)) {
                builder.header(header.name(), value);
            }
        }
        HttpResponse<byte[]> response = client.send(builder.build(), BodyHandlers.ofByteArray());
        List<Entry> headers = new ArrayList<>();
        response.headers()
                .map()
                .forEach((name, values) -> values.stream()
                        .filter(_ -> HOP_BY_HOP.stream().noneMatch(name::equalsIgnoreCase))
                        .forEach(value -> headers.add(Entry.of(name, value))));
        return new UpstreamResponse(response.statusCode(), headers, Body.of(response.body()));
    }

    private static String origin(URI upstream) {
        return upstream.getScheme() + "://" + upstream.getRawAuthority();
    }

    /**
     * Lets requests set {@code Host}. The JDK's client reads this property once. If another part of the process created
     * a client before, upstreams see their own address.
     */
    private static boolean allowHost() {
        System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
        try {
            HttpRequest.newBuilder().header("host", "probe");
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
