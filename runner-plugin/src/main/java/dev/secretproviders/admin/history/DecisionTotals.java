package dev.secretproviders.admin.history;

import dev.secretproviders.auth.Decision.Reason;
import java.util.EnumMap;
import java.util.Map;

/**
 * How many requests the runner decided since its start. Immutable.
 *
 * @param decisions the decisions by reason, without reasons that did not occur
 * @param accepted the verdicts that accepted a key
 * @param refused the verdicts that refused a key
 * @param unavailable the verdicts that left a key undecided
 */
public record DecisionTotals(Map<Reason, Long> decisions, long accepted, long refused, long unavailable) {
    /** No decisions. */
    public static final DecisionTotals NONE = new DecisionTotals(Map.of(), 0, 0, 0);

    public DecisionTotals {
        Map<Reason, Long> copy = new EnumMap<>(Reason.class);
        copy.putAll(decisions);
        decisions = Map.copyOf(copy);
    }
}
