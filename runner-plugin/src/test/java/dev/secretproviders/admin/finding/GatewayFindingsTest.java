package dev.secretproviders.admin.finding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.GatewayConfiguration;
import dev.secretproviders.consumer.GatewayInjection;
import dev.secretproviders.consumer.guard.GuardedRoute;
import dev.secretproviders.consumer.guard.UnguardedRoutes;
import dev.secretproviders.reference.Usage.ResourceType;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is found about the gateway. */
class GatewayFindingsTest {
    private static final URI APISIX = URI.create("http://127.0.0.1:9180");

    private final AtomicLong followers = new AtomicLong();
    private final AtomicLong nanos = new AtomicLong();

    private static GuardedRoute route(String id, String... companion) {
        return new GuardedRoute(id, null, ResourceType.ROUTE, id, Set.of(companion));
    }

    private GatewayFindings findings(GatewayConfiguration configuration, ConsumerSource.Nodes nodes) {
        return new GatewayFindings(
                () -> configuration,
                () -> nodes,
                new UnguardedRoutes(configuration::routes, followers::get, nanos::get));
    }

    private static List<Finding> all(GatewayFindings findings) {
        List<Finding> found = new ArrayList<>();
        findings.find(Map.of(), found::add);
        return found;
    }

    private static GatewayConfiguration with(List<GatewayInjection> injections, GuardedRoute... routes) {
        return new GatewayConfiguration(List.of(), List.of(), List.of(routes), injections, Set.of());
    }

    @Test
    void routesOfTheCompanionWithoutAWorkerAreOneCriticalFinding() {
        GatewayFindings findings = findings(
                with(List.of(), route("1", "secret-key-auth"), route("2", "secret-jwt-auth"), route("3")),
                new ConsumerSource.Nodes(Map.of(), Map.of()));
        assertThat(all(findings)).isEmpty();

        nanos.addAndGet(Duration.ofMinutes(1).toNanos());
        assertThat(all(findings)).singleElement().satisfies(one -> {
            assertThat(one.kind()).isEqualTo(Kind.UNGUARDED_ROUTES);
            assertThat(one.kind().urgency()).isEqualTo(Urgency.CRITICAL);
            assertThat(one.subjects()).containsExactly("companion", "route/1", "route/2");
            assertThat(one.message()).startsWith("2 routes rely on the companion, and no worker of APISIX follows");
        });

        followers.set(1);
        assertThat(all(findings)).isEmpty();
    }

    @Test
    void pluginThatApisixHasNotLoadedIsFoundEvenWhileWorkersFollow() {
        followers.set(4);
        GatewayConfiguration configuration = with(
                List.of(new GatewayInjection(
                        ResourceType.ROUTE, "1", null, null, "plugins.secret-inject", null, "not read")),
                route("1", "secret-key-auth"),
                route("2", "secret-key-auth", "secret-jwt-auth"));

        assertThat(all(findings(
                        configuration,
                        new ConsumerSource.Nodes(
                                Map.of(APISIX, Set.of("secret-key-auth", "secret-jwt-auth", "secret-inject")),
                                Map.of()))))
                .isEmpty();
        assertThat(all(findings(
                        configuration, new ConsumerSource.Nodes(Map.of(APISIX, Set.of("secret-jwt-auth")), Map.of()))))
                .allSatisfy(one -> assertThat(one.kind()).isEqualTo(Kind.PLUGIN_NOT_LOADED))
                .extracting(Finding::message)
                .containsExactlyInAnyOrder(
                        "APISIX at " + APISIX
                                + " has not loaded secret-key-auth, which 2 routes name: it serves them without"
                                + " authentication",
                        "APISIX at " + APISIX
                                + " has not loaded secret-inject: requests reach upstreams without their secrets");
    }

    @Test
    void nodesThatDifferAreFound() {
        assertThat(all(findings(with(List.of()), new ConsumerSource.Nodes(Map.of(), Map.of(APISIX, "it differs")))))
                .containsExactly(new Finding(Kind.GATEWAY_DIFFERS, List.of("gateway/" + APISIX), "it differs"));
    }
}
