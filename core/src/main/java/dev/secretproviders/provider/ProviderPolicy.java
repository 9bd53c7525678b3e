package dev.secretproviders.provider;

import dev.secretproviders.spi.CommonFields;
import dev.secretproviders.spi.Problems;
import dev.secretproviders.spi.Settings;
import java.time.Duration;
import java.util.Map;

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
    /** What holds where a provider object says nothing. */
    public static final ProviderPolicy DEFAULT = read(Settings.root(Map.of(), new Problems()));

    /** Reads {@link CommonFields}, but for the notes. */
    public static ProviderPolicy read(Settings settings) {
        Settings cache = settings.section(CommonFields.CACHE);
        Duration ttl = cache.duration(CommonFields.TTL);
        Duration staleTtl = cache.duration(CommonFields.STALE_TTL);
        if (staleTtl.compareTo(ttl) < 0) {
            cache.problem(CommonFields.STALE_TTL, "must not be shorter than ttl");
        }
        return new ProviderPolicy(
                settings.duration(CommonFields.TIMEOUT),
                ttl,
                cache.duration(CommonFields.NEGATIVE_TTL),
                staleTtl,
                settings.section(CommonFields.ROTATION).duration(CommonFields.OVERLAP),
                settings.integer(CommonFields.MAX_CONCURRENCY),
                settings.section(CommonFields.BUDGET).integer(CommonFields.FETCHES_PER_MINUTE),
                AccessRules.read(settings));
    }
}
