package dev.secretproviders.consumer;

import dev.secretproviders.crypto.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Consumers from APISIX's Admin API, version 3, asked again every interval. It answers with fields already decrypted. An answer
 * is taken over whole or not at all: when one of its parts cannot be had, the consumers told before stay in force.
 */
final class AdminApiConsumerSource extends FollowingSource {
    private static final int PAGE = 500;
    private static final int NOT_FOUND = 404;
    private static final int OK = 200;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpClient http;
    private final URI base;
    private final Secret adminKey;
    private final Duration interval;
    private final Duration timeout;
    private final ConsumerTable table;

    AdminApiConsumerSource(
            HttpClient http, URI base, Secret adminKey, Duration interval, Duration timeout, ConsumerTable table) {
        super("admin-api");
        this.http = http;
        this.base = base;
        this.adminKey = adminKey;
        this.interval = interval;
        this.timeout = timeout;
        this.table = table;
    }

    @Override
    void follow() throws SourceException, InterruptedException {
        while (true) {
            Map<String, JsonNode> objects = readAll();
            objects.forEach(table::put);
            table.retain(objects.keySet());
            tell(table.snapshot());
            Thread.sleep(interval);
        }
    }

    @Override
    public synchronized void close() {
        super.close();
        http.shutdownNow();
        adminKey.close();
    }

    private Map<String, JsonNode> readAll() throws SourceException, InterruptedException {
        Map<String, JsonNode> objects = new LinkedHashMap<>();
        int page = 1;
        while (true) {
            JsonNode answer = get("/apisix/admin/consumers?page=" + page + "&page_size=" + PAGE);
            JsonNode list = list(answer);
            int before = objects.size();
            for (JsonNode item : list) {
                JsonNode consumer = item.path("value");
                JsonNode username = consumer.path("username");
                if (username.isString()) {
                    objects.put(username.stringValue(), consumer);
                }
            }
            if (list.size() < PAGE || objects.size() == before) {
                break;
            }
            page++;
        }
        for (String username : objects.keySet().toArray(String[]::new)) {
            JsonNode answer = get("/apisix/admin/consumers/" + encode(username) + "/credentials");
            if (answer == null) {
                // Deleted since it was listed.
                objects.remove(username);
                continue;
            }
            for (JsonNode item : list(answer)) {
                JsonNode credential = item.path("value");
                JsonNode id = credential.path("id");
                if (id.isString()) {
                    String plain = id.stringValue().substring(id.stringValue().lastIndexOf('/') + 1);
                    objects.put(username + "/credentials/" + plain, credential);
                }
            }
        }
        return objects;
    }

    private static JsonNode list(@Nullable JsonNode answer) throws SourceException {
        JsonNode list = answer == null ? null : answer.get("list");
        // An empty Lua table is written as {} where nobody says that it is a list.
        if (list == null || !(list.isArray() || (list.isObject() && list.isEmpty()))) {
            throw new SourceException("the Admin API's answer has no list; version 3 of it is needed");
        }
        return list;
    }

    /** Returns the answer, or null for 404. */
    private @Nullable JsonNode get(String path) throws SourceException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(timeout)
                .header("X-API-KEY", adminKey.reveal())
                .build();
        HttpResponse<byte[]> response;
        try {
            response = http.send(request, BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new SourceException("the Admin API at " + base + " does not answer: "
                    + e.getClass().getSimpleName());
        }
        if (response.statusCode() == NOT_FOUND && path.endsWith("/credentials")) {
            return null;
        }
        if (response.statusCode() != OK) {
            throw new SourceException("the Admin API at " + base + " answered " + response.statusCode()
                    + (response.statusCode() == 401 || response.statusCode() == 403 ? ": check admin_key" : ""));
        }
        try {
            return JSON.readTree(response.body());
        } catch (JacksonException e) {
            throw new SourceException("the Admin API at " + base + " answered something that is not JSON");
        }
    }

    private static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
