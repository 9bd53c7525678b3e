package dev.secretproviders.consumer;

import java.util.List;
import java.util.Map;

/**
 * All consumers at one moment, and the usages of references in the rest of the gateway's configuration. Immutable.
 *
 * @param consumers by username
 * @param problems the objects that were left out
 * @param configuration the usages of references; may be slightly older or newer than the consumers
 */
public record ConsumerSnapshot(
        Map<String, Consumer> consumers, List<ConsumerProblem> problems, GatewayConfiguration configuration) {
    public static final ConsumerSnapshot EMPTY = new ConsumerSnapshot(Map.of(), List.of());

    /** Creates a snapshot of consumers without the rest of the configuration. */
    public ConsumerSnapshot(Map<String, Consumer> consumers, List<ConsumerProblem> problems) {
        this(consumers, problems, GatewayConfiguration.EMPTY);
    }

    public ConsumerSnapshot {
        consumers = Map.copyOf(consumers);
        problems = List.copyOf(problems);
    }
}
