package dev.secretproviders.consumer;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The gateway's configuration as a source knows it, by directory ({@code routes}) and place in it ({@code 7}).
 * Consumers are parsed. Of other objects, only usages of references and ways around authentication are kept, without
 * values.
 *
 * <p>Not thread-safe.
 */
final class GatewayTable {
    static final String CONSUMERS = "consumers";

    /** The directories other than that of the consumers that can hold references, as APISIX names them. */
    static final List<String> OTHERS =
            List.of("consumer_groups", "routes", "services", "plugin_configs", "global_rules", "ssls");

    private static final int DEEPEST = 64;

    private final ConsumerTable consumers;
    private final @Nullable Keyring keyring;
    private final Map<ResourceType, Map<String, ScannedObject>> seen = new EnumMap<>(ResourceType.class);

    /**
     * The findings in one object.
     *
     * @param config the id of the plugin config of a route, or null
     * @param served whether the gateway serves it; false for a route that is switched off
     */
    private record ScannedObject(
            Place here,
            List<Usage> usages,
            @Nullable Degradation degradation,
            Guard guard,
            @Nullable String config,
            boolean served) {}

    GatewayTable(KeyDigester digester, @Nullable Keyring keyring) {
        this.consumers = new ConsumerTable(digester, keyring);
        this.keyring = keyring;
        this.seen.put(ResourceType.CONSUMER, new TreeMap<>());
    }

    /** Adds or replaces an object. */
    void put(String directory, String place, JsonNode object) {
        if (directory.equals(CONSUMERS)) {
            consumers.put(place, object);
        }
        seen(directory).put(place, look(type(directory), place, object));
    }

    /** Adds or replaces an object that could not even be read. */
    void putUnreadable(String directory, String place, String problem) {
        if (directory.equals(CONSUMERS)) {
            consumers.putUnreadable(place, problem);
        }
        seen(directory).remove(place);
    }

    void remove(String directory, String place) {
        if (directory.equals(CONSUMERS)) {
            consumers.remove(place);
        }
        seen(directory).remove(place);
    }

    /**
     * Removes all objects of a directory that are not at one of {@code places}. The directory then counts as completely
     * read.
     */
    void retain(String directory, Set<String> places) {
        if (directory.equals(CONSUMERS)) {
            consumers.retain(places);
        }
        seen(directory).keySet().retainAll(places);
    }

    /** Removes a directory that cannot be read. */
    void forget(String directory) {
        seen.remove(type(directory));
    }

    ConsumerSnapshot snapshot() {
        ConsumerSnapshot known = consumers.snapshot();
        List<Usage> usages = new ArrayList<>();
        List<Degradation> degradations = new ArrayList<>();
        seen.values()
                .forEach(objects -> objects.values().forEach(object -> {
                    usages.addAll(object.usages());
                    if (object.degradation() != null) {
                        degradations.add(object.degradation());
                    }
                }));
        return new ConsumerSnapshot(
                known.consumers(),
                known.problems(),
                new GatewayConfiguration(usages, degradations, routes(), seen.keySet()));
    }

    private List<GuardedRoute> routes() {
        Map<String, ScannedObject> rules = seen.getOrDefault(ResourceType.GLOBAL_RULE, Map.of());
        String rule = rules.entrySet().stream()
                .filter(one -> one.getValue().guard().guards())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
        List<GuardedRoute> routes = new ArrayList<>();
        seen.getOrDefault(ResourceType.ROUTE, Map.of()).forEach((id, route) -> {
            GuardedRoute guarded = route.served() ? guarded(id, route, rule) : null;
            if (guarded != null) {
                routes.add(guarded);
            }
        });
        return routes;
    }

