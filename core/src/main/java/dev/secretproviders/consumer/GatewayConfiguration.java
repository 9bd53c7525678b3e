package dev.secretproviders.consumer;

import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What the gateway's configuration says beside its consumers: where references stand, and where it gives up authentication.
 * Immutable; of values nothing is kept.
 *
 * @param usages every string that claims to be a reference
 * @param degradations where the runner's filter may be passed by
 * @param seen the kinds of resources that were read whole at least once; of the others nothing is known
 */
public record GatewayConfiguration(List<Usage> usages, List<Degradation> degradations, Set<ResourceType> seen) {
    /** Nothing is known. */
    public static final GatewayConfiguration EMPTY = new GatewayConfiguration(List.of(), List.of(), Set.of());

    private static final Set<ResourceType> KINDS =
            EnumSet.complementOf(EnumSet.of(ResourceType.CONSUMER_CREDENTIAL, ResourceType.PROVIDER));

    public GatewayConfiguration {
        usages = List.copyOf(usages);
        degradations = List.copyOf(degradations);
        seen = Set.copyOf(seen);
    }

    /** A configuration of which these usages are known. */
    public GatewayConfiguration(List<Usage> usages) {
        this(usages, List.of(), Set.of());
    }

    /** Returns whether every kind of resource was read, so that what is not listed does not exist. */
    public boolean complete() {
        return seen.containsAll(KINDS);
    }

    @Override
    public String toString() {
        return "GatewayConfiguration[" + usages.size() + " usages, " + degradations.size() + " degradations, seen="
                + seen + "]";
    }
}
