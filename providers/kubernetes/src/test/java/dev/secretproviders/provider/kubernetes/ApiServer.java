package dev.secretproviders.provider.kubernetes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.secretproviders.provider.shared.AnswerTable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers like the API server, as its documentation describes for secrets: reads, and watches with initial state,
 * versions, bookmarks and metadata only, and 410 for a version that it no longer has. Every refusal's text contains
 * {@link #CANARY}.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/api-concepts/">API concepts</a>
 */
final class ApiServer implements AutoCloseable {
    static final String CANARY = "canary-9e07";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpServer server;
    private final String scheme;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Map<String, Object>> secrets = new TreeMap<>();
    private final List<Change> history = new ArrayList<>();
    private final List<String> watched = new CopyOnWriteArrayList<>();
    private final List<String> seenByWatches = new CopyOnWriteArrayList<>();
    private long version = 100;
    private long forgotten;
    private int breaks;
    private volatile String token = "token-1";
    private volatile int readStatus = 200;
    private volatile int watchStatus = 200;
    private volatile boolean refusedByEvent;
    private volatile boolean proxyErrors;
    private volatile AnswerTable.@Nullable Row canned;

    private record Change(long version, String type, String namespace, Map<String, Object> metadata) {}

    ApiServer() throws IOException {
        this(null, false);
    }

    ApiServer(@Nullable SSLContext tls, boolean clientCertificate) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (tls == null) {
            server = HttpServer.create(address, 0);
        } else {
            HttpsServer secure = HttpsServer.create(address, 0);
            secure.setHttpsConfigurator(new HttpsConfigurator(tls) {
                @Override
                public void configure(HttpsParameters parameters) {
                    var sslParameters = getSSLContext().getDefaultSSLParameters();
                    sslParameters.setNeedClientAuth(clientCertificate);
                    parameters.setSSLParameters(sslParameters);
                }
            });
            server = secure;
        }
        scheme = tls == null ? "http" : "https";
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/api/v1/namespaces/", this::serve);
        server.start();
    }

    URI address() {
        return URI.create(scheme + "://127.0.0.1:" + port());
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Sets the only accepted token; an empty one accepts every client. */
    void expect(String wanted) {
        token = wanted;
    }

    void put(String namespace, String name, Map<String, String> fields) {
        Map<String, String> data = new LinkedHashMap<>();
        fields.forEach((key, value) ->
                data.put(key, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
        lock.lock();
        try {
            String key = namespace + "/" + name;
            String type = secrets.containsKey(key) ? "MODIFIED" : "ADDED";
            Map<String, Object> metadata = metadata(namespace, name, ++version);
            secrets.put(key, secret(metadata, data));
            tell(new Change(version, type, namespace, metadata));
        } finally {
            lock.unlock();
        }
    }

    /** Deletes a secret, or with a finalizer only marks it as being deleted. */
    void delete(String namespace, String name, boolean finalizer) {
        lock.lock();
        try {
            Map<String, Object> metadata = metadata(namespace, name, ++version);
            if (finalizer) {
                metadata.put("deletionTimestamp", "2026-11-25T10:00:00Z");
                secrets.put(namespace + "/" + name, secret(metadata, Map.of("key", "dmFsdWU=")));
            } else {
                secrets.remove(namespace + "/" + name);
            }
            tell(new Change(version, finalizer ? "MODIFIED" : "DELETED", namespace, metadata));
        } finally {
            lock.unlock();
        }
    }

    /** Answers every read of a secret with this answer. */
    void answerReads(AnswerTable.Row answer) {
        canned = answer;
    }

    /** Refuses reads, or answers them if 200. */
    void readStatus(int status) {
        readStatus = status;
    }

    /** Refuses watches, or answers them if 200. */
    void watchStatus(int status) {
        watchStatus = status;
    }

    /** Answers watches with status 200, and then refuses them by an event. */
    void refuseWatchesByEvent(boolean refused) {
        refusedByEvent = refused;
    }

    /** Makes refusals look like those of a proxy from now on. */
    void behindProxy() {
        proxyErrors = true;
    }

    /** Breaks all watches in the middle of a stream. */
    void breakWatches() {
        lock.lock();
        try {
            breaks++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Drops earlier versions, like the API server after etcd's compaction. */
    void compact() {
        lock.lock();
        try {
            forgotten = version;
            history.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the resourceVersion of each requested watch, empty for none. */
    List<String> watches() {
        return List.copyOf(watched);
    }

    /** Returns what was sent over watches. */
    String seenByWatches() {
        return String.join("", seenByWatches);
    }

    @Override
    public void close() {
        breakWatches();
        server.stop(0);
    }

    private void tell(Change change) {
        history.add(change);
        changed.signalAll();
    }

    private static Map<String, Object> metadata(String namespace, String name, long version) {
        return new LinkedHashMap<>(Map.of(
                "name",
                name,
                "namespace",
                namespace,
                "uid",
                "0000-" + name,
                "resourceVersion",
                Long.toString(version),
                "creationTimestamp",
                "2026-11-25T09:00:00Z"));
    }

    private static Map<String, Object> secret(Map<String, Object> metadata, Map<String, String> data) {
        return Map.of("kind", "Secret", "apiVersion", "v1", "metadata", metadata, "data", data, "type", "Opaque");
    }

    private void serve(HttpExchange exchange) throws IOException {
        String[] path = exchange.getRequestURI().getPath().split("/", -1);
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (!token.isEmpty() && !("Bearer " + token).equals(authorization)) {
            refuse(exchange, 401, "Unauthorized");
        } else if (path.length == 6) {
            watch(exchange, path[4]);
        } else {
            read(exchange, path[4] + "/" + path[6]);
        }
    }

    private void read(HttpExchange exchange, String key) throws IOException {
        Map<String, Object> secret;
        lock.lock();
        try {
            secret = secrets.get(key);
        } finally {
            lock.unlock();
        }
        AnswerTable.Row answer = canned;
        if (answer != null) {
            answer.send(exchange);
        } else if (readStatus != 200) {
            refuse(exchange, readStatus, readStatus == 403 ? "Forbidden" : "InternalError");
        } else if (secret == null) {
            refuse(exchange, 404, "NotFound");
        } else {
            answer(exchange, 200, JSON.writeValueAsString(secret));
        }
    }

    private void watch(HttpExchange exchange, String namespace) throws IOException {
        Map<String, String> query = new HashMap<>();
        for (String pair : exchange.getRequestURI().getQuery().split("&", -1)) {
            query.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }
        String after = query.getOrDefault("resourceVersion", "");
        watched.add(after);
        boolean metadataOnly = String.valueOf(exchange.getRequestHeaders().getFirst("Accept"))
                .contains("as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
        if (!"true".equals(query.get("watch")) || !metadataOnly) {
            refuse(exchange, 400, "BadRequest");
            return;
        }
        if (watchStatus != 200) {
            refuse(exchange, watchStatus, watchStatus == 403 ? "Forbidden" : "Expired");
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            stream(out, namespace, after);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void stream(OutputStream out, String namespace, String after) throws IOException, InterruptedException {
        if (refusedByEvent) {
            send(out, List.of("{\"type\":\"ERROR\",\"object\":" + status(500, "InternalError") + "}\n"));
            return;
        }
        List<String> pending = new ArrayList<>();
        long seen;
        int started;
        lock.lock();
        try {
            started = breaks;
            seen = after.isEmpty() ? version : Long.parseLong(after);
            if (after.isEmpty()) {
                secrets.forEach((key, secret) -> {
                    if (key.startsWith(namespace + "/")) {
                        pending.add(event("ADDED", Objects.requireNonNull(secret.get("metadata"))));
                    }
                });
            } else if (seen < forgotten) {
                send(out, List.of("{\"type\":\"ERROR\",\"object\":" + status(410, "Expired") + "}\n"));
                return;
            }
        } finally {
            lock.unlock();
        }
        // As after some time without a change: the client may continue from here.
        pending.add(
                event("BOOKMARK", new LinkedHashMap<String, Object>(Map.of("resourceVersion", Long.toString(seen)))));
        while (true) {
            send(out, pending);
            pending.clear();
            lock.lock();
            try {
                while (breaks == started
                        && (history.isEmpty() || history.getLast().version() <= seen)) {
                    changed.await();
                }
                if (breaks != started) {
                    return;
                }
                for (Change change : history) {
                    if (change.version() > seen && change.namespace().equals(namespace)) {
                        pending.add(event(change.type(), change.metadata()));
                    }
                }
                seen = history.getLast().version();
            } finally {
                lock.unlock();
            }
        }
    }

    private void send(OutputStream out, List<String> events) throws IOException {
        for (String event : events) {
            seenByWatches.add(event);
            out.write(event.getBytes(StandardCharsets.UTF_8));
        }
        out.flush();
    }

    private static String event(String type, Object metadata) {
        return JSON.writeValueAsString(Map.of(
                        "type",
                        type,
                        "object",
                        Map.of("kind", "PartialObjectMetadata", "apiVersion", "meta.k8s.io/v1", "metadata", metadata)))
                + "\n";
    }

    private static String status(int code, String reason) {
        return JSON.writeValueAsString(Map.of(
                "kind",
                "Status",
                "apiVersion",
                "v1",
                "metadata",
                Map.of(),
                "status",
                "Failure",
                "message",
                CANARY,
                "reason",
                reason,
                "code",
                code));
    }

    private void refuse(HttpExchange exchange, int code, String reason) throws IOException {
        answer(exchange, code, proxyErrors ? "<html>" + CANARY + "</html>" : status(code, reason));
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
