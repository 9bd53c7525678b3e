package dev.secretproviders.benchmarks.consumers;

import java.util.List;

/**
 * How many consumers, and how much time to spend.
 *
 * @param few the number of consumers to compare a change with
 * @param many the numbers of consumers
 * @param starts how many times each start is repeated
 * @param changes how many times a consumer is changed
 */
public record ConsumersEffort(int few, List<Integer> many, int starts, int changes) {
    /** Returns the effort for published figures. */
    public static final ConsumersEffort WHOLE = new ConsumersEffort(100, List.of(100_000, 1_000_000), 3, 100);

    /** Returns the effort for a quick check. */
    public static final ConsumersEffort QUICK = new ConsumersEffort(100, List.of(20_000), 2, 20);

    /** Copies the list. */
    public ConsumersEffort {
        many = List.copyOf(many);
    }
}
