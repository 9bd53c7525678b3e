package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Finds providers that are older than the current limits and reach beyond them. */
public final class LimitFindings implements FindingSource {
    private final ProviderRegistry registry;

    /** Creates the source. */
    public LimitFindings(ProviderRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void find(Map<SecretReference, Resolution> resolutions, Consumer<Finding> found) {
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
