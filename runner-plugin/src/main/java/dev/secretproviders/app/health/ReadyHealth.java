package dev.secretproviders.app.health;

import dev.secretproviders.auth.CredentialDirectory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Readiness: UP once the consumers are known. Later failures do not change it, because a runner that is not ready gets
 * no requests, while a degraded one still answers them.
 */
public final class ReadyHealth implements HealthIndicator {
    private final CredentialDirectory directory;

    /** Creates the indicator. */
    public ReadyHealth(CredentialDirectory directory) {
        this.directory = directory;
    }

    @Override
    public Health health() {
        return (directory.consumersKnown() ? Health.up() : Health.outOfService()).build();
    }
}
