package dev.secretproviders.transport.route;

import dev.secretproviders.auth.RequestNeeds;
import dev.secretproviders.transport.wire.InfoWanted;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A route's chain of filters, ready to run. Immutable.
 *
 * <p>{@code only} is set if the route has exactly one filter and that filter is built in. This usual case takes a
 * shorter path.
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

    /** Returns the id of the route. */
    public RouteId id() {
        return id;
    }

    DecisionCounters counters() {
        return counters;
    }

    /** Returns the filters in the order in which they run. */
    public List<Step> steps() {
        return steps;
    }

    /** Returns why every request gets 503, or null. */
    @Nullable
    public RouteProblem problem() {
        return problem;
    }

    /** Returns the filter of a route whose only filter is built in, or null. */
    public BuiltInFilter.@Nullable Prepared only() {
        return only;
    }

    /** Returns whether at least one filter is built in. */
    public boolean hasBuiltIn() {
        return steps.stream().anyMatch(Step.BuiltIn.class::isInstance);
    }

    /** Returns the configuration of the hosted filters, by name. */
    public Map<String, String> values() {
        Map<String, String> values = new HashMap<>();
        hosted().forEach(step -> values.put(step.name(), step.value()));
        return values;
    }

    /**
     * Returns what the steps from {@code first} on need of a request before they run. Not only users' filters: a
     * built-in filter behind one cannot ask any more.
     */
    public RequestNeeds needs(int first) {
        RequestNeeds needs = RequestNeeds.NONE;
        for (Step step : steps.subList(first, steps.size())) {
            needs = needs.and(
                    switch (step) {
                        case Step.BuiltIn builtIn -> builtIn.filter().needs();
                        case Step.Hosted filter ->
                            new RequestNeeds(
                                    filter.needs().variables(), filter.needs().requestBody());
                    });
        }
        return needs;
    }

    /** Returns what the hosted filters need of a response before they run, without duplicates. */
    public List<InfoWanted> wantedForResponse() {
        Set<String> variables = new LinkedHashSet<>();
        hosted().forEach(step -> variables.addAll(step.needs().variables()));
        List<InfoWanted> wanted = new ArrayList<>();
        variables.forEach(name -> wanted.add(new InfoWanted.Variable(name)));
        if (hosted().stream().anyMatch(step -> step.needs().responseBody())) {
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
