package dev.secretproviders.app;

import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.resolve.ResolverListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the edges of a secret's life: rotations, providers that stop and begin to answer, secrets that are refused. */
final class LifeLog implements ResolverListener {
    private static final Logger LOG = LoggerFactory.getLogger(LifeLog.class);

    @Override
    public void fetched(ProviderId provider, String path, Outcome outcome) {
        switch (outcome) {
            case FOUND, UNCHANGED, UNAVAILABLE, TIMEOUT, AUTHENTICATION, THROTTLED, CONFIGURATION ->
                LOG.debug("provider {}: secret '{}': {}", provider, path, outcome);
            case MISSING, GONE, PERMISSION, INVALID_ANSWER ->
                LOG.warn("provider {}: secret '{}': {}", provider, path, outcome);
        }
    }

    @Override
    public void rotated(ProviderId provider, String path, String fromVersion, String toVersion) {
        LOG.info("provider {}: secret '{}' rotated from version {} to {}", provider, path, fromVersion, toVersion);
    }

    @Override
    public void availability(ProviderId provider, boolean answers, String detail) {
        if (answers) {
            LOG.info("provider {} {}", provider, detail);
        } else {
            LOG.warn("provider {} does not answer, its secrets are served from memory: {}", provider, detail);
        }
    }
}
