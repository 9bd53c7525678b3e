package dev.secretproviders.app.logs;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.secretproviders.resolve.ProviderStatus.Budget;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.ProviderId;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs rotations, providers that stop answering or answer again, and secrets that are refused. */
public final class LifeLog implements ResolverListener {
    private static final Logger LOG = LoggerFactory.getLogger(LifeLog.class);

    /** Longer than the interval between attempts, except with a very long TTL: then a line is logged again. */
    static final Duration FORGOTTEN_AFTER = Duration.ofHours(1);

    private static final int MOST = 100_000;

    /** The last logged outcome of each failing secret, so that it is logged once and not at every attempt. */
    private final Cache<String, FetchOutcome> said;

    /** Creates a log that remembers no failures. */
    public LifeLog() {
        this(System::nanoTime);
    }

    LifeLog(LongSupplier nanos) {
        this.said = Caffeine.newBuilder()
                .maximumSize(MOST)
                .expireAfterAccess(FORGOTTEN_AFTER)
                .ticker(nanos::getAsLong)
                .build();
    }

    /** Returns the number of remembered secrets. */
    long remembered() {
        said.cleanUp();
        return said.estimatedSize();
    }

    @Override
    public void fetched(ProviderId provider, String path, FetchOutcome outcome, @Nullable String version) {
        String secret = provider + "/" + path;
        switch (outcome) {
            case FOUND, UNCHANGED, CHECKED -> said.invalidate(secret);
            case PERMISSION, INVALID_ANSWER -> {
                if (said.asMap().put(secret, outcome) != outcome) {
                    LOG.atWarn()
                            .addKeyValue("event", "secret.refused")
                            .addKeyValue("provider", provider)
                            .addKeyValue("path", path)
                            .log(
                                    "provider {}: secret '{}' {}",
                                    provider,
                                    path,
                                    outcome == FetchOutcome.PERMISSION
                                            ? "may not be read with the provider's login"
                                            : "was answered in a form that is not understood");
                }
            }
            // A missing secret is often only a longer path that is tried first. ReferenceLog logs references without
            // a secret.
            case MISSING, GONE, UNAVAILABLE, TIMEOUT, AUTHENTICATION, THROTTLED, CONFIGURATION ->
                LOG.debug("provider {}: secret '{}': {}", provider, path, outcome);
        }
    }

    @Override
    public void rotated(ProviderId provider, String path, String fromVersion, String toVersion) {
        LOG.atInfo()
                .addKeyValue("event", "secret.rotated")
                .addKeyValue("provider", provider)
                .addKeyValue("path", path)
                .log(
                        "provider {}: secret '{}' rotated from version {} to {}",
                        provider,
                        path,
                        ContentDigester.shownName(fromVersion),
                        ContentDigester.shownName(toVersion));
    }

    @Override
    public void availability(ProviderId provider, boolean answers, String detail) {
        if (answers) {
            LOG.atInfo()
                    .addKeyValue("event", "provider.available")
                    .addKeyValue("provider", provider)
                    .log("provider {} {}", provider, detail);
        } else {
            LOG.atWarn()
                    .addKeyValue("event", "provider.unavailable")
                    .addKeyValue("provider", provider)
                    .log("provider {} cannot be asked, its secrets are served from memory: {}", provider, detail);
        }
    }

    @Override
    public void budget(ProviderId provider, Budget budget) {
        if (budget.sufficient()) {
            LOG.atInfo()
                    .addKeyValue("event", "provider.budget")
                    .addKeyValue("provider", provider)
                    .log("provider {}: it is within its budget again", provider);
        } else {
            LOG.atWarn()
                    .addKeyValue("event", "provider.budget")
                    .addKeyValue("provider", provider)
                    .log(
                            "provider {}: {} requests per minute are too few to confirm its secrets before half of"
                                    + " cache.stale_ttl; values may be refused as too old. Raise budget.fetches_per_minute",
                            provider,
                            budget.perMinute());
        }
    }
}
