package dev.secretproviders.consumer;

import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The gateway's configuration apart from its consumers: where it uses references, and where it allows requests without
 * authentication. Immutable; no values are kept.
 *
 * @param usages every string that has the prefix of a reference
 * @param degradations the places where requests may bypass the runner's filter
 * @param routes the routes whose requests the runner authenticates
 * @param seen the kinds of resources that were completely read at least once; the others are unknown
 */
public record GatewayConfiguration(
        List<Usage> usages, List<Degradation> degradations, List<GuardedRoute> routes, Set<ResourceType> seen) {
    /** An unknown configuration. */
    public static final GatewayConfiguration EMPTY =
            new GatewayConfiguration(List.of(), List.of(), List.of(), Set.of());

    public GatewayConfiguration {
        usages = List.copyOf(usages);
        degradations = List.copyOf(degradations);
        routes = List.copyOf(routes);
        seen = Set.copyOf(seen);
    }

    /** Creates a configuration with these usages. */
    public GatewayConfiguration(List<Usage> usages) {
        this(usages, List.of(), List.of(), Set.of());
    }

    /** Returns the kinds of resources that were not read, so that they may have usages that are not listed. */
    public Set<ResourceType> unseen() {
        Set<ResourceType> unseen =
                EnumSet.complementOf(EnumSet.of(ResourceType.CONSUMER_CREDENTIAL, ResourceType.PROVIDER));
        unseen.removeAll(seen);
        return unseen;
    }

    @Override
    public String toString() {
        return "GatewayConfiguration[" + usages.size() + " usages, " + degradations.size() + " degradations, seen="
                + seen + "]";
    }
}
