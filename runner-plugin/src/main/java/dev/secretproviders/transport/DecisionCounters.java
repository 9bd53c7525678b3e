package dev.secretproviders.transport;

import dev.secretproviders.auth.Decision.Reason;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** How often a route was decided for which reason. A counter exists once it has counted. Thread-safe. */
final class DecisionCounters {
    private final Map<Reason, LongAdder> counters = new ConcurrentHashMap<>(4);

    void count(Reason reason) {
        LongAdder counter = counters.get(reason);
        if (counter == null) {
            counter = counters.computeIfAbsent(reason, _ -> new LongAdder());
        }
        counter.increment();
    }

    void forEach(RouteId route, TransportStats.DecisionVisitor visitor) {
        counters.forEach((reason, counter) -> visitor.visit(route, reason, counter.sum()));
    }
}
