package dev.secretproviders.provider;

import dev.secretproviders.spi.Settings;
import java.time.Duration;

/**
 * How a provider's answers are kept and how hard its manager may be asked; the fields common to all provider objects.
 *
 * @param timeout limit for one answer of the manager
 * @param ttl for how long a value counts as fresh; it is asked for again within it
 * @param negativeTtl for how long "there is no such secret" is believed
 * @param staleTtl for how long a value is served since it was last verified when the manager cannot be asked; then it is
 *     refused
 * @param overlap for how long the previous version is accepted after a rotation; zero for not at all
 * @param maxConcurrency how many questions may be open at a time
 * @param fetchesPerMinute how many calls may be made in any minute, from 10; zero for as many as are due
 * @param access which consumers may refer to which paths
 */
public record ProviderPolicy(
        Duration timeout,
        Duration ttl,
        Duration negativeTtl,
        Duration staleTtl,
        Duration overlap,
        int maxConcurrency,
        int fetchesPerMinute,
        AccessRules access) {
    /** Enough for 10,000 references at the default {@code ttl}, each asked for by itself. */
    private static final int DEFAULT_FETCHES_PER_MINUTE = 24_000;

    private static final int MIN_FETCHES_PER_MINUTE = 10;
    private static final int MAX_FETCHES_PER_MINUTE = 1_000_000;

    /** What holds where a provider object says nothing. */
    public static final ProviderPolicy DEFAULT = new ProviderPolicy(
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            Duration.ofHours(24),
            Duration.ofSeconds(60),
            8,
            DEFAULT_FETCHES_PER_MINUTE,
            AccessRules.OPEN);

    private static final Duration MIN_TIMEOUT = Duration.ofMillis(100);
    private static final Duration MAX_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration MIN_TTL = Duration.ofSeconds(1);

    /** Reads {@code timeout}, {@code max_concurrency}, {@code access} and the sections {@code cache}, {@code rotation}, {@code budget}. */
    public static ProviderPolicy read(Settings settings) {
        Duration timeout = settings.duration("timeout", DEFAULT.timeout);
        if (timeout.compareTo(MIN_TIMEOUT) < 0 || timeout.compareTo(MAX_TIMEOUT) > 0) {
            settings.problem("timeout", "expected a duration from 100ms to 1m");
        }
        int maxConcurrency = settings.integer("max_concurrency", DEFAULT.maxConcurrency, 1, 1_000);
        Settings cache = settings.section("cache");
        Duration ttl = atLeastOneSecond(cache, "ttl", DEFAULT.ttl);
        Duration negativeTtl = atLeastOneSecond(cache, "negative_ttl", DEFAULT.negativeTtl);
        Duration staleTtl = cache.duration("stale_ttl", DEFAULT.staleTtl);
        if (staleTtl.compareTo(ttl) < 0) {
            cache.problem("stale_ttl", "must not be shorter than ttl");
        }
        Duration overlap = settings.section("rotation").duration("overlap", DEFAULT.overlap);
        Settings budget = settings.section("budget");
        int fetchesPerMinute =
                budget.integer("fetches_per_minute", DEFAULT.fetchesPerMinute, 0, MAX_FETCHES_PER_MINUTE);
        if (fetchesPerMinute != 0 && fetchesPerMinute < MIN_FETCHES_PER_MINUTE) {
            budget.problem("fetches_per_minute", "expected 0 for no limit, or at least " + MIN_FETCHES_PER_MINUTE);
        }
        return new ProviderPolicy(
                timeout,
                ttl,
                negativeTtl,
                staleTtl,
                overlap,
                maxConcurrency,
                fetchesPerMinute,
                AccessRules.read(settings));
    }

    private static Duration atLeastOneSecond(Settings cache, String name, Duration fallback) {
        Duration value = cache.duration(name, fallback);
        if (value.compareTo(MIN_TTL) < 0) {
            cache.problem(name, "must be at least 1s");
        }
        return value;
    }
}
