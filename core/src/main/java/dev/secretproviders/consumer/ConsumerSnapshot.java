package dev.secretproviders.consumer;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
        consumers = ConsumerMap.of(consumers);
        problems = List.copyOf(problems);
    }

    /**
     * Calls {@code change} for each consumer that differs from the one in a snapshot before. Takes time for the changes
     * only, if both are of one source.
     */
    public void changes(ConsumerSnapshot before, Change change) {
        ConsumerMap.of(consumers).changes(ConsumerMap.of(before.consumers), (old, now) -> {
            if (old == null || !old.equals(now)) {
                change.accept(old, now);
            }
        });
    }

    /** Receives a consumer before and now; one of them is null if it was added or removed. */
    @FunctionalInterface
    public interface Change {
        void accept(@Nullable Consumer before, @Nullable Consumer now);
    }
}
