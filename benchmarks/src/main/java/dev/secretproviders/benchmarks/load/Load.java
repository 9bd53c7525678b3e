package dev.secretproviders.benchmarks.load;

import java.util.concurrent.TimeUnit;

/** The schedule of requests. */
public sealed interface Load {
    /** Returns the number of connections, which is the largest number of simultaneous requests. */
    int connections();

    /** Each connection sends its next request after the answer to the previous one. */
    record Closed(int connections) implements Load {
        @Override
        public String toString() {
            return connections + (connections == 1 ? " connection" : " connections");
        }
    }

    /**
     * As {@link Closed}, but a run ends when this number of requests was answered. The next run goes on with the keys
     * after those, so that a key need not be sent twice.
     *
     * @param requests the number of requests in a run
     */
    record Counted(int connections, int requests) implements Load {
        @Override
        public String toString() {
            return connections + " connections";
        }
    }

    /**
     * Requests are due at even intervals, whether or not answers come. Latency counts from the time at which a request
     * was due, not from the time of sending. So requests that wait for a slow answer count as slow, too (no coordinated
     * omission).
     *
     * @param perSecond requests a second
     */
    record Open(int connections, double perSecond) implements Load {
        double intervalNanos() {
            return TimeUnit.SECONDS.toNanos(1) / perSecond;
        }

        @Override
        public String toString() {
            return Math.round(perSecond) + "/s";
        }
    }
}
