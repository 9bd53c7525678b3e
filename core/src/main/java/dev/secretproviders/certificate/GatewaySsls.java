package dev.secretproviders.certificate;

import dev.secretproviders.apisix.AdminApiClient;
import dev.secretproviders.apisix.AdminApiException;
import dev.secretproviders.apisix.GatewayOwner;
import dev.secretproviders.provider.shared.SecretJson;
import java.net.URI;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.filter.FilteringParserDelegate;
import tools.jackson.core.filter.TokenFilter;
import tools.jackson.core.filter.TokenFilter.Inclusion;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * APISIX's {@code ssls} over its Admin API (apisix/admin/ssl.lua, apisix/admin/resource.lua, 3.18). Fields named {@code
 * key} and {@code keys} of answers are skipped unread, because versions of APISIX differ in what they show.
 *
 * <p>Thread-safe. Calls block for I/O.
 */
public final class GatewaySsls implements AutoCloseable {
    private static final String SSLS = "/apisix/admin/ssls";
    private static final int PAGE = 500;
    private static final int MOST_PAGES = 100;
    private static final int OK = 200;
    private static final int CREATED = 201;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final JsonMapper JSON = SecretJson.mapper().build();

    private static final TokenFilter WITHOUT_KEYS = new TokenFilter() {
        @Override
        public @Nullable TokenFilter includeProperty(String name) {
            if (name.equals("labels")) {
                // Users choose the names of labels.
                return TokenFilter.INCLUDE_ALL;
            }
            return name.equals("key") || name.equals("keys") ? null : this;
        }

        @Override
        public boolean includeEmptyArray(boolean filtered) {
            return true;
        }

        @Override
        public boolean includeEmptyObject(boolean filtered) {
            return true;
        }
    };

    private final AdminApiClient client;

    /** Creates the access; the client is closed with it. */
    public GatewaySsls(AdminApiClient client) {
        this.client = client;
    }

    /** Returns where the Admin API is. */
    public URI place() {
        return client.base();
    }

    /** Returns the client, for other objects of the same gateway. Stays owned by this. */
    public AdminApiClient client() {
        return client;
    }

    /**
     * Returns all {@code ssls}, by id, without private keys.
     *
     * @throws ForeignGatewayException if the gateway has no {@code ssls} to write
     */
    Map<String, JsonNode> all() throws AdminApiException, ForeignGatewayException, InterruptedException {
        Map<String, JsonNode> all = new LinkedHashMap<>();
        int total = 1;
        for (int page = 1; (page - 1) * PAGE < total && page <= MOST_PAGES; page++) {
            AdminApiClient.Reply reply = client.call("GET", SSLS + "?page=" + page + "&page_size=" + PAGE);
            if (reply.status() == NOT_FOUND) {
                throw new ForeignGatewayException(ForeignGatewayException.message("the Admin API at " + client.base()
                        + " has no ssls: APISIX runs in standalone mode, where what pushes the whole configuration"
                        + " owns the certificates"));
            }
            JsonNode answer = listed(reply);
            total = answer.path("total").asInt(0);
            for (JsonNode item : answer.path("list")) {
                all.put(item.path("value").path("id").asString(), item.path("value"));
            }
        }
        return all;
    }

    /**
     * Returns why the gateway belongs to something else: an object carries a label of ADC or of the Ingress Controller.
     * Null if no label says so. Looks at the first 500 objects of each kind.
     *
     * @param ssls what {@link #all} returned
     * @throws AdminApiException if a list cannot be read, so that it cannot be told
     */
    @Nullable
    String owner(Map<String, JsonNode> ssls) throws AdminApiException, InterruptedException {
        for (Map.Entry<String, JsonNode> ssl : ssls.entrySet()) {
            // The labels of a runner's object are those of the certificate object.
            String owner =
                    SslObject.isOurs(ssl.getValue()) ? null : GatewayOwner.of("ssls/" + ssl.getKey(), ssl.getValue());
            if (owner != null) {
                return owner;
            }
        }
        for (String kind : GatewayOwner.LABELLED) {
            AdminApiClient.Reply reply = client.call("GET", "/apisix/admin/" + kind + "?page=1&page_size=" + PAGE);
            if (reply.status() == BAD_REQUEST || reply.status() == NOT_FOUND) {
                // Not every version and mode has all kinds.
                continue;
            }
            for (JsonNode item : listed(reply).path("list")) {
                JsonNode value = item.path("value");
                String owner = GatewayOwner.of(kind + "/" + value.path("id").asString("?"), value);
                if (owner != null) {
                    return owner;
                }
            }
        }
        return null;
    }

    /** Returns an object without its private key, or null if there is none. */
    @Nullable
    JsonNode one(String id) throws AdminApiException, InterruptedException {
        AdminApiClient.Reply reply = client.call("GET", SSLS + "/" + id);
        return reply.status() == NOT_FOUND ? null : read(reply).path("value");
    }

    /**
     * Writes an object.
     *
     * @param body with the private key; the caller wipes it
     * @return the object as the gateway took it, without its key
     * @throws AdminApiException if it is refused, with APISIX's reason
     */
    JsonNode put(String id, byte[] body) throws AdminApiException, InterruptedException {
        AdminApiClient.Reply reply = client.call("PUT", SSLS + "/" + id, body);
        if (reply.status() == OK || reply.status() == CREATED) {
            return read(reply).path("value");
        }
        throw refused(reply);
    }

    /** Removes an object. One that is absent is no error. */
    void delete(String id) throws AdminApiException, InterruptedException {
        AdminApiClient.Reply reply = client.call("DELETE", SSLS + "/" + id);
        if (reply.status() != OK && reply.status() != NOT_FOUND) {
            throw refused(reply);
        }
    }

    private AdminApiException refused(AdminApiClient.Reply reply) {
        JsonNode reason = MissingNode.getInstance();
        try {
            reason = tree(reply.body()).path("error_msg");
        } catch (JacksonException e) {
            // The status alone says enough.
        }
        String message = client.unexpected(reply.status()).getMessage();
        String text = reason.asString("");
        // A reason that quotes a long text may quote the body.
        return AdminApiException.refused(
                message + (text.isEmpty() || text.length() > 200 || text.contains("-----") ? "" : ": " + text));
    }

    private JsonNode read(AdminApiClient.Reply reply) throws AdminApiException {
        if (reply.status() != OK && reply.status() != CREATED) {
            throw refused(reply);
        }
        try {
            return tree(reply.body());
        } catch (JacksonException e) {
            throw AdminApiException.unavailable(
                    "the Admin API at " + client.base() + " answered something that is not JSON");
        } finally {
            Arrays.fill(reply.body(), (byte) 0);
        }
    }

    /** Reads a list. Without one, it cannot be told what the gateway has. */
    private JsonNode listed(AdminApiClient.Reply reply) throws AdminApiException {
        JsonNode answer = read(reply);
        if (!answer.has("list")) {
            throw AdminApiException.unavailable("the Admin API at " + client.base()
                    + " answered without a list; the runner needs version 3 of the Admin API"
                    + " (admin_api_version: v3 in APISIX's configuration)");
        }
        return answer;
    }

    private static JsonNode tree(byte[] body) {
        try (JsonParser parser = new FilteringParserDelegate(
                JSON.createParser(body), WITHOUT_KEYS, Inclusion.INCLUDE_ALL_AND_PATH, true)) {
            JsonNode tree = JSON.readTree(parser);
            return tree == null ? MissingNode.getInstance() : tree;
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
