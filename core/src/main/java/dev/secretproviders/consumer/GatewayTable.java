package dev.secretproviders.consumer;

import dev.secretproviders.consumer.ScannedObjects.Directory;
import dev.secretproviders.consumer.ScannedObjects.Scanned;
import dev.secretproviders.consumer.guard.Guard;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.reference.template.InvalidInjectConfigException;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.trie.Trie;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The gateway's configuration as a source knows it, by directory ({@code routes}) and place in it ({@code 7}).
 * Consumers are parsed. Of other objects, only usages of references and ways around authentication are kept, without
 * values. A change takes the time of one object, however many there are.
 *
 * <p>Not thread-safe.
 */
final class GatewayTable {
    static final String CONSUMERS = "consumers";

    /** The directories other than that of the consumers that can hold references, as APISIX names them. */
    static final List<String> OTHERS =
            List.of("consumer_groups", "routes", "services", "plugin_configs", "global_rules", "ssls");

    private static final int DEEPEST = 64;

    private final @Nullable Keyring keyring;
    private ConsumerTable consumers;
    private final Map<ResourceType, Directory> seen = new EnumMap<>(ResourceType.class);
    /** The places that name secrets for upstreams: the same list until one of them changes. */
    private List<GatewayInjection> injected = List.of();
    /** The configuration without the consumers, while it is right. */
    private @Nullable GatewayConfiguration known;

    GatewayTable(KeyDigester digester, @Nullable Keyring keyring) {
        this.consumers = new ConsumerTable(digester, keyring);
        this.keyring = keyring;
        this.seen.put(ResourceType.CONSUMER, new Directory());
    }

    /** Adds or replaces an object. */
    void put(String directory, String place, JsonNode object) {
        if (directory.equals(CONSUMERS)) {
            consumers.put(place, object);
        }
        ResourceType type = type(directory);
        set(type, place, look(type, place, object));
    }

    /** Adds or replaces an object that could not even be read. */
    void putUnreadable(String directory, String place, String problem) {
        if (directory.equals(CONSUMERS)) {
            consumers.putUnreadable(place, problem);
        }
        set(type(directory), place, null);
    }

    void remove(String directory, String place) {
        if (directory.equals(CONSUMERS)) {
            consumers.remove(place);
        }
        set(type(directory), place, null);
    }

    /** Removes a directory that cannot be read. */
    void forget(String directory) {
        if (seen.remove(type(directory)) != null) {
            known = null;
        }
    }

    /** Begins to read all objects of a directory again. */
    Reading read(String directory) {
        return new Reading(type(directory));
    }

    /** All objects of one directory, which replace what is known of it at once. */
    final class Reading {
        private final ResourceType type;
        private final Directory objects = new Directory();
        private final @Nullable ConsumerTable read;

        private Reading(ResourceType type) {
            this.type = type;
            this.read = type == ResourceType.CONSUMER ? consumers.again() : null;
        }

        /** Adds an object. */
        void put(String place, JsonNode object) {
            if (read != null) {
                read.put(place, object);
            }
            Scanned found = look(type, place, object);
            if (found != null) {
                // An equal object stays the same one.
                Directory before = seen.get(type);
                Scanned earlier = before == null ? null : before.get(place);
                objects.set(place, found.equals(earlier) ? earlier : found);
            }
        }

        /** Adds an object that could not even be read. */
        void putUnreadable(String place, String problem) {
            if (read != null) {
                read.putUnreadable(place, problem);
            }
            objects.set(place, null);
        }

        /** Puts what was read in the place of what was known. The directory then counts as completely read. */
        void done() {
            if (read != null) {
                read.done();
                consumers = read;
            }
            Directory before = seen.put(type, objects);
            if (before == null || !Scanned.same(before.objects(), objects.objects())) {
                known = null;
            }
        }
    }

    ConsumerSnapshot snapshot() {
        ConsumerSnapshot now = consumers.snapshot();
        GatewayConfiguration right = known;
        if (right == null) {
            right = configuration();
            known = right;
        }
        return new ConsumerSnapshot(now.consumers(), now.problems(), right);
    }

