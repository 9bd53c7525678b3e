package dev.secretproviders.gateway.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.gateway.Body;
import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.UpstreamResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.Set;

/** Writes answers with the JDK's HTTP server. */
final class Exchanges {
    /** Headers that the server sets itself. */
    private static final Set<String> OWN = Set.of("connection", "content-length", "transfer-encoding", "date");

    private static final int NO_BODY = -1;

    private Exchanges() {}

    static void answer(HttpExchange exchange, UpstreamResponse response) throws IOException {
        for (Entry header : response.headers()) {
            String value = header.value();
            if (value != null && OWN.stream().noneMatch(header::isNamed)) {
                exchange.getResponseHeaders().add(header.name(), escapeLineEnds(value));
            }
        }
        byte[] body = cut(response).bytes();
        boolean bodiless = exchange.getRequestMethod().equals("HEAD")
                || response.status() == 204
                || response.status() == 304
                || body.length == 0;
        exchange.sendResponseHeaders(response.status(), bodiless ? NO_BODY : body.length);
        if (!bodiless) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    static URI uri(HttpServer server) {
        String host = server.getAddress().getHostString();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + server.getAddress().getPort());
    }

    /** Cuts the body to a content-length that a plugin set, as nginx does. */
    private static Body cut(UpstreamResponse response) {
        int length = Entry.first(response.headers(), "content-length")
                .filter(value -> value.matches("\\d{1,9}"))
                .map(Integer::parseInt)
                .orElse(Integer.MAX_VALUE);
        byte[] bytes = response.body().bytes();
        return length < bytes.length ? Body.of(java.util.Arrays.copyOf(bytes, length)) : response.body();
    }

    private static String escapeLineEnds(String value) {
        return value.replace("\r", "%0D").replace("\n", "%0A");
    }
}
