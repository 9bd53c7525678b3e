package dev.secretproviders.app;

import dev.secretproviders.consumer.ConsumerSource;
import java.util.ArrayList;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Ready is who serves the socket and knows the consumers. A source that lost its connection later does not change that: what it
 * told last stays in force.
 */
final class RunnerHealth implements HealthIndicator {
    private final Runner runner;

    RunnerHealth(Runner runner) {
        this.runner = runner;
    }

    @Override
    public Health health() {
        ConsumerSource.Status source = runner.consumers().status();
        boolean ready = runner.directory().consumersKnown();
        Health.Builder health = ready ? Health.up() : Health.outOfService();
        health.withDetail(
                        "consumers", runner.directory().consumers().consumers().size())
                .withDetail("keys", runner.directory().size())
                .withDetail("unresolved", runner.directory().undecided())
                .withDetail("source", source.name());
        if (source.lastSuccess() != null) {
            health.withDetail("lastHeard", source.lastSuccess().toString());
        }
        if (source.lastError() != null) {
            health.withDetail("sourceError", source.lastError());
        }
        var problems = new ArrayList<String>();
        runner.directory()
                .consumers()
                .problems()
                .forEach(problem -> problems.add(problem.resource() + ": " + problem.problem()));
        problems.addAll(runner.directory().ambiguities());
        problems.addAll(runner.jarProblems());
        runner.server().problems().forEach(problem -> problems.add(problem.toString()));
        String eventProblem = runner.server().eventProblem();
        if (eventProblem != null) {
            problems.add("the event stream of the companion is not served: " + eventProblem);
        }
        if (!problems.isEmpty()) {
            health.withDetail("problems", problems);
        }
        return health.build();
    }
}
