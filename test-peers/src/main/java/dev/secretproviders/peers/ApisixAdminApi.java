package dev.secretproviders.peers;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A server that keeps to the Admin API of APISIX 3.18, as published: {@code apisix/admin/init.lua}, {@code
 * apisix/admin/resource.lua}, {@code apisix/admin/ssl.lua}, and the schema of ssl objects in {@code apisix/schema_def.lua}. It knows
 * {@code ssls}, {@code consumers} and their credentials whole, and lists of other objects. Thread-safe.
 */
public final class ApisixAdminApi implements AutoCloseable {
    /** The admin key. */
    public static final String KEY = "the-admin-key-of-apisix";

    private static final String BASE = "/apisix/admin/";
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Pattern HOST = Pattern.compile("^\\*$|^\\*?[0-9a-zA-Z-._\\[\\]:]+$");
    private static final Pattern ID = Pattern.compile("^[a-zA-Z0-9-_.]+$");
    private static final Pattern LABEL = Pattern.compile("^\\S+$");
    private static final Set<String> FIELDS = Set.of(
            "id",
            "desc",
            "labels",
            "create_time",
            "update_time",
            "type",
            "cert",
            "key",
            "sni",
            "snis",
            "certs",
            "keys",
            "client",
            "status",
            "ssl_protocols");
    private static final int SHORTEST_CERT = 128;
    private static final int SHORTEST_KEY = 32;
    private static final int LONGEST = 64 << 10;

    private final LoopbackHttp server;
    private final Map<String, Map<String, ObjectNode>> objects = new ConcurrentHashMap<>();
    private final AtomicInteger writes = new AtomicInteger();
    private volatile boolean standalone;
    private volatile boolean silent;
    private volatile long lastUpdate;
    private final AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
    private final ApisixConsumers consumers = new ApisixConsumers();
    private volatile Consumer<String> listener = request -> {};

    private ApisixAdminApi(int port) {
        this.server = LoopbackHttp.start(port, this::answer);
    }

    /** Starts a server without objects. */
    public static ApisixAdminApi start() {
        return new ApisixAdminApi(0);
    }

    /**
     * Serves until the process ends, for the demo.
     *
     * @param arguments the port
     */
    public static void main(String[] arguments) {
        System.out.println("Admin API ready on " + new ApisixAdminApi(Integer.parseInt(arguments[0])).uri());
    }

    /** Returns where it is. */
    public URI uri() {
        return server.uri();
    }

    /** Makes it an APISIX in standalone mode, which has none of these objects (apisix/admin/standalone.lua). */
    public void standalone(boolean on) {
        standalone = on;
    }

    /** Makes it answer 503 to everything, as without its etcd. */
    public void silent(boolean on) {
        silent = on;
    }

    /** Returns the consumers and their credentials. */
    public ApisixConsumers consumers() {
        return consumers;
    }

    /**
     * Runs this before each request is answered, with its method and path such as {@code PUT /apisix/admin/consumers/jack}, and
     * again with {@code answered} in front before the answer is sent. The client waits meanwhile.
     */
    public void onRequest(Consumer<String> action) {
        listener = action;
    }

    /** Runs this once, before the next object is deleted over the API. */
    public void beforeTheNextDeletion(Runnable action) {
        meanwhile.set(action);
    }

    /** Returns an object as it is stored, key included, or null. */
    public @Nullable JsonNode stored(String kind, String id) {
        return of(kind).get(id);
    }

    /** Returns an object that is there. Throws a {@link NoSuchElementException} if it is not. */
    public JsonNode object(String kind, String id) {
        JsonNode found = stored(kind, id);
        if (found == null) {
            throw new NoSuchElementException("there is no " + kind + "/" + id);
        }
        return found;
    }

    /** Stores an object as another writer does. */
    public void store(String kind, String id, ObjectNode object) {
        object.put("id", id);
        object.put("update_time", time());
        of(kind).put(id, object);
    }

    /** Removes an object as another writer does. */
    public void remove(String kind, String id) {
        of(kind).remove(id);
    }

    /** Returns how many objects were written over the API. */
    public int writes() {
        return writes.get();
    }

    private Map<String, ObjectNode> of(String kind) {
        return objects.computeIfAbsent(kind, absent -> new ConcurrentSkipListMap<>());
    }