    private GatewayConfiguration configuration() {
        Map<ResourceType, Trie<Scanned>> objects = new EnumMap<>(ResourceType.class);
        List<GatewayInjection> injections = new ArrayList<>();
        seen.forEach((type, directory) -> {
            objects.put(type, directory.objects());
            directory.forEachInjection(injections::add);
        });
        if (!injections.equals(injected)) {
            injected = List.copyOf(injections);
        }
        return new GatewayConfiguration(new ScannedObjects(objects), injected);
    }

    private void set(ResourceType type, String place, @Nullable Scanned object) {
        Directory directory = seen.get(type);
        if (directory == null) {
            directory = new Directory();
            seen.put(type, directory);
            known = null;
        }
        if (directory.set(place, object)) {
            known = null;
        }
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

    /** Returns what counts in an object; null for a consumer or credential in which there is nothing. */
    private @Nullable Scanned look(ResourceType directory, String place, JsonNode object) {
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
        Scanned.Place here = new Scanned.Place(type, id, text(object, "name"), parent);
        walk(here, null, object, usages);
        List<GatewayInjection> injections = injections(here, object);
        injections.forEach(injection -> usages.addAll(injection.usages()));
        Scanned found = new Scanned(
                place,
                here,
                List.copyOf(usages),
                Guard.degradation(here.type(), here.id(), here.name(), object),
                Guard.of(object),
                List.copyOf(injections),
                text(object, "plugin_config_id"),
                object.path("status").asInt(1) != 0);
        return directory == ResourceType.CONSUMER && found.isEmpty() ? null : found;
    }

    private static List<GatewayInjection> injections(Scanned.Place here, JsonNode object) {
        List<GatewayInjection> injections = new ArrayList<>();
        InjectionReader.read(object, (field, reading) -> {
            InjectConfig config = null;
            String problem = null;
            try {
                config = reading.read();
            } catch (InvalidInjectConfigException e) {
                problem = e.getMessage();
            }
            injections.add(
                    new GatewayInjection(here.type(), here.id(), here.name(), here.parent(), field, config, problem));
        });
        return injections;
    }

    /** The way from an object to one of its fields. It becomes a text only where there is a reference. */
    private record Step(@Nullable Step before, String name, int depth) {
        static Step into(@Nullable Step before, String name) {
            return new Step(before, name, before == null ? 1 : before.depth + 1);
        }

        String field() {
            return before == null ? name : before.field() + (name.startsWith("[") ? "" : ".") + name;
        }
    }

    private void walk(Scanned.Place here, @Nullable Step way, JsonNode node, List<Usage> usages) {
        if (node.isString()) {
            String text = keyring == null ? node.stringValue() : keyring.read(node.stringValue());
            if (text != null && SecretReference.isReference(text)) {
                String field = way == null ? "" : way.field();
                alternatives(text)
                        .forEach((written, reference) -> usages.add(new Usage(
                                here.type(),
                                here.id(),
                                here.name(),
                                here.parent(),
                                field,
                                written,
                                reference.orElse(null))));
            }
        } else if (way == null || way.depth < DEEPEST) {
            if (node.isArray()) {
                for (int i = 0; i < node.size(); i++) {
                    walk(here, Step.into(way, "[" + i + "]"), node.get(i), usages);
                }
            } else {
                node.properties()
                        .forEach(entry -> walk(here, Step.into(way, entry.getKey()), entry.getValue(), usages));
            }
        }
    }

    /** Returns each reference of a chain by its text; the whole text without a reference if it is malformed. */
    private static Map<String, Optional<SecretReference>> alternatives(String text) {
        List<SecretReference> alternatives;
        try {
            alternatives = ReferenceChain.parse(text).alternatives();
        } catch (InvalidReferenceException e) {
            return Map.of(text, Optional.empty());
        }
        if (alternatives.size() == 1) {
            return Map.of(text, Optional.of(alternatives.getFirst()));
        }
        Map<String, Optional<SecretReference>> texts = new LinkedHashMap<>();
        alternatives.forEach(alternative -> texts.put(alternative.toString(), Optional.of(alternative)));
        return texts;
    }

    private static @Nullable String text(JsonNode object, String name) {
        JsonNode value = object.path(name);
        return value.isString() || value.isNumber() ? value.asString() : null;
    }
}
