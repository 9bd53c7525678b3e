package dev.secretproviders.consumer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Answers like the Admin API of APISIX 3 ({@code apisix/admin/resource.lua}, {@code v3_adapter.lua}, {@code core/etcd.lua}): lists of
 * {@code key} and {@code value} with {@code total}, pages, and 404 for a consumer that has no credentials.
 */
final class FakeAdminApi implements AutoCloseable {
    static final String ADMIN_KEY = "c4n4ry-admin-key";
    private static final String ROOT = "/apisix/admin/consumers";

    /** The fault of the answers. */
    enum Mood {
        WELL,
        /** The admin key may read consumers only. */
        OTHERS_REFUSED,
        BROKEN_OFF,
        SLOW_HEAD,
        SLOW_BODY,
        NOT_JSON,
        OLD_VERSION,
        FAILING,
        SHORT_LIST,
        CREDENTIALS_FAILING
    }

    private final SortedMap<String, String> consumers = new TreeMap<>();
    private final SortedMap<String, String> credentials = new TreeMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    final AtomicInteger pages = new AtomicInteger();
    volatile Mood mood = Mood.WELL;
    volatile boolean listsEmptyAsObject;
    /** The list of loaded plugins as JSON. */
    volatile String plugins = "";

    FakeAdminApi() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                answer(exchange);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    synchronized void consumer(String username, String key) {
        consumers.put(
                "/apisix/consumers/" + username,
                "{\"username\":\"%s\",\"plugins\":{\"key-auth\":{\"key\":\"%s\"}}}".formatted(username, key));
    }

    synchronized void credential(String username, String id, String key) {
        credentials.put(
                "/apisix/consumers/" + username + "/credentials/" + id,
                "{\"id\":\"%s\",\"plugins\":{\"key-auth\":{\"key\":\"%s\"}}}".formatted(id, key));
    }

    synchronized void removeConsumer(String username) {
        consumers.remove("/apisix/consumers/" + username);
    }

    private void answer(HttpExchange exchange) throws IOException, InterruptedException {
        if (!ADMIN_KEY.equals(exchange.getRequestHeaders().getFirst("X-API-KEY"))) {
            send(exchange, 401, "{\"error_msg\":\"failed to check token\"}");
            return;
        }
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/apisix/admin/plugins/list") && mood == Mood.WELL && !plugins.isEmpty()) {
            send(exchange, 200, plugins);
            return;
        }
        boolean isList = path.equals(ROOT);
        if (!isList && !path.startsWith(ROOT + "/")) {
            send(exchange, mood == Mood.OTHERS_REFUSED ? 403 : 200, list(0, List.of()));
            return;
        }
        String body = isList ? consumers(exchange) : credentials(path.substring(ROOT.length()));
        switch (mood) {
            case WELL, OTHERS_REFUSED -> send(exchange, body.isEmpty() ? 404 : 200, body.isEmpty() ? NONE : body);
            case BROKEN_OFF -> {
                byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes, 0, bytes.length / 2);
                exchange.getResponseBody().flush();
            }
            case SLOW_HEAD -> closed.await();
            case SLOW_BODY -> {
                exchange.sendResponseHeaders(200, 1_000);
                exchange.getResponseBody().write('{');
                exchange.getResponseBody().flush();
                closed.await();
            }
            case NOT_JSON -> send(exchange, 200, "<html>" + body);
            case OLD_VERSION -> send(exchange, 200, "{\"count\":\"0\",\"node\":{\"dir\":true,\"nodes\":{}}}");
            case FAILING -> send(exchange, 503, "{\"error_msg\":\"connection refused\"}");
            case SHORT_LIST -> send(exchange, 200, "{\"total\":2,\"list\":[]}");
            case CREDENTIALS_FAILING -> send(exchange, isList ? 200 : 500, isList ? body : "");
        }
    }

    private static final String NONE = "{\"message\":\"Key not found\"}";

    private synchronized String consumers(HttpExchange exchange) {
        Map<String, String> query = List.of(exchange.getRequestURI().getQuery().split("&", -1)).stream()
                .map(pair -> pair.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        int size = Integer.parseInt(query.getOrDefault("page_size", ""));
        int page = Integer.parseInt(query.getOrDefault("page", ""));
        if (size < 10 || size > 500) {
            throw new IllegalArgumentException("page_size must be between 10 and 500");
        }
        pages.incrementAndGet();
        return list(
                consumers.size(),
                consumers.entrySet().stream()
                        .skip((page - 1L) * size)
                        .limit(size)
                        .toList());
    }

    private synchronized String credentials(String path) {
        List<Map.Entry<String, String>> found = credentials.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("/apisix/consumers" + path + "/"))
                .toList();
        return found.isEmpty() ? "" : list(found.size(), found);
    }

    private String list(int total, List<Map.Entry<String, String>> items) {
        if (items.isEmpty() && listsEmptyAsObject) {
            return "{\"total\":0,\"list\":{}}";
        }
        return items.stream()
                .map(item -> "{\"key\":\"%s\",\"value\":%s,\"createdIndex\":1,\"modifiedIndex\":1}"
                        .formatted(item.getKey(), item.getValue()))
                .collect(Collectors.joining(",", "{\"total\":" + total + ",\"list\":[", "]}"));
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
