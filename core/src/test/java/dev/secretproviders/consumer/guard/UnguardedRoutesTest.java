package dev.secretproviders.consumer.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.reference.Usage.ResourceType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When routes count as perhaps open. */
final class UnguardedRoutesTest {
    private static final GuardedRoute COMPANION =
            new GuardedRoute("r1", null, ResourceType.ROUTE, "r1", Set.of("secret-key-auth"));
    private static final GuardedRoute EXTERNAL = new GuardedRoute("r2", null, ResourceType.ROUTE, "r2", Set.of());

    private final List<GuardedRoute> routes = new ArrayList<>(List.of(COMPANION, EXTERNAL));
    private final AtomicLong followers = new AtomicLong();
    private final AtomicLong nanos = new AtomicLong(-5);
    private final UnguardedRoutes unguarded = new UnguardedRoutes(() -> routes, followers::get, nanos::get);

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void routesOfTheCompanionAreFoundAfterAMinuteWithoutWorkers() {
        assertThat(unguarded.now()).isEmpty();
        pass(Duration.ofSeconds(59));
        assertThat(unguarded.now()).isEmpty();
        pass(Duration.ofSeconds(1));
        assertThat(unguarded.now()).containsExactly(COMPANION);
    }

    @Test
    void oneWorkerEndsItAndTheMinuteBeginsAgain() {
        assertThat(unguarded.now()).isEmpty();
        pass(Duration.ofMinutes(2));
        assertThat(unguarded.now()).hasSize(1);

        followers.set(1);
        assertThat(unguarded.now()).isEmpty();
        followers.set(0);
        assertThat(unguarded.now()).isEmpty();
        pass(Duration.ofMinutes(1));
        assertThat(unguarded.now()).hasSize(1);
    }

    @Test
    void routesThatTheExternalPluginGuardsAreNeverFound() {
        routes.remove(COMPANION);
        assertThat(unguarded.now()).isEmpty();
        pass(Duration.ofMinutes(5));
        assertThat(unguarded.now()).isEmpty();
    }
}
