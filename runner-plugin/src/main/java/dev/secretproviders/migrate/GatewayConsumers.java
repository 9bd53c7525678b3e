package dev.secretproviders.migrate;

import dev.secretproviders.apisix.AdminApiClient;
import dev.secretproviders.apisix.AdminApiException;
import dev.secretproviders.apisix.GatewayOwner;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.provider.shared.SecretJson;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * APISIX's consumers and credentials over version 3 of its Admin API ({@code apisix/admin/consumers.lua}, {@code
 * credentials.lua} and {@code resource.lua}, 3.18). The API shows encrypted fields decrypted, and encrypts what it is given
 * ({@code apisix/admin/init.lua}). It has no conditional write for these objects: {@code PATCH} is not supported, and {@code PUT}
 * compares nothing.
 *
 * <p>Calls block for I/O. Not thread-safe.
 */
public final class GatewayConsumers {
    private static final String BASE = "/apisix/admin/";
    private static final int PAGE = 500;
    private static final int OK = 200;
    private static final int CREATED = 201;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final int LONGEST_REASON = 200;
    private static final List<String> WITH_PLUGINS = List.of("routes", "services", "plugin_configs", "global_rules");
    /** Numbers of other plugins must come back as they were. */
    private static final JsonMapper JSON = SecretJson.mapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final AdminApiClient client;

    /** Creates the access. The client stays the caller's. */
    public GatewayConsumers(AdminApiClient client) {
        this.client = client;
    }

    /** Returns where the Admin API is. */
    URI place() {
        return client.base();
    }

    /** Returns the consumers that are meant, by their names. Each is followed by its credentials. */
    List<GatewayObject> all(Predicate<String> meant) throws AdminApiException, InterruptedException {
        List<GatewayObject> all = new ArrayList<>();
        List<JsonNode> consumers = new ArrayList<>();
        list("consumers", consumers::add);
        for (JsonNode consumer : consumers) {
            String username = consumer.path("value").path("username").asString("");
            if (!meant.test(username)) {
                continue;
            }
            add(new Place(username, null), consumer, all);
            // 404 means that there are none (apisix/core/etcd.lua, get_format).
            AdminApiClient.Reply reply = client.call("GET", BASE + new Place(username, null).path() + "/credentials");
            JsonNode credentials = reply.status() == NOT_FOUND ? MissingNode.getInstance() : read(reply);
            for (JsonNode credential : credentials.path("list")) {
                add(new Place(username, idOf(credential)), credential, all);
            }
        }
        return all;
    }

    /** Returns the id of a credential. Its field {@code id} may hold more than that. */
    private static String idOf(JsonNode item) {
        String key = item.path("key").asString("");
        return key.substring(key.lastIndexOf('/') + 1);
    }

    private static void add(Place place, JsonNode item, List<GatewayObject> all) {
        if (item.path("value") instanceof ObjectNode value) {
            all.add(new GatewayObject(place, item.path("modifiedIndex").asLong(0), value));
        }
    }

    private void list(String kind, Consumer<JsonNode> items) throws AdminApiException, InterruptedException {
        int announced = 1;
        int seen = 0;
        for (int page = 1; seen < announced; page++) {
            AdminApiClient.Reply reply = client.call("GET", BASE + kind + "?page=" + page + "&page_size=" + PAGE);
            if (reply.status() == NOT_FOUND && kind.equals("consumers")) {
                throw AdminApiException.refused("the Admin API at " + client.base()
                        + " has no consumers: APISIX runs in standalone mode. Write the references into the file, or"
                        + " into what pushes the configuration");
            }
            JsonNode answer = read(reply);
            JsonNode list = answer.path("list");
            if (!answer.has("list") || !answer.has("total")) {
                throw AdminApiException.refused("the Admin API at " + client.base()
                        + " answered without a list; version 3 of it is needed (admin_api_version: v3 in APISIX's"
                        + " configuration)");
            }
            announced = answer.path("total").asInt();
            if (list.isEmpty() && seen < announced) {
                throw AdminApiException.unavailable("the list of " + kind + " changed while it was read; try again");
            }
            seen += list.size();
            list.forEach(items);
        }
    }

