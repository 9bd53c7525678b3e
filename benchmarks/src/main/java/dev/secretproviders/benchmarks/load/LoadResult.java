package dev.secretproviders.benchmarks.load;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The result of a load.
 *
 * @param answered right answers
 * @param wrong unexpected answers
 * @param nanos the duration
 * @param times latencies of right answers, in nanoseconds
 */
public record LoadResult(long answered, long wrong, long nanos, Histogram times) {
    /** Returns right answers a second. */
    public double perSecond() {
        return answered * (double) TimeUnit.SECONDS.toNanos(1) / nanos;
    }

    /** Returns a percentile of the latency, in microseconds. */
    public double microsAt(double percent) {
        return times.getValueAtPercentile(percent) / 1e3;
    }
}
