package dev.secretproviders.example.etcd;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Answers as etcd's JSON gateway does, for reads and logins. Its keys are in memory, with their history. Thread-safe. */
final class EtcdStandIn implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final byte[] DELETED = {};

    private final HttpServer http;
    private final Map<String, TreeMap<Long, byte[]>> keys = new HashMap<>();
    private final String user;
    private final String password;
    private long revision = 1;
    private String token = "none yet";

    private record Answer(int status, Object body) {}

    EtcdStandIn(String user, String password) throws IOException {
        this.user = user;
        this.password = password;
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", this::answer);
        http.start();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
    }

    synchronized void put(String key, byte[] value) {
        keys.computeIfAbsent(key, _ -> new TreeMap<>()).put(++revision, value);
    }

    synchronized void delete(String key) {
        put(key, DELETED);
    }

    synchronized void endTokens() {
        token = "ended";
    }

    @Override
    public void close() {
        http.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonNode question = JSON.readTree(exchange.getRequestBody().readAllBytes());
            Answer answer =
                    switch (exchange.getRequestURI().getPath()) {
                        case "/v3/auth/authenticate" -> authenticate(question);
                        case "/v3/kv/range" -> range(question, exchange.getRequestHeaders().getFirst("Authorization"));
                        default -> new Answer(404, Map.of("code", 5));
                    };
            byte[] body = JSON.writeValueAsBytes(answer.body());
            exchange.sendResponseHeaders(answer.status(), body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private synchronized Answer authenticate(JsonNode question) {
        if (!question.path("name").asString("").equals(user)
                || !question.path("password").asString("").equals(password)) {
            return new Answer(400, Map.of("code", 3));
        }
        token = UUID.randomUUID().toString();
        return new Answer(200, Map.of("token", token));
    }

    private synchronized Answer range(JsonNode question, String authorization) {
        if (!token.equals(authorization)) {
            return new Answer(401, Map.of("code", 16));
        }
        String key = new String(Base64.getDecoder().decode(question.path("key").asString("")), StandardCharsets.UTF_8);
        long asOf = Long.parseLong(question.path("revision").asString("0"));
        if (asOf > revision) {
            return new Answer(400, Map.of("code", 11));
        }
        Map.Entry<Long, byte[]> entry = keys.getOrDefault(key, new TreeMap<>()).floorEntry(asOf == 0 ? revision : asOf);
        if (entry == null || entry.getValue() == DELETED) {
            return new Answer(200, Map.of());
        }
        String value = Base64.getEncoder().encodeToString(entry.getValue());
        return new Answer(
                200,
                Map.of("kvs", List.of(Map.of("mod_revision", Long.toString(entry.getKey()), "value", value))));
    }
}
