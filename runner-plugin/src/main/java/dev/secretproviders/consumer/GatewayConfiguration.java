package dev.secretproviders.consumer;

import dev.secretproviders.reference.Usage;
import java.util.List;

/**
 * Stand-in until the branch lands.
 *
 * @param usages stand-in
 */
public record GatewayConfiguration(List<Usage> usages) {
    /** Stand-in. */
    public static final GatewayConfiguration EMPTY = new GatewayConfiguration(List.of());
}
