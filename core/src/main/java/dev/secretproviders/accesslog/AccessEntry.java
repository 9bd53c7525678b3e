package dev.secretproviders.accesslog;

import java.time.Instant;

/**
 * One entry of the access log.
 *
 * @param hour the beginning of the hour in UTC
 * @param runner the name of the runner
 * @param what what happened
 * @param times how often; 0 for {@link Access#UNREADABLE}
 * @param last when it happened last, to the second; the hour's beginning for what concerns the hour as a whole
 */
public record AccessEntry(Instant hour, String runner, Access what, long times, Instant last) {}
