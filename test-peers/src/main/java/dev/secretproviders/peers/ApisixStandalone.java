package dev.secretproviders.peers;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A server that keeps to the Admin API of APISIX in API-driven standalone mode, as published: {@code apisix/admin/standalone.lua} and
 * {@code apisix/admin/init.lua} of 3.15 to 3.18. It keeps one configuration in memory and checks nothing of its objects. Thread-safe.
 */
public final class ApisixStandalone implements AutoCloseable {
    /** The admin key. */
    public static final String KEY = "the-admin-key-of-apisix";
    /** The key with the role viewer: APISIX answers 401 to all but GET. */
    public static final String VIEWER_KEY = "the-viewer-key-of-apisix";

    private static final String CONFIGS = "/apisix/admin/configs";
    private static final String DIGEST = "X-Digest";
    private static final String MODIFIED = "X-Last-Modified";
    private static final String VERSION = "_conf_version";
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final List<String> KINDS = List.of(
            "consumers",
            "consumer_groups",
            "global_rules",
            "plugin_configs",
            "plugin_metadata",
            "protos",
            "routes",
            "secrets",
            "services",
            "ssls",
            "stream_routes",
            "upstreams");

    private final LoopbackHttp server;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger reads = new AtomicInteger();
    private volatile Mood mood = Mood.WELL;
    private @Nullable ObjectNode config;
    private long clock = 1_700_000_000;

    /** The fault of the answers. */
    public enum Mood {
        /** There is none. */
        WELL,
        /** Answers 500. */
        FAILING,
        /** Answers 404, as an older version or another mode does. */
        ABSENT,
        /** Answers with a text that is not JSON. */
        NOT_JSON,
        /** Answers with a list. */
        NO_OBJECT,
        /** Answers with consumers that are no list. */
        NO_LIST,
        /** Closes the connection in the middle of an answer. */
        BROKEN_OFF,
        /** Answers without an end. */
        ENDLESS,
        /** Does not answer. */
        SILENT,
        /** Answers a digest without the time. */
        NO_TIME
    }

    private ApisixStandalone() {
        this.server = LoopbackHttp.start(0, this::answer);
    }

    /** Starts one that has no configuration yet. */
    public static ApisixStandalone start() {
        return new ApisixStandalone();
    }

    /** Returns where it is. */
    public URI uri() {
        return server.uri();
    }

    /** Gives its answers a fault. */
    public void mood(Mood now) {
        mood = now;
    }

    /** Sets its clock, in seconds. Each push takes a second. */
    public synchronized void clock(long seconds) {
        clock = seconds;
    }

    /** Takes its configuration away, as a restart does. */
    public synchronized void restart() {
        config = null;
    }

    /** Returns how often it was asked for anything. */
    public int asked() {
        return asked.get();
    }

    /** Returns how often it was asked for the whole configuration. */
    public int reads() {
        return reads.get();
    }

    /**
     * Pushes a configuration, as the Ingress Controller does.
     *
     * @param json the lists of objects, for example <code>{"consumers": [...]}</code>
     */
    public void push(String digest, String json) {
        int status = put(digest, json.getBytes(StandardCharsets.UTF_8));
        if (status >= 400) {
            throw new PeerFailedException("the push was answered with " + status);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        asked.incrementAndGet();
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            if (mood == Mood.SILENT) {
                closed.await();
            } else if (mood == Mood.ABSENT || !path.equals(CONFIGS)) {
                LoopbackHttp.send(exchange, 404, error("404 Route Not Found"));
            } else if (!allows(exchange)) {
                LoopbackHttp.send(exchange, 401, error("failed to check token"));
            } else if (mood == Mood.FAILING) {
                LoopbackHttp.send(exchange, 500, error("failed to get config from shared_dict: no memory"));
            } else {
                switch (exchange.getRequestMethod()) {
                    case "HEAD" -> head(exchange);
                    case "GET" -> get(exchange);
                    case "PUT" -> {
                        int status = put(exchange.getRequestHeaders().getFirst(DIGEST), body);
                        LoopbackHttp.send(exchange, status, status < 400 ? new byte[0] : error("invalid request"));
                    }
                    default -> LoopbackHttp.send(exchange, 404, error("not found"));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean allows(HttpExchange exchange) {
        String key = exchange.getRequestHeaders().getFirst("X-API-KEY");
        return KEY.equals(key)
                || (VIEWER_KEY.equals(key) && exchange.getRequestMethod().equals("GET"));
    }

    private synchronized void version(Headers headers) {
        if (config != null) {
            headers.set(DIGEST, config.path(DIGEST).asString());
            if (mood != Mood.NO_TIME) {
                headers.set(MODIFIED, config.path(MODIFIED).asString());
            }
        }
    }

    private void head(HttpExchange exchange) throws IOException {
        version(exchange.getResponseHeaders());
        exchange.sendResponseHeaders(200, -1);
    }

    private void get(HttpExchange exchange) throws IOException {
        reads.incrementAndGet();
        version(exchange.getResponseHeaders());
        byte[] body = content();
        switch (mood) {
            case NOT_JSON ->
                LoopbackHttp.send(
                        exchange,
                        200,
                        ("<html>" + new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8));
            case NO_OBJECT ->
                LoopbackHttp.send(
                        exchange, 200, JSON.writeValueAsBytes(List.of(new String(body, StandardCharsets.UTF_8))));
            case NO_LIST ->
                LoopbackHttp.send(exchange, 200, "{\"consumers\": {\"jack\": {}}}".getBytes(StandardCharsets.UTF_8));
            case BROKEN_OFF -> {
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body, 0, body.length / 2);
                exchange.getResponseBody().flush();
            }
            case ENDLESS -> {
                exchange.sendResponseHeaders(200, 0);
                byte[] block = new byte[1 << 20];
                Arrays.fill(block, (byte) ' ');
                while (!Thread.currentThread().isInterrupted()) {
                    // Ends with an exception when the reader has had enough.
                    exchange.getResponseBody().write(block);
                }
            }
            default -> LoopbackHttp.send(exchange, 200, body);
        }
    }

    private synchronized byte[] content() {
        if (config != null) {
            return JSON.writeValueAsBytes(config);
        }
        ObjectNode none = JSON.createObjectNode();
        KINDS.forEach(kind -> none.put(kind + VERSION, 0));
        return JSON.writeValueAsBytes(none);
    }

    private synchronized int put(@Nullable String digest, byte[] body) {
        JsonNode pushed;
        try {
            pushed = JSON.readTree(body);
        } catch (JacksonException e) {
            return 400;
        }
        if (digest == null || !pushed.isObject()) {
            return 400;
        }
        if (config != null && digest.equals(config.path(DIGEST).asString())) {
            return 204;
        }
        ObjectNode next = JSON.createObjectNode();
        for (String kind : KINDS) {
            long before = config == null ? 0 : config.path(kind + VERSION).asLong(0);
            long version = pushed.path(kind + VERSION).asLong(before + 1);
            if (version < before) {
                return 400;
            }
            next.put(kind + VERSION, version);
            JsonNode items = version == before && config != null ? config.path(kind) : pushed.path(kind);
            if (!items.isEmpty()) {
                next.set(kind, items);
            }
        }
        next.put(MODIFIED, ++clock);
        next.put(DIGEST, digest);
        config = next;
        return 202;
    }

    private static byte[] error(String message) {
        return JSON.writeValueAsBytes(LoopbackHttp.error(message));
    }

    @Override
    public void close() {
        closed.countDown();
        server.close();
    }
}
