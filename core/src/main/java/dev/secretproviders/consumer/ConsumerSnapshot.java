package dev.secretproviders.consumer;

import java.util.List;
import java.util.Map;

/**
 * All consumers at one moment, and what the rest of the gateway's configuration says about references. Immutable.
 *
 * @param consumers by username
 * @param problems what was left out
 * @param configuration where references stand; may be a moment older or younger than the consumers
 */
public record ConsumerSnapshot(
        Map<String, Consumer> consumers, List<ConsumerProblem> problems, GatewayConfiguration configuration) {
    public static final ConsumerSnapshot EMPTY = new ConsumerSnapshot(Map.of(), List.of());

    /** Consumers of whose surroundings nothing is known. */
    public ConsumerSnapshot(Map<String, Consumer> consumers, List<ConsumerProblem> problems) {
        this(consumers, problems, GatewayConfiguration.EMPTY);
    }

    public ConsumerSnapshot {
        consumers = Map.copyOf(consumers);
        problems = List.copyOf(problems);
    }
}
