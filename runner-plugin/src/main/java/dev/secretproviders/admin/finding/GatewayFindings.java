package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.GatewayConfiguration;
import dev.secretproviders.consumer.guard.GuardedRoute;
import dev.secretproviders.consumer.guard.UnguardedRoutes;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.spi.SecretReference;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Finds an APISIX that has not loaded the companion, so that it serves routes without authentication, and nodes of APISIX with
 * different configurations.
 */
public final class GatewayFindings implements FindingSource {
    private static final String INJECT = "secret-inject";
    /** More would make the message hard to read. */
    private static final int MOST_NAMED = 5;

    private final Supplier<GatewayConfiguration> configuration;
    private final Supplier<ConsumerSource.Nodes> nodes;
    private final UnguardedRoutes unguarded;

    /** Creates the source. */
    public GatewayFindings(
            Supplier<GatewayConfiguration> configuration,
            Supplier<ConsumerSource.Nodes> nodes,
            UnguardedRoutes unguarded) {
        this.configuration = configuration;
        this.nodes = nodes;
        this.unguarded = unguarded;
    }

    @Override
    public void find(Map<SecretReference, Resolution> resolutions, Consumer<Finding> found) {
        List<GuardedRoute> open = unguarded.now();
        if (!open.isEmpty()) {
            found.accept(new Finding(
                    Kind.UNGUARDED_ROUTES,
                    Stream.concat(Stream.of("companion"), named(open)).toList(),
                    routes(open.size(), "relies", "rely")
                            + " on the companion, and no worker of APISIX follows this runner. Either APISIX is"
                            + " not running or reaches another socket, or it has not loaded the companion and serves these routes"
                            + " without authentication"));
        }
        ConsumerSource.Nodes now = nodes.get();
        now.plugins().forEach((place, plugins) -> missing(place, plugins, found));
        now.differences()
                .forEach((place, difference) ->
                        found.accept(new Finding(Kind.GATEWAY_DIFFERS, List.of("gateway/" + place), difference)));
    }

    private void missing(URI place, Set<String> plugins, Consumer<Finding> found) {
        Map<String, Integer> users = new TreeMap<>();
        for (GuardedRoute route : configuration.get().routes()) {
            route.companion().forEach(plugin -> users.merge(plugin, 1, Integer::sum));
        }
        users.forEach((plugin, count) -> {
            if (!plugins.contains(plugin)) {
                found.accept(new Finding(
                        Kind.PLUGIN_NOT_LOADED,
                        List.of("plugins/" + plugin, "gateway/" + place),
                        "APISIX at " + place + " has not loaded " + plugin + ", which "
                                + routes(count, "names", "name")
                                + ": it serves them without authentication"));
            }
        });
        boolean injects = configuration.get().injections().stream()
                .anyMatch(injection -> injection.field().startsWith("plugins." + INJECT));
        if (injects && !plugins.contains(INJECT)) {
            found.accept(new Finding(
                    Kind.PLUGIN_NOT_LOADED,
                    List.of("plugins/" + INJECT, "gateway/" + place),
                    "APISIX at " + place + " has not loaded " + INJECT
                            + ": requests reach upstreams without their secrets"));
        }
    }

    private static Stream<String> named(List<GuardedRoute> routes) {
        return routes.stream().limit(MOST_NAMED).map(route -> "route/" + route.id());
    }

    private static String routes(int count, String one, String many) {
        return count == 1 ? "1 route " + one : count + " routes " + many;
    }
}