    /**
     * Returns why the gateway belongs to something else: a route, or another object that is no consumer, carries a
     * label of ADC or of the Ingress Controller. Null if no label says so. Looks at the first 500 objects of each kind.
     */
    public @Nullable String owner() throws AdminApiException, InterruptedException {
        for (String kind : GatewayOwner.LABELLED) {
            AdminApiClient.Reply reply = client.call("GET", BASE + kind + "?page=1&page_size=" + PAGE);
            if (reply.status() == BAD_REQUEST || reply.status() == NOT_FOUND) {
                // Not every version has all kinds.
                continue;
            }
            for (JsonNode item : read(reply).path("list")) {
                String owner = GatewayOwner.of(kind + "/" + idOf(item), item.path("value"));
                if (owner != null) {
                    return owner;
                }
            }
        }
        return null;
    }

    /** Returns an object as it is now, or null if there is none. */
    @Nullable
    GatewayObject one(Place place) throws AdminApiException, InterruptedException {
        AdminApiClient.Reply reply = client.call("GET", BASE + place.path());
        if (reply.status() == NOT_FOUND) {
            return null;
        }
        JsonNode answer = read(reply);
        if (answer.path("value") instanceof ObjectNode value) {
            return new GatewayObject(place, answer.path("modifiedIndex").asLong(0), value);
        }
        throw AdminApiException.refused("the Admin API at " + client.base() + " showed " + place
                + " without a value; version 3 of it is needed");
    }

    /**
     * Writes an object.
     *
     * @throws AdminApiException if it was refused, or it is not known whether it was written
     */
    void put(Place place, ObjectNode value) throws AdminApiException, InterruptedException {
        byte[] body = JSON.writeValueAsBytes(value);
        try {
            AdminApiClient.Reply reply = client.call("PUT", BASE + place.path(), body);
            if (reply.status() != OK && reply.status() != CREATED) {
                throw refused(reply, value);
            }
            Arrays.fill(reply.body(), (byte) 0);
        } finally {
            Arrays.fill(body, (byte) 0);
        }
    }

    /**
     * Returns what authenticates with APISIX's own plugins of these kinds, for example {@code routes/1 uses key-auth}. They
     * resolve references without the runner.
     */
    public List<String> nativeUsers(Set<CredentialKind> kinds) throws AdminApiException, InterruptedException {
        List<String> users = new ArrayList<>();
        for (String kind : WITH_PLUGINS) {
            list(kind, item -> {
                JsonNode plugins = item.path("value").path("plugins");
                for (CredentialKind credential : kinds) {
                    if (uses(plugins, credential.plugin())) {
                        users.add(kind + "/" + idOf(item) + " uses " + credential.plugin());
                    }
                }
            });
        }
        return users;
    }

    private static boolean uses(JsonNode plugins, String plugin) {
        if (isOn(plugins.path(plugin))) {
            return true;
        }
        JsonNode several = plugins.path("multi-auth");
        return isOn(several) && several.path("auth_plugins").valueStream().anyMatch(one -> one.has(plugin));
    }

    private static boolean isOn(JsonNode plugin) {
        return plugin.isObject() && !plugin.path("_meta").path("disable").asBoolean(false);
    }

    private JsonNode read(AdminApiClient.Reply reply) throws AdminApiException {
        if (reply.status() != OK) {
            throw refused(reply, JSON.createObjectNode());
        }
        try {
            return JSON.readTree(reply.body());
        } catch (JacksonException e) {
            // Dropped: it may quote a key.
            throw AdminApiException.unavailable(
                    "the Admin API at " + client.base() + " answered something that is not JSON");
        } finally {
            Arrays.fill(reply.body(), (byte) 0);
        }
    }

    /** Returns the exception for a refusal, with APISIX's reason unless that may quote what was sent. */
    private AdminApiException refused(AdminApiClient.Reply reply, ObjectNode sent) {
        String reason = "";
        try {
            reason = JSON.readTree(reply.body()).path("error_msg").asString("");
        } catch (JacksonException e) {
            // The status alone says enough.
        }
        String message = client.unexpected(reply.status()).getMessage();
        boolean quotes = reason.length() > LONGEST_REASON || quotes(reason, sent);
        String text = message + (reason.isEmpty() || quotes ? "" : ": " + reason);
        return reply.status() >= BAD_REQUEST && reply.status() < 500
                ? AdminApiException.refused(text)
                : AdminApiException.unavailable(text);
    }

    private static boolean quotes(String reason, JsonNode sent) {
        for (CredentialKind kind : CredentialKind.values()) {
            String key = new KeyField(kind).in(sent);
            if (key != null && reason.contains(key)) {
                return true;
            }
        }
        return false;
    }
}
