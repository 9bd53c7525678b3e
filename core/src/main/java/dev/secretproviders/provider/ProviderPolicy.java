package dev.secretproviders.provider;

import dev.secretproviders.settings.CommonFields;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.time.Duration;
import java.util.Map;

/**
 * How a provider's answers are kept and how often its manager may be called: the fields common to all provider objects.
 *
 * @param timeout time limit for one answer of the manager
 * @param ttl how long a value counts as fresh; it is fetched again within this time
 * @param negativeTtl how long an answer that a secret does not exist is believed
 * @param staleTtl how long after its last verification a value is served while the manager cannot be asked; then it is
 *     refused
 * @param overlap how long the previous version is accepted after a rotation; zero for not at all
 * @param maxConcurrency how many calls may be open at a time
 * @param fetchesPerMinute how many calls may be made in any minute, from 10; zero for no limit
 * @param access which consumers may refer to which paths
 * @param inject which paths may be sent to upstreams
 */
public record ProviderPolicy(
        Duration timeout,
        Duration ttl,
        Duration negativeTtl,
        Duration staleTtl,
        Duration overlap,
        int maxConcurrency,
        int fetchesPerMinute,
        AccessRules access,
        AccessRules inject) {
    /** The defaults of all fields. */
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
                AccessRules.read(settings),
                AccessRules.readInject(settings));
    }
}
