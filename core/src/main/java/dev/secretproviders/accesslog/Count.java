package dev.secretproviders.accesslog;

import java.time.Instant;

/**
 * How often something happened.
 *
 * @param times at least 1
 * @param last the time of the last one, to the second
 */
record Count(long times, Instant last) {
    Count and(Count other) {
        return new Count(times + other.times, last.isAfter(other.last) ? last : other.last);
    }
}
