package dev.secretproviders.benchmarks.load;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What a load brought.
 *
 * @param answered right answers
 * @param wrong answers that were not the expected one
 * @param nanos how long it took
 * @param times of right answers, in nanoseconds
 */
public record LoadResult(long answered, long wrong, long nanos, Histogram times) {
    /** Returns right answers a second. */
    public double perSecond() {
        return answered * (double) TimeUnit.SECONDS.toNanos(1) / nanos;
    }

    /** Returns the time within which {@code percent} of the answers came, in microseconds. */
    public double microsAt(double percent) {
        return times.getValueAtPercentile(percent) / 1e3;
    }
}
