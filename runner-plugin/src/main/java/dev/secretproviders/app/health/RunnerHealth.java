package dev.secretproviders.app.health;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.transport.route.RouteProblem;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether requests are decided: DOWN while the consumers are not known, so that every key gets 503; DEGRADED while some routes answer only
 * 503, the consumers are those of before or there are none, or a part of the runner is missing. A consumer that was left out and a shared key are
 * named, but are findings.
 */
public final class RunnerHealth implements HealthIndicator {
    private final Parts parts;
    private final Shortcomings shortcomings;

    /** What it looks at. */
    public record Parts(
            CredentialDirectory directory,
            Supplier<ConsumerSource.Status> source,
            Supplier<List<RouteProblem>> routes,
            Supplier<@Nullable String> eventProblem,
            List<String> jarProblems) {}

    public RunnerHealth(Parts parts, InstantSource clock) {
        this.parts = parts;
        this.shortcomings = new Shortcomings(clock);
    }

    @Override
    public Health health() {
        CredentialDirectory directory = parts.directory();
        ConsumerSource.Status source = parts.source().get();
        Shortcomings.Found found = found(source);
        Health.Builder health = !directory.consumersKnown()
                ? Health.down()
                : found.isEmpty() ? Health.up() : Health.status(Shortcomings.DEGRADED);
        health.withDetail("consumers", directory.consumers().consumers().size())
                .withDetail("keys", directory.size())
                .withDetail("unresolved", directory.undecided())
                .withDetail("source", source.name());
        if (source.lastSuccess() != null) {
            health.withDetail("lastHeard", source.lastSuccess().toString());
        }
        if (source.lastError() != null) {
            health.withDetail("sourceError", source.lastError());
        }
        List<String> problems = problems();
        if (!problems.isEmpty()) {
            health.withDetail("problems", problems);
        }
        return shortcomings.show(found, health).build();
    }

    private Shortcomings.Found found(ConsumerSource.Status source) {
        Shortcomings.Found found = new Shortcomings.Found();
        String error = source.lastError();
        String name = "source " + source.name();
        if (!parts.directory().consumersKnown()) {
            found.add(
                    "the consumers are not known yet, so that every key gets 503",
                    List.of(error == null ? name : name + ": " + error));
        } else if (error != null) {
            String what = "the consumers are not heard of, those told last stay in force";
            if (source.lastSuccess() == null) {
                found.add(what, List.of(name + ": " + error));
            } else {
                found.add(what, List.of(name + ": " + error), source.lastSuccess());
            }
        } else if (!source.name().equals(ConsumerSource.NONE)
                && parts.directory().consumers().consumers().isEmpty()) {
            found.add("the source delivers no consumers, so that every key is refused", List.of(name));
        }
        found.add(
                "routes answer 503 to every request",
                parts.routes().get().stream().map(RunnerHealth::said).sorted().toList());
        found.add("jars cannot be used", parts.jarProblems());
        String events = parts.eventProblem().get();
        if (events != null) {
            found.add("the event stream of the companion is not served", List.of(events));
        }
        return found;
    }

    /** Everything that is wrong, in sentences. */
    private List<String> problems() {
        List<String> problems = new ArrayList<>();
        CredentialDirectory directory = parts.directory();
        problems.addAll(Shortcomings.some(directory.consumers().problems().stream()
                .map(problem -> problem.resource() + ": " + problem.problem())
                .toList()));
        problems.addAll(Shortcomings.some(directory.ambiguities()));
        problems.addAll(Shortcomings.some(parts.jarProblems()));
        problems.addAll(Shortcomings.some(
                parts.routes().get().stream().map(RunnerHealth::said).sorted().toList()));
        String events = parts.eventProblem().get();
        if (events != null) {
            problems.add("the event stream of the companion is not served: " + events);
        }
        return problems;
    }

    private static String said(RouteProblem problem) {
        return "route " + problem.route().text() + ": " + problem.message();
    }
}
