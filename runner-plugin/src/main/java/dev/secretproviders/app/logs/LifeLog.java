package dev.secretproviders.app.logs;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.secretproviders.resolve.ProviderStatus.Budget;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.ProviderId;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the edges of a secret's life: rotations, providers that stop and begin to answer, secrets that are refused. */
public final class LifeLog implements ResolverListener {
    private static final Logger LOG = LoggerFactory.getLogger(LifeLog.class);

    /** What is still referred to is asked for more often, but for very long TTLs: then it is said again. */
    static final Duration FORGOTTEN_AFTER = Duration.ofHours(1);

    private static final int MOST = 100_000;

    /** What was last said of each secret that is not simply found, so that it is said once and not at every attempt. */
    private final Cache<String, FetchOutcome> said;

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

    /** Returns how many secrets something is remembered of. */
    long remembered() {
        said.cleanUp();
        return said.estimatedSize();
    }

    @Override
    public void fetched(ProviderId provider, String path, FetchOutcome outcome) {
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
            // Missing is often no more than a longer name that is tried first; ReferenceLog tells of what lacks its
            // secret.
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
                    .log("provider {}: its budget suffices again", provider);
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
