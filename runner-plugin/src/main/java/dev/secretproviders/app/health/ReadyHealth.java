package dev.secretproviders.app.health;

import dev.secretproviders.auth.CredentialDirectory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Ready is who serves the socket and knows the consumers. Nothing that comes later changes that: a runner that is taken out of service
 * answers nothing at all.
 */
public final class ReadyHealth implements HealthIndicator {
    private final CredentialDirectory directory;

    public ReadyHealth(CredentialDirectory directory) {
        this.directory = directory;
    }

    @Override
    public Health health() {
        return (directory.consumersKnown() ? Health.up() : Health.outOfService()).build();
    }
}
