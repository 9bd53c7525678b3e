package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Decision.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** How often a route was decided for which reason. Thread-safe. */
final class DecisionCounters {
    /** Never changed after construction. */
    private final Map<Reason, LongAdder> counters = new EnumMap<>(Reason.class);

    DecisionCounters() {
        for (Reason reason : Reason.values()) {
            counters.put(reason, new LongAdder());
        }
    }

    void count(Reason reason) {
        Objects.requireNonNull(counters.get(reason)).increment();
    }

    /** Leaves out what never happened. */
    void forEach(RouteId route, TransportStats.DecisionVisitor visitor) {
        counters.forEach((reason, counter) -> {
            long count = counter.sum();
            if (count > 0) {
                visitor.visit(route, reason, count);
            }
        });
    }
}
