package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.spi.ProviderId;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Providers that were there before the limits of today, or before there were any, and reach beyond them. */
public final class LimitFindings implements FindingSource {
    private final ProviderRegistry registry;

    public LimitFindings(ProviderRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void find(Consumer<Finding> found) {
        registry.all().forEach(registered -> {
            ProviderId id = registered.provider().id();
            registered
                    .breaches()
                    .forEach(breach -> found.accept(new Finding(
                            Kind.PROVIDER_LIMITS,
                            List.of("providers/" + id),
                            breach.field() + ": " + breach.problem(),
                            Set.of(id))));
        });
    }
}