    /** Returns the time in seconds, later than the one before, so that tests need not wait for a second. */
    private synchronized long time() {
        lastUpdate = Math.max(Instant.now().getEpochSecond(), lastUpdate + 1);
        return lastUpdate;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            listener.accept(exchange.getRequestMethod() + " " + path);
            if (silent) {
                send(exchange, 503, LoopbackHttp.error("has no healthy etcd endpoint available"));
            } else if (!KEY.equals(exchange.getRequestHeaders().getFirst("X-API-KEY"))) {
                send(exchange, 401, LoopbackHttp.error("failed to check token"));
            } else if (!path.startsWith(BASE) || standalone) {
                send(exchange, 404, LoopbackHttp.error("not found"));
            } else {
                String[] segments = path.substring(BASE.length()).split("/", -1);
                if (segments[0].equals("consumers")) {
                    consumers(exchange, segments, body);
                } else if (segments.length == 1) {
                    list(exchange, segments[0]);
                } else {
                    one(exchange, segments[0], segments[1], body);
                }
            }
        }
    }

    private void consumers(HttpExchange exchange, String[] segments, byte[] body) throws IOException {
        Map<String, String> query = query(exchange.getRequestURI());
        boolean lists = segments.length == 1 || segments.length == 3;
        ApisixConsumers.Reply reply = lists
                ? consumers.list(
                        segments.length == 1 ? null : segments[1],
                        Integer.parseInt(query.getOrDefault("page", "1")),
                        Integer.parseInt(query.getOrDefault("page_size", "500")))
                : consumers.one(
                        exchange.getRequestMethod(),
                        String.join("/", List.of(segments).subList(1, segments.length)),
                        body,
                        time());
        listener.accept("answered " + exchange.getRequestMethod() + " "
                + exchange.getRequestURI().getPath());
        send(exchange, reply.status(), reply.body());
    }

    private void list(HttpExchange exchange, String kind) throws IOException {
        Map<String, String> query = query(exchange.getRequestURI());
        int size = Integer.parseInt(query.getOrDefault("page_size", "10"));
        int page = Integer.parseInt(query.getOrDefault("page", "1"));
        if (size < 10 || size > 500) {
            send(exchange, 400, LoopbackHttp.error("invalid page_size"));
            return;
        }
        List<String> ids = List.copyOf(of(kind).keySet());
        ObjectNode answer = JSON.createObjectNode().put("total", ids.size());
        var list = answer.putArray("list");
        ids.stream().skip((page - 1L) * size).limit(size).forEach(id -> list.add(keyed(kind, id, shown(kind, id))));
        send(exchange, 200, answer);
    }

    private static Map<String, String> query(URI uri) {
        Map<String, String> query = new ConcurrentHashMap<>();
        if (uri.getQuery() != null) {
            for (String pair : uri.getQuery().split("&", -1)) {
                String[] parts = pair.split("=", 2);
                query.put(parts[0], parts.length == 2 ? parts[1] : "");
            }
        }
        return query;
    }

    /** Private keys of ssls are not shown (resource.lua, get). */
    private ObjectNode shown(String kind, String id) {
        ObjectNode object = Objects.requireNonNull(of(kind).get(id)).deepCopy();
        if (kind.equals("ssls")) {
            object.remove(List.of("key", "keys"));
        }
        return object;
    }

    private static ObjectNode keyed(String kind, String id, JsonNode value) {
        ObjectNode node = JSON.createObjectNode().put("key", "/apisix/" + kind + "/" + id);
        node.set("value", value);
        return node;
    }

    private void one(HttpExchange exchange, String kind, String id, byte[] body) throws IOException {
        boolean there = of(kind).containsKey(id);
        switch (exchange.getRequestMethod()) {
            case "GET" ->
                send(
                        exchange,
                        there ? 200 : 404,
                        there ? keyed(kind, id, shown(kind, id)) : LoopbackHttp.error("Key not found"));
            case "DELETE" -> {
                meanwhile.getAndSet(() -> {}).run();
                of(kind).remove(id);
                ObjectNode answer = JSON.createObjectNode().put("key", "/apisix/" + kind + "/" + id);
                send(exchange, there ? 200 : 404, answer.put("deleted", there ? "1" : "0"));
            }
            case "PUT" -> put(exchange, kind, id, body);
            default -> send(exchange, 404, LoopbackHttp.error("not found"));
        }
    }

    private void put(HttpExchange exchange, String kind, String id, byte[] body) throws IOException {
        if (!(JSON.readTree(body) instanceof ObjectNode object)) {
            send(exchange, 400, LoopbackHttp.error("invalid configuration"));
            return;
        }
        object.put("id", id);
        String problem = kind.equals("ssls") ? problem(id, object) : null;
        if (problem != null) {
            send(exchange, 400, LoopbackHttp.error(problem));
            return;
        }
        ObjectNode before = of(kind).get(id);
        long now = time();
        object.put("update_time", now);
        object.put(
                "create_time", before == null ? now : before.path("create_time").asLong(now));
        of(kind).put(id, object);
        writes.incrementAndGet();
        // The answer to a PUT holds the key, unlike that to a GET.
        send(exchange, before == null ? 201 : 200, keyed(kind, id, object));
    }

    /** Returns why an ssl object is refused, or null. */
    private static @Nullable String problem(String id, ObjectNode ssl) {
        String invalid = "invalid configuration: ";
        for (String field : ssl.propertyNames()) {
            if (!FIELDS.contains(field)) {
                return invalid + "additional properties forbidden, found " + field;
            }
        }
        if (ssl.has("create_time") || ssl.has("update_time")) {
            return "the property is forbidden:  create_time";
        }
        if (!ID.matcher(id).matches() || id.length() > 64) {
            return invalid + "property \"id\" validation failed";
        }
        boolean server = ssl.path("type").asString("server").equals("server");
        if (server && ssl.has("sni") == ssl.has("snis")) {
            return invalid + "then clause did not match";
        }
        if (!isText(ssl.path("cert"), SHORTEST_CERT) || !isText(ssl.path("key"), SHORTEST_KEY)) {
            return invalid + "property \"cert\" or \"key\" validation failed";
        }
        for (JsonNode sni : ssl.path("snis")) {
            if (!HOST.matcher(sni.asString("")).matches()) {
                return invalid + "property \"snis\" validation failed";
            }
        }
        if (ssl.has("snis") && (!ssl.path("snis").isArray() || ssl.path("snis").isEmpty())) {
            return invalid + "property \"snis\" validation failed: expect array to have at least 1 items";
        }
        for (Map.Entry<String, JsonNode> label : ssl.path("labels").properties()) {
            String value = label.getValue().asString("");
            if (!LABEL.matcher(value).matches() || value.length() > 256) {
                return invalid + "property \"labels\" validation failed";
            }
        }
        for (JsonNode protocol : ssl.path("ssl_protocols")) {
            if (!Set.of("TLSv1.1", "TLSv1.2", "TLSv1.3").contains(protocol.asString(""))) {
                return invalid + "property \"ssl_protocols\" validation failed";
            }
        }
        if (ssl.has("client") && !isText(ssl.path("client").path("ca"), SHORTEST_CERT)) {
            return invalid + "property \"client\" validation failed";
        }
        return parsed(ssl);
    }

    private static boolean isText(JsonNode node, int shortest) {
        return node.isString()
                && node.asString().length() >= shortest
                && node.asString().length() <= LONGEST;
    }

    /** As ngx.ssl parses it; it does not compare key and certificate either. */
    private static @Nullable String parsed(ObjectNode ssl) {
        try {
            var _ = CertificateFactory.getInstance("X.509")
                    .generateCertificates(
                            new ByteArrayInputStream(ssl.path("cert").asString().getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            return "failed to parse cert: PEM_read_bio_X509_AUX() failed";
        }
        String key = ssl.path("key").asString();
        return key.startsWith("-----BEGIN ") && key.contains("PRIVATE KEY-----")
                ? null
                : "failed to parse key: PEM_read_bio_PrivateKey() failed";
    }

    private static void send(HttpExchange exchange, int status, JsonNode answer) throws IOException {
        exchange.getResponseHeaders().set("X-API-VERSION", "v3");
        LoopbackHttp.send(exchange, status, JSON.writeValueAsBytes(answer));
    }

    @Override
    public void close() {
        server.close();
    }
}
