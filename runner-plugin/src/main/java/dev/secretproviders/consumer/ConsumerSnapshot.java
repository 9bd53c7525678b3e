package dev.secretproviders.consumer;

import java.util.List;
import java.util.Map;

/**
 * All consumers at one moment. Immutable.
 *
 * @param consumers by username
 * @param problems what was left out
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
