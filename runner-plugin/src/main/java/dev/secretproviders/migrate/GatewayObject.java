package dev.secretproviders.migrate;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A consumer or credential as the gateway showed it. The value may hold keys.
 *
 * @param modified etcd's revision of its last change; 0 if the gateway does not tell
 */
record GatewayObject(Place place, long modified, ObjectNode value) {
    /** What APISIX sets by itself and refuses in a {@code PUT}. */
    private static final List<String> TIMES = List.of("create_time", "update_time");

    /** Returns whether no other client wrote the object between this and the other look at it. */
    boolean sameAs(GatewayObject other) {
        return modified == other.modified && value.equals(other.value);
    }

    /** Returns a copy of the value as a {@code PUT} takes it. */
    ObjectNode writable() {
        ObjectNode copy = value.deepCopy();
        copy.remove(TIMES);
        return copy;
    }

    /**
     * Returns whether the object has all that was written. Versions of APISIX before 3.13 add defaults of plugins, so it may
     * have more.
     */
    boolean holds(ObjectNode written) {
        return holds(value, written);
    }

    private static boolean holds(JsonNode found, JsonNode wanted) {
        if (wanted.isContainer() && wanted.isEmpty()) {
            // Lua has one kind of empty table, so {} may come back as [].
            return found.isContainer() && found.isEmpty();
        }
        if (wanted.isObject()) {
            for (Map.Entry<String, JsonNode> field : wanted.properties()) {
                if (!found.has(field.getKey()) || !holds(found.path(field.getKey()), field.getValue())) {
                    return false;
                }
            }
            return found.isObject();
        }
        return (wanted.isNumber() && found.isNumber())
                ? wanted.decimalValue().compareTo(found.decimalValue()) == 0
                : found.equals(wanted);
    }

    @Override
    public String toString() {
        return "GatewayObject[" + place + ", " + modified + "]";
    }
}
