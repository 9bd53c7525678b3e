package dev.secretproviders.consumer;

import dev.secretproviders.apisix.AdminApiClient;
import dev.secretproviders.apisix.AdminApiException;
import dev.secretproviders.provider.shared.SecretJson;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    private final AdminApiClient client;
    private final Duration interval;
    private final GatewayTable table;
    /** The plugins that APISIX has loaded; null if it does not say. */
    private volatile @Nullable Set<String> plugins;
    /** Directories that cannot be read, which was already logged. */
    private final Set<String> unread = new HashSet<>();

    AdminApiConsumerSource(AdminApiClient client, Duration interval, GatewayTable table) {
        super("admin-api", LONGEST_PAUSE);
        this.client = client;
        this.interval = interval;
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
            plugins = loadedPlugins();
            tell(table.snapshot());
            Thread.sleep(interval);
        }
    }

    @Override
    public synchronized void close() {
        super.close();
        client.close();
    }

    @Override
    public Nodes nodes() {
        Set<String> loaded = plugins;
        return loaded == null ? Nodes.UNKNOWN : new Nodes(Map.of(client.base(), loaded), Map.of());
    }

    /** A list that cannot be read changes nothing else. */
    private @Nullable Set<String> loadedPlugins() throws InterruptedException {
        try {
            JsonNode list = get("/apisix/admin/plugins/list");
            if (list == null || !list.isArray() || list.isEmpty()) {
                return null;
            }
            Set<String> names = new HashSet<>();
            list.forEach(name -> names.add(name.asString("")));
            return names;
        } catch (ConsumerSourceException e) {
            return null;
        }
    }

    private void take(String directory, Map<String, JsonNode> objects) {
        GatewayTable.Reading reading = table.read(directory);
        objects.forEach(reading::put);
        reading.done();
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
        AdminApiClient.Reply reply;
        try {
            reply = client.call("GET", path);
        } catch (AdminApiException e) {
            throw new ConsumerSourceException(String.valueOf(e.getMessage()));
        }
        if (reply.status() == NOT_FOUND && path.endsWith("/credentials")) {
            return null;
        }
        if (reply.status() != OK) {
            throw ConsumerSourceException.refused(
                    String.valueOf(client.unexpected(reply.status()).getMessage()));
        }
        try {
            return JSON.readTree(reply.body());
        } catch (JacksonException e) {
            throw new ConsumerSourceException(
                    "the Admin API at " + client.base() + " answered something that is not JSON");
        }
    }

    private static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
