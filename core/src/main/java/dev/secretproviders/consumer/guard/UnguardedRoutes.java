package dev.secretproviders.consumer.guard;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The routes that may be open: only the companion guards them, and no worker of APISIX follows the runner's events. Each worker
 * that loads the companion follows them from its start. An APISIX that did not load it serves these routes without authentication.
 *
 * <p>Thread-safe; reads memory only.
 */
public final class UnguardedRoutes {
    /** Longer than a restart of APISIX or of the runner takes until the workers follow again. */
    static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Supplier<List<GuardedRoute>> routes;
    private final LongSupplier followers;
    private final LongSupplier nanos;
    /** Since when no worker follows although there is such a route. */
    private OptionalLong since = OptionalLong.empty();

    /**
     * Creates it.
     *
     * @param routes returns the routes that the runner authenticates
     * @param followers returns how many workers follow the events now
     * @param nanos a clock that is never set, in nanoseconds
     */
    public UnguardedRoutes(Supplier<List<GuardedRoute>> routes, LongSupplier followers, LongSupplier nanos) {
        this.routes = routes;
        this.followers = followers;
        this.nanos = nanos;
    }

    /** Returns these routes, once no worker has followed for a minute. */
    public synchronized List<GuardedRoute> now() {
        List<GuardedRoute> found = followers.getAsLong() > 0
                ? List.of()
                : routes.get().stream()
                        .filter(route -> !route.companion().isEmpty())
                        .toList();
        if (found.isEmpty()) {
            since = OptionalLong.empty();
            return found;
        }
        long now = nanos.getAsLong();
        if (since.isEmpty()) {
            since = OptionalLong.of(now);
        }
        return now - since.getAsLong() >= PATIENCE.toNanos() ? found : List.of();
    }
}