    /** Returns a route with the first object that guards it, or null if none does. */
    private @Nullable GuardedRoute guarded(String id, ScannedObject route, @Nullable String rule) {
        String name = route.here().name();
        String config = route.config();
        String service = route.here().parent();
        Guard above = route.guard();
        Guard configured = guard(ResourceType.PLUGIN_CONFIG, config);
        if (above.guards()) {
            return new GuardedRoute(id, name, ResourceType.ROUTE, id);
        }
        if (config != null && configured.beneath(above).guards()) {
            return new GuardedRoute(id, name, ResourceType.PLUGIN_CONFIG, config);
        }
        if (service != null
                && guard(ResourceType.SERVICE, service)
                        .beneath(above.over(configured))
                        .guards()) {
            return new GuardedRoute(id, name, ResourceType.SERVICE, service);
        }
        return rule == null ? null : new GuardedRoute(id, name, ResourceType.GLOBAL_RULE, rule);
    }

    private Guard guard(ResourceType type, @Nullable String id) {
        ScannedObject object =
                id == null ? null : seen.getOrDefault(type, Map.of()).get(id);
        return object == null ? Guard.NONE : object.guard();
    }

    private Map<String, ScannedObject> seen(String directory) {
        return seen.computeIfAbsent(type(directory), absent -> new TreeMap<>());
    }

    private static ResourceType type(String directory) {
        return switch (directory) {
            case CONSUMERS -> ResourceType.CONSUMER;
            case "consumer_groups" -> ResourceType.CONSUMER_GROUP;
            case "routes" -> ResourceType.ROUTE;
            case "services" -> ResourceType.SERVICE;
            case "plugin_configs" -> ResourceType.PLUGIN_CONFIG;
            case "global_rules" -> ResourceType.GLOBAL_RULE;
            case "ssls" -> ResourceType.SSL;
            default -> throw new IllegalArgumentException(directory);
        };
    }

    private ScannedObject look(ResourceType directory, String place, JsonNode object) {
        ResourceType type = directory;
        String id = place;
        String parent = text(object, "service_id");
        int credential = place.indexOf("/credentials/");
        if (directory == ResourceType.CONSUMER && credential > 0) {
            type = ResourceType.CONSUMER_CREDENTIAL;
            id = place.substring(credential + "/credentials/".length());
            parent = place.substring(0, credential);
        }
        List<Usage> usages = new ArrayList<>();
        Place here = new Place(type, id, text(object, "name"), parent);
        walk(here, "", object, 0, usages);
        return new ScannedObject(
                here,
                usages,
                degradation(here, object),
                Guard.of(object),
                text(object, "plugin_config_id"),
                object.path("status").asInt(1) != 0);
    }

    private record Place(
            ResourceType type,
            String id,
            @Nullable String name,
            @Nullable String parent) {}

    private void walk(Place here, String field, JsonNode node, int depth, List<Usage> usages) {
        if (node.isString()) {
            String text = keyring == null ? node.stringValue() : keyring.read(node.stringValue());
            if (text != null && SecretReference.isReference(text)) {
                usages.add(new Usage(here.type(), here.id(), here.name(), here.parent(), field, text, parsed(text)));
            }
        } else if (depth < DEEPEST) {
            if (node.isArray()) {
                for (int i = 0; i < node.size(); i++) {
                    walk(here, field + "[" + i + "]", node.get(i), depth + 1, usages);
                }
            } else {
                node.properties()
                        .forEach(entry -> walk(
                                here,
                                field.isEmpty() ? entry.getKey() : field + "." + entry.getKey(),
                                entry.getValue(),
                                depth + 1,
                                usages));
            }
        }
    }

    private static @Nullable SecretReference parsed(String text) {
        try {
            return SecretReference.parse(text);
        } catch (InvalidReferenceException e) {
            return null;
        }
    }

    private static @Nullable Degradation degradation(Place here, JsonNode object) {
        JsonNode guard = object.path("plugins").path(Guard.EXTERNAL);
        return guard.path("allow_degradation").asBoolean(false) && Guard.namesFilter(guard)
                ? new Degradation(
                        here.type(), here.id(), here.name(), "plugins." + Guard.EXTERNAL + ".allow_degradation")
                : null;
    }

    private static @Nullable String text(JsonNode object, String name) {
        JsonNode value = object.path(name);
        return value.isString() || value.isNumber() ? value.asString() : null;
    }
}
