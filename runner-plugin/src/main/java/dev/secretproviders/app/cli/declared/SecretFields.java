package dev.secretproviders.app.cli.declared;

import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Which fields of an object may hold a secret, by their paths without positions in lists. A field that is not known may
 * hold one: its name may be misspelled. Immutable.
 *
 * @param secret fields with secrets
 * @param plain fields without
 * @param open fields without, whose own fields have any name, such as labels
 */
record SecretFields(Set<String> secret, Set<String> plain, Set<String> open) {
    /** The fields of an object that the runner does not describe. */
    static final SecretFields UNKNOWN = new SecretFields(Set.of(), Set.of(), Set.of());

    SecretFields {
        secret = Set.copyOf(secret);
        plain = Set.copyOf(plain);
        open = Set.copyOf(open);
    }

    /** Reads the JSON schema of an object. */
    static SecretFields of(JsonNode schema) {
        Found found = new Found(new HashSet<>(), new HashSet<>(), new HashSet<>());
        collect("", schema, found);
        return new SecretFields(found.secret(), found.plain(), found.open());
    }

    private record Found(Set<String> secret, Set<String> plain, Set<String> open) {}

    private static void collect(String path, JsonNode schema, Found into) {
        if (schema.path("writeOnly").asBoolean(false)) {
            into.secret().add(path);
        } else if (schema.path("additionalProperties").isObject()) {
            into.open().add(path);
        } else {
            into.plain().add(path);
        }
        if (schema.has("items")) {
            collect(path, schema.path("items"), into);
        }
        schema.path("properties")
                .forEachEntry((name, field) -> collect(path.isEmpty() ? name : path + "." + name, field, into));
    }

    /** Returns whether a value may hold a secret. */
    boolean hold(String path, JsonNode value) {
        if (value.isArray()) {
            return value.isEmpty() ? hold(path) : value.valueStream().anyMatch(item -> hold(path, item));
        }
        return hold(path)
                || value.properties().stream().anyMatch(field -> hold(path + "." + field.getKey(), field.getValue()));
    }

    private boolean hold(String path) {
        return secret.contains(path)
                || secret.stream().anyMatch(each -> each.startsWith(path + "."))
                || !(plain.contains(path)
                        || open.stream().anyMatch(each -> each.equals(path) || path.startsWith(each + ".")));
    }
}
