package dev.secretproviders.consumer;

import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.timing.Deadline;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Consumers from APISIX's Admin API, version 3, which is polled at an interval. Its answers have fields already
 * decrypted. An answer is applied as a whole or not at all: when a part cannot be read, the previous consumers stay in
 * force.
 */
final class AdminApiConsumerSource extends FollowingSource {
    private static final int PAGE = 500;
    private static final Logger LOG = LoggerFactory.getLogger(AdminApiConsumerSource.class);
    private static final int NOT_FOUND = 404;
    private static final int OK = 200;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final JsonMapper JSON = SecretJson.mapper().build();

    private final HttpClient http;
    private final URI base;
    private final Secret adminKey;
    private final Duration interval;
    private final Duration timeout;
    private final GatewayTable table;
    /** Directories that cannot be read, which was already logged. */
    private final Set<String> unread = new HashSet<>();

    AdminApiConsumerSource(
            HttpClient http, URI base, Secret adminKey, Duration interval, Duration timeout, GatewayTable table) {
        super("admin-api", LONGEST_PAUSE);
        this.http = http;
        this.base = base;
        this.adminKey = adminKey;
        this.interval = interval;
        this.timeout = timeout;
        this.table = table;
    }

    @Override
    void follow() throws ConsumerSourceException, InterruptedException {
        while (true) {
            Map<String, JsonNode> consumers = readConsumers();
            take(GatewayTable.CONSUMERS, consumers);
            tell(table.snapshot());
            for (String directory : GatewayTable.OTHERS) {
                readOtherObjects(directory);
            }
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

    private void take(String directory, Map<String, JsonNode> objects) {
        objects.forEach((place, object) -> table.put(directory, place, object));
        table.retain(directory, objects.keySet());
    }

    /** Reads a directory other than that of the consumers. Older versions of APISIX lack some of them. */
    private void readOtherObjects(String directory) throws ConsumerSourceException, InterruptedException {
        try {
            take(directory, readAll(directory));
            unread.remove(directory);
        } catch (ConsumerSourceException e) {
            if (!e.isRefused()) {
                throw e;
            }
            table.forget(directory);
            if (unread.add(directory)) {
                LOG.warn("{}; references in {} are not known", e.getMessage(), directory);
            }
        }
    }

    private Map<String, JsonNode> readConsumers() throws ConsumerSourceException, InterruptedException {
        Map<String, JsonNode> objects = readAll(GatewayTable.CONSUMERS);
        for (String consumer : objects.keySet().toArray(String[]::new)) {
            JsonNode answer = get("/apisix/admin/consumers/" + encode(consumer) + "/credentials");
            // 404 means that there are none (apisix/core/etcd.lua, get_format), whether or not the consumer exists.
            if (answer != null) {
                take("/consumers/", list(answer), objects);
            }
        }
        return objects;
    }

    private Map<String, JsonNode> readAll(String directory) throws ConsumerSourceException, InterruptedException {
        Map<String, JsonNode> objects = new LinkedHashMap<>();
        int total = -1;
        for (int page = 1; page == 1 || (page - 1) * PAGE < total; page++) {
            JsonNode answer = get("/apisix/admin/" + directory + "?page=" + page + "&page_size=" + PAGE);
            JsonNode list = list(answer);
            int announced = answer == null ? 0 : answer.path("total").asInt(list.size());
            if (total >= 0 && announced != total) {
                // Pages shift when a consumer is removed, so that an existing one could be missed.
                throw new ConsumerSourceException(
                        "the list of " + directory + " changed while it was read; it is read again");
            }
            total = announced;
            take("/" + directory + "/", list, objects);
        }
        if (objects.size() != total) {
            throw new ConsumerSourceException(
                    "the Admin API announced " + total + " " + directory + " and listed " + objects.size());
        }
        return objects;
    }

    @Override
    public List<SecretObject> secretObjects() throws ConsumerSourceException, InterruptedException {
        List<SecretObject> objects = new ArrayList<>();
        readAll("secrets")
                .forEach((place, object) -> SecretObject.read(place, object).ifPresent(objects::add));
        return objects;
    }

    private static void take(String directory, JsonNode list, Map<String, JsonNode> objects)
            throws ConsumerSourceException {
        for (JsonNode item : list) {
            String key = item.path("key").asString("");
            int start = key.indexOf(directory);
            if (start < 0) {
                throw new ConsumerSourceException(
                        "the Admin API's list has an item without a key; version 3 of it is needed");
            }
            objects.put(key.substring(start + directory.length()), item.path("value"));
        }
    }

    private static JsonNode list(@Nullable JsonNode answer) throws ConsumerSourceException {
        JsonNode list = answer == null ? null : answer.get("list");
        // APISIX writes an empty Lua table as {} unless it is marked as a list.
        if (list == null || !(list.isArray() || (list.isObject() && list.isEmpty()))) {
            throw new ConsumerSourceException("the Admin API's answer has no list; version 3 of it is needed");
        }
        return list;
    }

    /** Returns the answer, or null for 404. */
    private @Nullable JsonNode get(String path) throws ConsumerSourceException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                .header("X-API-KEY", adminKey.reveal())
                .build();
        HttpResponse<byte[]> response;
        try {
            // HttpClient's own timeout covers only the head of the answer.
            response = Deadline.await(http.sendAsync(request, BodyHandlers.ofByteArray()), timeout);
        } catch (TimeoutException e) {
            throw new ConsumerSourceException(
                    "the Admin API at " + base + " does not answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            throw new ConsumerSourceException("the Admin API at " + base + " does not answer: " + Causes.words(e));
        }
        if (response.statusCode() == NOT_FOUND && path.endsWith("/credentials")) {
            return null;
        }
        if (response.statusCode() != OK) {
            throw ConsumerSourceException.refused("the Admin API at " + base + " answered " + response.statusCode()
                    + (response.statusCode() == 401 || response.statusCode() == 403 ? ": check admin_key" : ""));
        }
        try {
            return JSON.readTree(response.body());
        } catch (JacksonException e) {
            throw new ConsumerSourceException("the Admin API at " + base + " answered something that is not JSON");
        }
    }

    private static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
