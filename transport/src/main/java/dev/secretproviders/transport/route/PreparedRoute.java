package dev.secretproviders.transport.route;

import dev.secretproviders.transport.wire.InfoWanted;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A route's chain of filters, ready to run. Immutable.
 *
 * <p>{@code only} is the filter of a route that has just one, built in: the usual case, decided without any detour.
 */
public final class PreparedRoute {
    private final RouteId id;
    private final DecisionCounters counters;
    private final List<Step> steps;
    private final @Nullable RouteProblem problem;
    private final BuiltInFilter.@Nullable Prepared only;

    private PreparedRoute(
            RouteId id, DecisionCounters counters, List<? extends Step> steps, @Nullable RouteProblem problem) {
        this.id = id;
        this.counters = counters;
        this.steps = List.copyOf(steps);
        this.problem = problem;
        this.only =
                steps.size() == 1 && steps.getFirst() instanceof Step.BuiltIn(String _, BuiltInFilter.Prepared filter)
                        ? filter
                        : null;
    }

    static PreparedRoute of(RouteId id, DecisionCounters counters, List<? extends Step> steps) {
        return new PreparedRoute(id, counters, steps, null);
    }

    static PreparedRoute broken(RouteProblem problem, DecisionCounters counters) {
        return new PreparedRoute(problem.route(), counters, List.of(), problem);
    }

    public RouteId id() {
        return id;
    }

    DecisionCounters counters() {
        return counters;
    }

    public List<Step> steps() {
        return steps;
    }

    /** Returns why every request gets 503, or null. */
    @Nullable
    public RouteProblem problem() {
        return problem;
    }

    public BuiltInFilter.@Nullable Prepared only() {
        return only;
    }

    public boolean hasBuiltIn() {
        return steps.stream().anyMatch(Step.BuiltIn.class::isInstance);
    }

    /** Returns the configuration of the hosted filters, by name. */
    public Map<String, String> values() {
        Map<String, String> values = new HashMap<>();
        hosted().forEach(step -> values.put(step.name(), step.value()));
        return values;
    }

    /** Returns what the hosted filters need before they run, each once. */
    public Deque<InfoWanted> wanted(boolean forResponse) {
        Set<String> variables = new LinkedHashSet<>();
        hosted().forEach(step -> variables.addAll(step.needs().variables()));
        Deque<InfoWanted> wanted = new ArrayDeque<>();
        variables.forEach(name -> wanted.add(new InfoWanted.Variable(name)));
        if (!forResponse && hosted().stream().anyMatch(step -> step.needs().requestBody())) {
            wanted.add(new InfoWanted.RequestBody());
        }
        if (forResponse && hosted().stream().anyMatch(step -> step.needs().responseBody())) {
            wanted.add(new InfoWanted.ResponseBody());
        }
        return wanted;
    }

    private List<Step.Hosted> hosted() {
        List<Step.Hosted> hosted = new ArrayList<>();
        for (Step step : steps) {
            if (step instanceof Step.Hosted filter) {
                hosted.add(filter);
            }
        }
        return hosted;
    }
}
