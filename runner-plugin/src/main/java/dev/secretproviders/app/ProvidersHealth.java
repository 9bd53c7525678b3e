package dev.secretproviders.app;

import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** For each provider that somebody refers to: how many references are in which state, and what is wrong with one of them. */
final class ProvidersHealth implements HealthIndicator {
    private static final String DEGRADED = "DEGRADED";

    private final Runner runner;

    ProvidersHealth(Runner runner) {
        this.runner = runner;
    }

    @Override
    public Health health() {
        Map<ProviderId, Map<ResolutionState, Integer>> states = new TreeMap<>();
        Map<ProviderId, String> problems = new TreeMap<>();
        for (Resolution resolution : runner.resolver().resolutions()) {
            ProviderId provider = resolution.reference().provider();
            states.computeIfAbsent(provider, absent -> new EnumMap<>(ResolutionState.class))
                    .merge(resolution.state(), 1, Integer::sum);
            if (resolution.problem() != null) {
                problems.putIfAbsent(provider, resolution.reference() + ": " + resolution.problem());
            }
        }
        Health.Builder health = problems.isEmpty() ? Health.up() : Health.status(DEGRADED);
        states.forEach((provider, counts) -> {
            Map<String, Object> details = new TreeMap<>();
            counts.forEach((state, count) -> details.put(state.name(), count));
            String problem = problems.get(provider);
            if (problem != null) {
                details.put("problem", problem);
            }
            health.withDetail(provider.toString(), details);
        });
        return health.build();
    }
}
