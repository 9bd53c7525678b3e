package dev.secretproviders.consumer;

import dev.secretproviders.consumer.guard.Degradation;
import dev.secretproviders.consumer.guard.GuardedRoute;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's configuration apart from its consumers: where it uses references, and where it allows requests without
 * authentication. Immutable; no values are kept. Its lists are made when they are first asked for, since there may be a
 * million consumers with a reference each.
 */
public final class GatewayConfiguration {
    /** An unknown configuration. */
    public static final GatewayConfiguration EMPTY =
            new GatewayConfiguration(List.of(), List.of(), List.of(), List.of(), Set.of());

    private final Once<List<Usage>> usages;
    private final Once<List<Degradation>> degradations;
    private final Once<List<GuardedRoute>> routes;
    private final Once<List<GatewayInjection>> injections;
    private final Set<ResourceType> seen;
    /** What the lists are made of; null if they were given. */
    private final @Nullable ScannedObjects objects;

    /** Something that is made when it is first asked for. Two threads may make it, since both get the same. */
    private static final class Once<T> {
        private final Supplier<T> maker;
        private volatile @Nullable T made;

        Once(Supplier<T> maker) {
            this.maker = maker;
        }

        T get() {
            T known = made;
            if (known == null) {
                known = maker.get();
                made = known;
            }
            return known;
        }
    }

    /**
     * Creates a configuration from its lists.
     *
     * @param usages every string that has the prefix of a reference
     * @param degradations the places where requests may bypass the runner's filter
     * @param routes the routes whose requests the runner authenticates
     * @param injections the places that name secrets for upstreams
     * @param seen the kinds of resources that were completely read at least once; the others are unknown
     */
    public GatewayConfiguration(
            List<Usage> usages,
            List<Degradation> degradations,
            List<GuardedRoute> routes,
            List<GatewayInjection> injections,
            Set<ResourceType> seen) {
        List<Usage> ofUsages = List.copyOf(usages);
        List<Degradation> ofDegradations = List.copyOf(degradations);
        List<GuardedRoute> ofRoutes = List.copyOf(routes);
        List<GatewayInjection> ofInjections = List.copyOf(injections);
        this.usages = new Once<>(() -> ofUsages);
        this.degradations = new Once<>(() -> ofDegradations);
        this.routes = new Once<>(() -> ofRoutes);
        this.injections = new Once<>(() -> ofInjections);
        this.seen = Set.copyOf(seen);
        this.objects = null;
    }

    /** Creates a configuration with these usages. */
    public GatewayConfiguration(List<Usage> usages) {
        this(usages, List.of(), List.of(), List.of(), Set.of());
    }

    GatewayConfiguration(ScannedObjects objects, List<GatewayInjection> injections) {
        this.usages = new Once<>(objects::usages);
        this.degradations = new Once<>(objects::degradations);
        this.routes = new Once<>(objects::routes);
        this.injections = new Once<>(() -> injections);
        this.seen = Set.copyOf(objects.byType().keySet());
        this.objects = objects;
    }

    /** Returns every string that has the prefix of a reference. */
    public List<Usage> usages() {
        return usages.get();
    }

    /** Returns the places where requests may bypass the runner's filter. */
    public List<Degradation> degradations() {
        return degradations.get();
    }

    /** Returns the routes whose requests the runner authenticates. */
    public List<GuardedRoute> routes() {
        return routes.get();
    }

    /** Returns the places that name secrets for upstreams. */
    public List<GatewayInjection> injections() {
        return injections.get();
    }

    /** Returns the kinds of resources that were completely read at least once; the others are unknown. */
    public Set<ResourceType> seen() {
        return seen;
    }

    /** Returns the kinds of resources that were not read, so that they may have usages that are not listed. */
    public Set<ResourceType> unseen() {
        Set<ResourceType> unseen = EnumSet.complementOf(
                EnumSet.of(ResourceType.CONSUMER_CREDENTIAL, ResourceType.PROVIDER, ResourceType.CERTIFICATE));
        unseen.removeAll(seen);
        return unseen;
    }

    /** Two configurations of one source are compared by what they are made of, without making their lists. */
    @Override
    public boolean equals(@Nullable Object other) {
        if (this == other || !(other instanceof GatewayConfiguration that)) {
            return this == other;
        }
        if (objects != null && that.objects != null) {
            return objects.same(that.objects);
        }
        return seen.equals(that.seen)
                && usages().equals(that.usages())
                && degradations().equals(that.degradations())
                && routes().equals(that.routes())
                && injections().equals(that.injections());
    }

    @Override
    public int hashCode() {
        return seen.hashCode();
    }

    @Override
    public String toString() {
        return "GatewayConfiguration[" + usages().size() + " usages, "
                + degradations().size() + " degradations, seen=" + seen + "]";
    }
}
