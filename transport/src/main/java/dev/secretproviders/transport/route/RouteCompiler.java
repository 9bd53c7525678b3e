package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.transport.wire.Failures;
import dev.secretproviders.transport.wire.Messages;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns a route's configuration into a chain of filters. A wrong one becomes a route that answers 503. Thread-safe. */
public final class RouteCompiler {
    private static final Logger LOG = LoggerFactory.getLogger(RouteCompiler.class);

    private final Map<String, BuiltInFilter> builtIns = new HashMap<>();
    private final Map<String, PluginFilter> hosted = new HashMap<>();
    private final Map<String, InfoNeeds> needs = new HashMap<>();
    private final TransportStats stats;

    /**
     * Creates a compiler for these filters.
     *
     * @throws IllegalArgumentException if two filters have the same name
     */
    public RouteCompiler(List<BuiltInFilter> builtIns, List<PluginFilter> hosted, TransportStats stats) {
        this.stats = stats;
        Set<String> names = new HashSet<>();
        builtIns.forEach(filter -> {
            requireNew(names, filter.name());
            this.builtIns.put(filter.name(), filter);
        });
        hosted.forEach(filter -> {
            requireNew(names, filter.name());
            this.hosted.put(filter.name(), filter);
            needs.put(filter.name(), InfoNeeds.of(filter));
        });
    }

    private static void requireNew(Set<String> names, String name) {
        if (!names.add(name)) {
            throw new IllegalArgumentException("two filters are named " + name);
        }
    }

    /** Returns the chain of a configuration. Logs what is wrong with it. */
    public PreparedRoute compile(Messages.PrepareConf message) {
        RouteId route = RouteId.parse(message.key());
        DecisionCounters counters = stats.counters(route, kind(message));
        try {
            return PreparedRoute.of(route, counters, steps(message, route));
        } catch (InvalidFilterConfException e) {
            LOG.atError()
                    .addKeyValue("event", "route.misconfigured")
                    .addKeyValue("route", route.text())
                    .log("route {} answers 503 to every request: {}", route.text(), e.getMessage());
            return PreparedRoute.broken(new RouteProblem(route, String.valueOf(e.getMessage())), counters);
        }
    }

    /** Returns the kind of the first filter that asks for a credential, or an empty text. */
    private String kind(Messages.PrepareConf message) {
        return message.conf().stream()
                .map(conf -> builtIns.get(conf.name()))
                .filter(Objects::nonNull)
                .map(BuiltInFilter::kind)
                .filter(kind -> !kind.isEmpty())
                .findFirst()
                .orElse("");
    }

    private List<Step> steps(Messages.PrepareConf message, RouteId route) throws InvalidFilterConfException {
        if (message.conf().isEmpty()) {
            throw new InvalidFilterConfException("conf is empty; name at least one filter");
        }
        boolean forResponse = message.key().contains("#ext-plugin-post-resp#");
        Set<String> names = new HashSet<>();
        List<Step> steps = new ArrayList<>();
        for (Header conf : message.conf()) {
            String name = conf.name();
            if (!names.add(name)) {
                throw new InvalidFilterConfException("conf names the filter " + shown(name) + " twice; name it once");
            }
            BuiltInFilter builtIn = builtIns.get(name);
            if (builtIn != null && forResponse) {
                throw new InvalidFilterConfException("the filter " + name
                        + " decides about requests; move it from ext-plugin-post-resp to ext-plugin-pre-req");
            }
            String value = conf.value() == null ? "" : conf.value();
            steps.add(builtIn == null ? hosted(name, value) : builtIn(builtIn, value, route));
        }
        return steps;
    }

    private static Step builtIn(BuiltInFilter filter, String value, RouteId route) throws InvalidFilterConfException {
        try {
            return new Step.BuiltIn(filter.name(), filter.prepare(value, route));
        } catch (InvalidFilterConfException e) {
            throw new InvalidFilterConfException("value of the filter " + filter.name() + ": " + e.getMessage());
        } catch (RuntimeException | StackOverflowError e) {
            LOG.error("filter {} failed to read a configuration: {}", filter.name(), Failures.describe(e));
            throw new InvalidFilterConfException("value of the filter " + filter.name() + " could not be read");
        }
    }

    private Step hosted(String name, String value) throws InvalidFilterConfException {
        PluginFilter filter = hosted.get(name);
        InfoNeeds filterNeeds = needs.get(name);
        if (filter == null || filterNeeds == null) {
            throw new InvalidFilterConfException("conf names the filter " + shown(name)
                    + ", which this runner does not have; correct the name or put the filter's jar into plugins/");
        }
        return new Step.Hosted(name, filter, filterNeeds, value);
    }

    /**
     * Returns a name for a message. A text that does not look like a name may be a misplaced secret and is not shown.
     */
    private static String shown(String name) {
        return name.matches("[A-Za-z0-9._-]{1,128}") ? name : "(not shown: not a plain name)";
    }
}
