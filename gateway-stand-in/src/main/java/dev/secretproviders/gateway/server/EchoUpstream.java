package dev.secretproviders.gateway.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.gateway.Body;
import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.UpstreamResponse;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** An upstream that answers each request with 200 and the request as JSON: method, path, query, headers. */
public final class EchoUpstream implements Closeable {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private EchoUpstream(InetSocketAddress listen) throws IOException {
        server = HttpServer.create(listen, 0);
        server.setExecutor(threads);
        server.createContext("/", EchoUpstream::handle);
    }

    /**
     * Starts the upstream.
     *
     * @param listen address and port; port 0 selects a free one
     */
    public static EchoUpstream start(InetSocketAddress listen) throws IOException {
        EchoUpstream upstream = new EchoUpstream(listen);
        upstream.server.start();
        return upstream;
    }

    /** Returns the address of the upstream. */
    public URI uri() {
        return Exchanges.uri(server);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private static void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            Map<String, Object> seen = new LinkedHashMap<>();
            seen.put("method", exchange.getRequestMethod());
            seen.put("path", exchange.getRequestURI().getRawPath());
            seen.put("query", exchange.getRequestURI().getRawQuery());
            Map<String, Object> headers = new TreeMap<>();
            exchange.getRequestHeaders()
                    .forEach((name, values) ->
                            headers.put(usualCase(name), values.size() == 1 ? values.getFirst() : List.copyOf(values)));
            seen.put("headers", headers);
            Body body = Body.of(JSON.writeValueAsString(seen) + "\n");
            Exchanges.answer(
                    exchange, new UpstreamResponse(200, List.of(Entry.of("Content-Type", "application/json")), body));
        }
    }

    /** Corrects the letter case of names: the JDK's server writes {@code X-consumer-username}. */
    private static String usualCase(String name) {
        return Arrays.stream(name.split("-", -1))
                .map(part -> part.isEmpty() ? part : Character.toUpperCase(part.charAt(0)) + part.substring(1))
                .collect(Collectors.joining("-"));
    }
}
