package dev.secretproviders.app.health;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Health of the providers in use. Shows for each provider how many references are in which state, and one problem.
 * DEGRADED while stale values are served, some credentials cannot be decided, or a manager cannot be asked. DOWN while
 * no key can be decided. A secret that does not exist is a finding.
 */
public final class ProvidersHealth implements HealthIndicator {
    private final Resolver resolver;
    private final CredentialDirectory directory;
    private final Shortcomings shortcomings;

    /** The states of one provider's references. */
    private static final class Group {
        private final Map<ResolutionState, Integer> counts = new EnumMap<>(ResolutionState.class);
        private final List<String> stale = new ArrayList<>();
        private final List<String> undecided = new ArrayList<>();
        private @Nullable Instant confirmed;
        private @Nullable String problem;

        void add(Resolution resolution) {
            counts.merge(resolution.state(), 1, Integer::sum);
            String reference = resolution.reference().toString();
            ResolvedValue value = resolution.current();
            if (resolution.state() == ResolutionState.STALE && value != null) {
                stale.add(reference);
                Instant verified = value.version().verifiedAt();
                confirmed = confirmed == null || verified.isBefore(confirmed) ? verified : confirmed;
            } else if (resolution.state().undecided()) {
                undecided.add(reference);
            }
            if (problem == null && resolution.problem() != null) {
                problem = reference + ": " + resolution.problem();
            }
        }
    }

    /** Creates the indicator. */
    public ProvidersHealth(Resolver resolver, CredentialDirectory directory, InstantSource clock) {
        this.resolver = resolver;
        this.directory = directory;
        this.shortcomings = new Shortcomings(clock);
    }

    @Override
    public Health health() {
        Map<ProviderId, Group> groups = new TreeMap<>();
        for (Resolution resolution : resolver.resolutions()) {
            groups.computeIfAbsent(resolution.reference().provider(), absent -> new Group())
                    .add(resolution);
        }
        Map<ProviderId, ProviderStatus> statuses = resolver.statuses();
        Shortcomings.Found found = new Shortcomings.Found();
        groups.forEach((provider, group) -> look(provider, group, statuses.get(provider), found));
        Health.Builder health =
                awaitsKeys() ? Health.down() : found.isEmpty() ? Health.up() : Health.status(Shortcomings.DEGRADED);
        groups.forEach((provider, group) -> {
            Map<String, Object> details = new LinkedHashMap<>();
            group.counts.forEach((state, count) -> details.put(state.name(), count));
            if (group.problem != null) {
                details.put("problem", group.problem);
            }
            health.withDetail(provider.toString(), details);
        });
        return shortcomings.show(found, health).build();
    }

    /** Returns whether no key can be accepted and none can be refused. */
    boolean awaitsKeys() {
        return directory.consumersKnown() && directory.size() == 0 && directory.undecided() > 0;
    }

    private static void look(
            ProviderId provider, Group group, @Nullable ProviderStatus status, Shortcomings.Found found) {
        Instant confirmed = group.confirmed;
        if (confirmed != null) {
            found.add(provider + ": values are served that it did not confirm in time", group.stale, confirmed);
        }
        found.add(provider + ": secrets are not known; requests that need them get 503", group.undecided);
        if (status != null && isAway(status)) {
            String error = status.error() == null ? "no reason is known" : status.error();
            found.add(provider + ": cannot be asked", List.of(error));
        }
    }

    private static boolean isAway(ProviderStatus status) {
        return switch (status.state()) {
            case DOWN, UNAUTHENTICATED -> true;
            case IDLE, UP -> false;
        };
    }
}
