package dev.secretproviders.consumer;

import dev.secretproviders.consumer.guard.Degradation;
import dev.secretproviders.consumer.guard.Guard;
import dev.secretproviders.consumer.guard.GuardedRoute;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.trie.Trie;
import dev.secretproviders.trie.TrieBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What counts in the objects of the gateway's configuration, by the kinds of directories that were read. Immutable.
 *
 * @param byType the objects of each kind; those of consumers without anything are left out
 */
record ScannedObjects(Map<ResourceType, Trie<Scanned>> byType) {

    List<Usage> usages() {
        List<Usage> usages = new ArrayList<>();
        all().forEach(object -> usages.addAll(object.usages()));
        return List.copyOf(usages);
    }

    List<Degradation> degradations() {
        List<Degradation> degradations = new ArrayList<>();
        all().forEach(object -> {
            if (object.degradation() != null) {
                degradations.add(object.degradation());
            }
        });
        return List.copyOf(degradations);
    }

    /** Returns whether both have the same objects. */
    boolean same(ScannedObjects others) {
        return byType.keySet().equals(others.byType.keySet())
                && byType.entrySet().stream().allMatch(entry -> {
                    Trie<Scanned> other = others.byType.get(entry.getKey());
                    return other != null && Scanned.same(entry.getValue(), other);
                });
    }

    /** Returns the objects, of each kind in the order of their places. */
    private List<Scanned> all() {
        List<Scanned> all = new ArrayList<>();
        byType.keySet().forEach(type -> all.addAll(of(type)));
        return all;
    }

    private List<Scanned> of(ResourceType type) {
        List<Scanned> objects = new ArrayList<>();
        Trie<Scanned> known = byType.get(type);
        if (known != null) {
            known.forEach(objects::add);
            objects.sort(Comparator.comparing(Scanned::place));
        }
        return objects;
    }

    /** Returns the routes whose requests the runner authenticates. */
    List<GuardedRoute> routes() {
        Scanned rule = of(ResourceType.GLOBAL_RULE).stream()
                .filter(one -> one.guard().guards())
                .findFirst()
                .orElse(null);
        // Global rules run besides the plugins of the route, each rule by itself.
        boolean always = of(ResourceType.GLOBAL_RULE).stream()
                .anyMatch(one -> Boolean.TRUE.equals(one.guard().external()));
        List<GuardedRoute> routes = new ArrayList<>();
        for (Scanned route : of(ResourceType.ROUTE)) {
            GuardedRoute guarded = route.served() ? guarded(route, rule, always) : null;
            if (guarded != null) {
                routes.add(guarded);
            }
        }
        return List.copyOf(routes);
    }

    /** Returns a route with the first object that guards it, or null if none does. */
    private @Nullable GuardedRoute guarded(Scanned route, @Nullable Scanned rule, boolean always) {
        String config = route.config();
        String service = route.here().parent();
        Guard own = route.guard();
        Guard configured = guard(ResourceType.PLUGIN_CONFIG, config);
        Guard served = guard(ResourceType.SERVICE, service);
        Guard all = own.over(configured).over(served);
        ResourceType by;
        String byId;
        if (own.guards()) {
            by = ResourceType.ROUTE;
            byId = route.place();
        } else if (config != null && configured.beneath(own).guards()) {
            by = ResourceType.PLUGIN_CONFIG;
            byId = config;
        } else if (service != null && served.beneath(own.over(configured)).guards()) {
            by = ResourceType.SERVICE;
            byId = service;
        } else if (rule != null) {
            by = ResourceType.GLOBAL_RULE;
            byId = rule.place();
            all = rule.guard();
        } else {
            return null;
        }
        return new GuardedRoute(route.place(), route.here().name(), by, byId, always ? Set.of() : all.companionOnly());
    }

    private Guard guard(ResourceType type, @Nullable String id) {
        Trie<Scanned> objects = byType.get(type);
        Scanned object = id == null || objects == null
                ? null
                : objects.find(Scanned.hash(id), one -> one.place().equals(id));
        return object == null ? Guard.NONE : object.guard();
    }

    /**
     * What counts in one object of the gateway's configuration.
     *
     * @param place its place in its directory
     * @param injections where it names secrets for upstreams
     * @param config the id of the plugin config of a route, or null
     * @param served whether the gateway serves it; false for a route that is switched off
     */
    record Scanned(
            String place,
            Place here,
            List<Usage> usages,
            @Nullable Degradation degradation,
            Guard guard,
            List<GatewayInjection> injections,
            @Nullable String config,
            boolean served) {

        /** How users know an object. */
        record Place(
                ResourceType type,
                String id,
                @Nullable String name,
                @Nullable String parent) {}

        static long hash(String place) {
            return Trie.hash(Trie.spread(place.hashCode()), 0);
        }

        /** Returns whether two sets have the same objects. */
        static boolean same(Trie<Scanned> some, Trie<Scanned> others) {
            boolean[] same = {some.size() == others.size()};
            if (same[0]) {
                others.difference(some, _ -> same[0] = false, _ -> same[0] = false);
            }
            return same[0];
        }

        /** Returns whether there is nothing in it. */
        boolean isEmpty() {
            return usages.isEmpty() && degradation == null && guard.equals(Guard.NONE) && injections.isEmpty();
        }
    }

    /** What counts in the objects of one directory. Not thread-safe. */
    static final class Directory {
        private final TrieBuilder<Scanned> objects = new TrieBuilder<>(object -> Scanned.hash(object.place()));
        /** The objects that name secrets for upstreams: few, and asked for at each change. */
        private final Map<String, List<GatewayInjection>> injections = new TreeMap<>();

        /**
         * Replaces an object; null removes it.
         *
         * @return whether there was another one, or none
         */
        boolean set(String place, @Nullable Scanned object) {
            Scanned before = get(place);
            if (Objects.equals(object, before)) {
                return false;
            }
            if (before != null) {
                objects.remove(before);
                injections.remove(place);
            }
            if (object != null) {
                objects.add(object);
                if (!object.injections().isEmpty()) {
                    injections.put(place, object.injections());
                }
            }
            return true;
        }

        @Nullable
        Scanned get(String place) {
            return objects.find(Scanned.hash(place), object -> object.place().equals(place));
        }

        Trie<Scanned> objects() {
            return objects.trie();
        }

        void forEachInjection(Consumer<GatewayInjection> action) {
            injections.values().forEach(some -> some.forEach(action));
        }
    }
}
