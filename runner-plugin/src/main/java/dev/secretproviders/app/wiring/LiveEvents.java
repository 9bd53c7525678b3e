package dev.secretproviders.app.wiring;

import dev.secretproviders.auth.IndexChange;
import dev.secretproviders.auth.IndexListener;
import dev.secretproviders.dashboard.live.LiveTopics;
import dev.secretproviders.dashboard.live.Topic;
import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.Set;

/** Reports events of the resolver and of the consumers to open pages of the dashboard. Only counts. */
record LiveEvents(LiveTopics topics) implements ResolverListener, IndexListener {
    @Override
    public void changed(Set<SecretReference> references) {
        topics.changed(references.isEmpty() ? Topic.PROVIDERS : Topic.REFERENCES);
    }

    @Override
    public void asked(ProviderId provider, Duration took) {
        topics.changed(Topic.PROVIDERS);
    }

    @Override
    public void rotated(ProviderId provider, String path, String fromVersion, String toVersion) {
        topics.changed(Topic.ROTATIONS);
        topics.changed(Topic.REFERENCES);
        topics.changed(Topic.SECRETS);
    }

    @Override
    public void denied(ProviderId provider, String path) {
        topics.changed(Topic.REFERENCES);
        topics.changed(Topic.FINDINGS);
    }

    @Override
    public void availability(ProviderId provider, boolean answers, String detail) {
        topics.changed(Topic.PROVIDERS);
        topics.changed(Topic.OVERVIEW);
        topics.changed(Topic.FINDINGS);
    }

    @Override
    public void budget(ProviderId provider, ProviderStatus.Budget budget) {
        topics.changed(Topic.PROVIDERS);
        topics.changed(Topic.FINDINGS);
    }

    @Override
    public void changed(IndexChange change) {
        topics.changed(Topic.CONSUMERS);
        topics.changed(Topic.REFERENCES);
    }
}
