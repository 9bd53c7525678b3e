package dev.secretproviders.peers;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The consumers and credentials of an Admin API, as in APISIX 3.18: {@code apisix/admin/consumers.lua}, {@code credentials.lua},
 * {@code resource.lua}, and {@code check_duplicate_key} in {@code apisix/consumer.lua}. Fields that APISIX encrypts are stored
 * encrypted and shown in clear by {@code GET} only. Thread-safe.
 */
public final class ApisixConsumers {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Pattern USERNAME = Pattern.compile("^[a-zA-Z0-9_\\-]+$");
    private static final Pattern ID = Pattern.compile("^[a-zA-Z0-9-_.]+$");
    private static final Set<String> CONSUMER =
            Set.of("id", "username", "desc", "labels", "group_id", "plugins", "create_time", "update_time");
    private static final Set<String> CREDENTIAL =
            Set.of("id", "name", "desc", "labels", "plugins", "create_time", "update_time");
    /** The attribute that must be unique, and the field that is encrypted, of each plugin. */
    private static final Map<String, List<String>> PLUGINS = Map.of(
            "key-auth", List.of("key", "key"),
            "basic-auth", List.of("username", "password"),
            "jwt-auth", List.of("key", "secret"),
            "hmac-auth", List.of("key_id", "secret_key"));
    /** The first key of the default keyring, in {@code conf/config.yaml.example}. */
    private static final byte[] DEFAULT_KEY = "qeddd145sfvddff3".getBytes(StandardCharsets.US_ASCII);

    private final Map<String, Stored> objects = new ConcurrentSkipListMap<>();
    private final AtomicLong revision = new AtomicLong(100);

    private record Stored(ObjectNode value, long created, long modified) {}

    /** An answer. */
    record Reply(int status, JsonNode body) {}

    ApisixConsumers() {}

    /**
     * Writes an object as another writer does, over the Admin API.
     *
     * @param place for example {@code jack} or {@code jack/credentials/one}
     * @throws PeerFailedException if it is refused
     */
    public void put(String place, String json) {
        Reply reply = put(place, (ObjectNode) JSON.readTree(json), 1);
        if (reply.status() >= 300) {
            throw new PeerFailedException(place + ": " + reply.body());
        }
    }

    /** Removes an object as another writer does. */
    public void remove(String place) {
        objects.keySet().removeIf(key -> key.equals(place) || key.startsWith(place + "/"));
    }

    /** Returns an object as {@code GET} shows it. Throws a {@link NoSuchElementException} if it is not there. */
    public ObjectNode shown(String place) {
        Stored stored = objects.get(place);
        if (stored == null) {
            throw new NoSuchElementException("there is no consumer or credential " + place);
        }
        ObjectNode copy = stored.value().deepCopy();
        crypt(copy, Cipher.DECRYPT_MODE);
        return copy;
    }

    /** Returns all objects as etcd has them. */
    public String inEtcd() {
        StringBuilder all = new StringBuilder();
        objects.forEach((place, stored) ->
                all.append(place).append(' ').append(stored.value()).append('\n'));
        return all.toString();
    }

    /** Answers a list: all consumers, or the credentials of one. */
    Reply list(@Nullable String username, int page, int size) {
        List<Map.Entry<String, Stored>> found = objects.entrySet().stream()
                .filter(entry -> username == null
                        ? entry.getKey().indexOf('/') < 0
                        : entry.getKey().startsWith(username + "/credentials/"))
                .toList();
        if (found.isEmpty() && username != null) {
            return new Reply(404, JSON.createObjectNode().put("message", "Key not found"));
        }
        ObjectNode answer = JSON.createObjectNode().put("total", found.size());
        var list = answer.putArray("list");
        found.stream()
                .skip((page - 1L) * size)
                .limit(size)
                .forEach(entry -> list.add(indexed(entry.getKey(), entry.getValue())));
        return new Reply(200, answer);
    }

    private ObjectNode indexed(String place, Stored stored) {
        ObjectNode node = JSON.createObjectNode().put("key", "/apisix/consumers/" + place);
        node.set("value", shown(place));
        return node.put("createdIndex", stored.created()).put("modifiedIndex", stored.modified());
    }

    /** Answers a request about one object. */
    Reply one(String method, String place, byte[] body, long now) {
        Stored before = objects.get(place);
        return switch (method) {
            case "GET" ->
                before == null
                        ? new Reply(404, JSON.createObjectNode().put("message", "Key not found"))
                        : new Reply(200, indexed(place, before));
            case "PUT" ->
                JSON.readTree(body) instanceof ObjectNode object
                        ? put(place, object, now)
                        : error(400, "invalid configuration");
            case "PATCH" -> error(405, "not supported `PATCH` method for consumer");
            default -> error(404, "not found");
        };
    }

