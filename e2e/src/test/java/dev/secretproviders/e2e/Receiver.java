package dev.secretproviders.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;

/** An HTTP server that keeps the bodies that are posted to it: a webhook, or a collector that takes OTLP. */
final class Receiver implements AutoCloseable {
    private final HttpServer server;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private volatile int status = 200;

    private Receiver(HttpServer server) {
        this.server = server;
    }

    /** What was posted. The strings of a protobuf message stand in {@code body} as they are. */
    record Request(String path, String authorization, String signature, String body) {}

    static Receiver start() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        Receiver receiver = new Receiver(server);
        server.createContext("/", receiver::handle);
        server.start();
        return receiver;
    }

    private void handle(HttpExchange exchange) throws IOException {
        boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
        try (InputStream raw = exchange.getRequestBody();
                InputStream in = zipped ? new GZIPInputStream(raw) : raw) {
            String body = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (status == 200) {
                requests.add(new Request(
                        exchange.getRequestURI().getPath(),
                        header(exchange, "Authorization"),
                        header(exchange, "Secret-Providers-Signature"),
                        body));
            }
        }
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    private static String header(HttpExchange exchange, String name) {
        String value = exchange.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    /** Answers with this status from now on, and keeps only what was answered with 200. */
    void answer(int with) {
        status = with;
    }

    String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    List<Request> requests(String path) {
        return requests.stream().filter(request -> request.path().equals(path)).toList();
    }

    /** Returns everything that was posted to a path. */
    String everything(String path) {
        return String.join("\n", requests(path).stream().map(Request::body).toList());
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
