package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Finds providers whose budget is too small to confirm all of their secrets in time. */
public final class BudgetFindings implements FindingSource {
    private final Resolver resolver;

    /** Creates the source. */
    public BudgetFindings(Resolver resolver) {
        this.resolver = resolver;
    }

    @Override
    public void find(Map<SecretReference, Resolution> resolutions, Consumer<Finding> found) {
        resolver.statuses().forEach((id, status) -> {
            if (!status.budget().sufficient()) {
                found.accept(budget(id, status));
            }
        });
    }

    private static Finding budget(ProviderId id, ProviderStatus status) {
        return new Finding(
                Kind.BUDGET,
                List.of("providers/" + id),
                status.secrets() + " secrets cannot all be confirmed before half of cache.stale_ttl with "
                        + status.budget().perMinute()
                        + " requests in a minute, and may be refused as too old",
                Set.of(id));
    }
}
