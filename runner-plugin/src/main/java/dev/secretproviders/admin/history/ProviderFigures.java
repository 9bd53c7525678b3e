package dev.secretproviders.admin.history;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/**
 * The figures of one provider: what happened since the last sample, and the samples before. Counting is thread-safe;
 * the owner guards the samples.
 */
final class ProviderFigures {
    static final int CALLS = 0;
    static final int FETCHES = 1;
    static final int FAILURES = 2;
    static final int ROTATIONS = 3;
    /** The mean time of a call, in microseconds. */
    static final int MEAN = 4;
    /** The longest time of a call, in microseconds. */
    static final int LONGEST = 5;

    private static final int FIGURES = 6;

    final LongAdder fetches = new LongAdder();
    final LongAdder failures = new LongAdder();
    final LongAdder rotations = new LongAdder();
    private final LongAdder calls = new LongAdder();
    private final LongAdder nanos = new LongAdder();
    private final LongAccumulator longest = new LongAccumulator(Math::max, 0);
    private final Ring ring;

    ProviderFigures(int length) {
        this.ring = new Ring(FIGURES, length);
    }

    void called(long took) {
        calls.increment();
        nanos.add(took);
        longest.accumulate(took);
    }

    /** Ends a sample and begins the next one. */
    void sample() {
        long made = calls.sumThenReset();
        long took = nanos.sumThenReset();
        ring.add(new long[] {
            made,
            fetches.sumThenReset(),
            failures.sumThenReset(),
            rotations.sumThenReset(),
            made == 0 ? 0 : TimeUnit.NANOSECONDS.toMicros(took / made),
            TimeUnit.NANOSECONDS.toMicros(longest.getThenReset())
        });
    }

    /** Returns whether no sample has a call or a fetch. */
    boolean isIdle() {
        return ring.isZero(CALLS) && ring.isZero(FETCHES) && ring.isZero(ROTATIONS);
    }

    Ring ring() {
        return ring;
    }
}