    private synchronized Reply put(String place, ObjectNode object, long now) {
        String problem = problem(place, object);
        if (problem != null) {
            return error(problem.equals("consumer not found") ? 404 : 400, problem);
        }
        Stored before = objects.get(place);
        crypt(object, Cipher.ENCRYPT_MODE);
        object.put("update_time", now);
        object.put(
                "create_time",
                before == null ? now : before.value().path("create_time").asLong(now));
        long next = revision.incrementAndGet();
        objects.put(place, new Stored(object, before == null ? next : before.created(), next));
        // As etcd.set answers: what was stored, without indexes.
        ObjectNode answer = JSON.createObjectNode().put("key", "/apisix/consumers/" + place);
        answer.set("value", object);
        return new Reply(before == null ? 201 : 200, answer);
    }

    private @Nullable String problem(String place, ObjectNode object) {
        int slash = place.indexOf('/');
        String username = slash < 0 ? place : place.substring(0, slash);
        for (String field : object.propertyNames()) {
            if (!(slash < 0 ? CONSUMER : CREDENTIAL).contains(field)) {
                return "invalid configuration: additional properties forbidden, found " + field;
            }
        }
        if (object.has("create_time") || object.has("update_time")) {
            return "the property is forbidden:  create_time";
        }
        if (slash < 0) {
            if (!object.path("username").asString("").equals(username)) {
                return "wrong username";
            }
            if (!USERNAME.matcher(username).matches()) {
                return "invalid configuration: property \"username\" validation failed";
            }
        } else {
            String id = place.substring(place.lastIndexOf('/') + 1);
            if (object.has("id") && !object.path("id").asString().equals(id)) {
                return "wrong credential id";
            }
            if (!ID.matcher(id).matches() || object.path("plugins").size() > 1) {
                return "invalid configuration: property \"plugins\" validation failed";
            }
            if (!objects.containsKey(username)) {
                return "consumer not found";
            }
            object.put("id", id);
        }
        for (Map.Entry<String, JsonNode> plugin : object.path("plugins").properties()) {
            String refused = problem(place, plugin.getKey(), plugin.getValue());
            if (refused != null) {
                return refused;
            }
        }
        return null;
    }

    private @Nullable String problem(String place, String plugin, JsonNode conf) {
        List<String> fields = PLUGINS.get(plugin);
        if (fields == null) {
            return null;
        }
        for (String field : fields) {
            if (!conf.path(field).isString()) {
                return "invalid plugins configuration: failed to check the configuration of plugin " + plugin
                        + " err: property \"" + field + "\" is required";
            }
        }
        String attribute = conf.path(fields.getFirst()).asString();
        if (attribute.startsWith("$secret://")) {
            // References are not compared.
            return null;
        }
        for (String other : objects.keySet()) {
            if (!other.equals(place)
                    && shown(other)
                            .path("plugins")
                            .path(plugin)
                            .path(fields.getFirst())
                            .asString("")
                            .equals(attribute)) {
                return "duplicate " + fields.getFirst() + " of plugin " + plugin + " found with consumer: " + other;
            }
        }
        return null;
    }

    /** As {@code apisix/core/data_encryption.lua}: base64 of AES-CBC, whose IV is the key. */
    private static void crypt(ObjectNode object, int mode) {
        for (Map.Entry<String, JsonNode> plugin : object.path("plugins").properties()) {
            List<String> fields = PLUGINS.get(plugin.getKey());
            if (fields == null || !(plugin.getValue() instanceof ObjectNode conf)) {
                continue;
            }
            String text = conf.path(fields.getLast()).asString("");
            try {
                Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
                cipher.init(mode, new SecretKeySpec(DEFAULT_KEY, "AES"), new IvParameterSpec(DEFAULT_KEY));
                conf.put(
                        fields.getLast(),
                        mode == Cipher.ENCRYPT_MODE
                                ? Base64.getEncoder()
                                        .encodeToString(cipher.doFinal(text.getBytes(StandardCharsets.UTF_8)))
                                : new String(cipher.doFinal(Base64.getDecoder().decode(text)), StandardCharsets.UTF_8));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static Reply error(int status, String message) {
        return new Reply(status, JSON.createObjectNode().put("error_msg", message));
    }
}
