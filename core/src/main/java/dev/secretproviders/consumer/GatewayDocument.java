package dev.secretproviders.consumer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The gateway's whole configuration in one document: a list of objects for each directory ({@code apisix/core/config_yaml.lua}).
 * Credentials are in the list of the consumers.
 *
 * @param root the document
 * @param preparation changes each object before it is read
 */
record GatewayDocument(JsonNode root, Preparation preparation) {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayDocument.class);

    /** Changes an object. */
    @FunctionalInterface
    interface Preparation {
        JsonNode prepare(JsonNode object) throws UnreadableObjectException;
    }

    /** An object cannot be prepared, so it is left out. The message is safe to show. */
    static final class UnreadableObjectException extends Exception {
        private static final long serialVersionUID = 1L;

        UnreadableObjectException(String message) {
            super(message);
        }
    }

    /**
     * Puts all objects into the table, in place of what is there.
     *
     * @param where where the document is, for the message
     */
    void into(GatewayTable table, String where) throws ConsumerSourceException {
        JsonNode consumers = root.path(GatewayTable.CONSUMERS);
        // APISIX writes an empty Lua table as {} unless it is marked as a list.
        boolean none = consumers.isMissingNode() || consumers.isNull() || (consumers.isObject() && consumers.isEmpty());
        if (!none && !consumers.isArray()) {
            throw new ConsumerSourceException(where + ": consumers: expected a list");
        }
        readConsumers(consumers, table.read(GatewayTable.CONSUMERS));
        GatewayTable.OTHERS.forEach(directory -> readOthers(directory, root.path(directory), table.read(directory)));
    }

    /** Puts only the consumers into the table. */
    void consumersInto(GatewayTable table) {
        readConsumers(root.path(GatewayTable.CONSUMERS), table.read(GatewayTable.CONSUMERS));
    }

    private void readConsumers(JsonNode consumers, GatewayTable.Reading reading) {
        Set<String> places = new HashSet<>();
        int position = 0;
        for (JsonNode consumer : consumers) {
            position++;
            String place = place(consumer);
            if (place == null) {
                place = "number " + position;
                reading.putUnreadable(place, "expected a username, or an id such as jack/credentials/one");
            } else if (!places.add(place)) {
                reading.putUnreadable(place, "is listed twice; remove one of them");
            } else {
                try {
                    reading.put(place, preparation.prepare(consumer));
                } catch (UnreadableObjectException e) {
                    reading.putUnreadable(place, String.valueOf(e.getMessage()));
                }
            }
        }
        reading.done();
    }

    /**
     * Reads the objects of another directory. As in APISIX, an object without an id gets a number, and one that cannot be
     * prepared is left out.
     */
    private void readOthers(String directory, JsonNode objects, GatewayTable.Reading reading) {
        int position = 0;
        for (JsonNode object : objects) {
            position++;
            JsonNode id = object.path("id");
            String place = id.isString() || id.isNumber() ? id.asString() : Integer.toString(position);
            try {
                reading.put(place, preparation.prepare(object));
            } catch (UnreadableObjectException e) {
                LOG.debug("{} {} is left out: {}", directory, place, e.getMessage());
            }
        }
        reading.done();
    }

    /** Returns APISIX's own secret objects. */
    List<SecretObject> secretObjects() throws ConsumerSourceException {
        List<SecretObject> objects = new ArrayList<>();
        try {
            for (JsonNode object : root.path("secrets")) {
                SecretObject.read(object.path("id").asString(""), preparation.prepare(object))
                        .ifPresent(objects::add);
            }
        } catch (UnreadableObjectException e) {
            throw new ConsumerSourceException(String.valueOf(e.getMessage()));
        }
        return objects;
    }

    /**
     * Returns the place of a consumer or credential. Credentials are in the same list, and recognised by their id
     * ({@code apisix/consumer.lua}).
     */
    private static @Nullable String place(JsonNode consumer) {
        JsonNode id = consumer.path("id");
        if (id.isString() && id.stringValue().contains("/credentials/")) {
            return id.stringValue();
        }
        JsonNode username = consumer.path("username");
        return username.isString() && !username.stringValue().isEmpty() ? username.stringValue() : null;
    }
}
