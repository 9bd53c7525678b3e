package dev.secretproviders.benchmarks.load;

import java.util.concurrent.TimeUnit;

/** How requests follow each other. */
public sealed interface Load {
    /** Returns how many connections there are, which is the most requests at a time. */
    int connections();

    /** Each connection sends its next request when the answer to the one before has come. */
    record Closed(int connections) implements Load {
        @Override
        public String toString() {
            return connections + (connections == 1 ? " connection" : " connections");
        }
    }

    /**
     * Requests are due at even intervals, whether or not answers come. A time is counted from when its request was due, not from
     * when it could be sent, so that what waits behind a slow answer is counted as slow, too (no coordinated omission).
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
