package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Verdict;
import dev.secretproviders.consumer.CredentialKind;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts verdicts by the kind of the credential and the outcome. Thread-safe. */
public final class VerdictCounters {
    /** Never changed after construction. */
    private final Map<CredentialKind, Map<Outcome, LongAdder>> counters = new EnumMap<>(CredentialKind.class);

    VerdictCounters() {
        for (CredentialKind kind : CredentialKind.values()) {
            Map<Outcome, LongAdder> outcomes = new EnumMap<>(Outcome.class);
            for (Outcome outcome : Outcome.values()) {
                outcomes.put(outcome, new LongAdder());
            }
            counters.put(kind, outcomes);
        }
    }

    /** What a verdict says; metrics name it in lower case. */
    public enum Outcome {
        ACCEPTED,
        REFUSED,
        UNAVAILABLE;

        private static Outcome of(Verdict verdict) {
            return switch (verdict) {
                case Verdict.Accepted _ -> ACCEPTED;
                case Verdict.Refused _ -> REFUSED;
                case Verdict.Unavailable _ -> UNAVAILABLE;
            };
        }
    }

    /** Receives counts of verdicts. */
    @FunctionalInterface
    public interface Visitor {
        /** Receives the count of one kind and outcome. */
        void visit(CredentialKind kind, Outcome outcome, long count);
    }

    /** Counts a verdict on a credential. */
    public void count(CredentialKind kind, Verdict verdict) {
        Objects.requireNonNull(Objects.requireNonNull(counters.get(kind)).get(Outcome.of(verdict)))
                .increment();
    }

    /** Visits all counts, also those that are zero. */
    public void forEach(Visitor visitor) {
        counters.forEach((kind, outcomes) ->
                outcomes.forEach((outcome, counter) -> visitor.visit(kind, outcome, counter.sum())));
    }

    /** Returns how many verdicts of all kinds had an outcome. */
    long total(Outcome wanted) {
        return counters.values().stream()
                .mapToLong(
                        outcomes -> Objects.requireNonNull(outcomes.get(wanted)).sum())
                .sum();
    }
}
