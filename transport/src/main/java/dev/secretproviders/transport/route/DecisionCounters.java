package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Decision.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ObjLongConsumer;

/** Counts a route's decisions by reason. Thread-safe. */
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

    /** Visits the counts above zero. */
    void forEach(ObjLongConsumer<Reason> visitor) {
        counters.forEach((reason, counter) -> {
            long count = counter.sum();
            if (count > 0) {
                visitor.accept(reason, count);
            }
        });
    }
}
