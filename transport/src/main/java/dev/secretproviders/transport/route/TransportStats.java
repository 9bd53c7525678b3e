package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.inject.InjectAnswer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** Counters of the transport since the start. Thread-safe. The values are for monitoring and may lag behind. */
public final class TransportStats {
    /** Counts {@link #connectionsAccepted}. */
    public final LongAdder accepted = new LongAdder();
    /** Counts connections that were closed. */
    public final LongAdder closed = new LongAdder();
    /** Counts {@link #prepareConfFrames}. */
    public final LongAdder prepareConfs = new LongAdder();
    /** Counts {@link #requestFrames}. */
    public final LongAdder requests = new LongAdder();
    /** Counts {@link #responseFrames}. */
    public final LongAdder responses = new LongAdder();
    /** Counts {@link #extraInfoFrames}. */
    public final LongAdder extraInfos = new LongAdder();
    /** Counts {@link #malformedFrames}. */
    public final LongAdder malformed = new LongAdder();
    /** Counts {@link #pipelinedFrames}. */
    public final LongAdder pipelined = new LongAdder();
    /** Counts {@link #stalledFrames}. */
    public final LongAdder stalled = new LongAdder();
    /** Counts {@link #deadlinesExceeded}. */
    public final LongAdder deadlines = new LongAdder();
    /** Counts {@link #unknownTokens()}. */
    public final LongAdder unknownTokens = new LongAdder();
    /** Counts {@link #filterFailures()}. */
    public final LongAdder filterFailures = new LongAdder();
    /** Counts {@link #misconfiguredRequests}. */
    public final LongAdder misconfigured = new LongAdder();

    /** Counts {@link #usesReported()}. */
    public final LongAdder usesReported = new LongAdder();

    /** Counts the companion's calls about credentials. */
    public final VerdictCounters verdicts = new VerdictCounters();

    private final LongAdder valuesKnown = new LongAdder();
    private final LongAdder valuesUnavailable = new LongAdder();

    private final Map<RouteKind, DecisionCounters> routes = new ConcurrentHashMap<>();
    private volatile LongSupplier tokens = () -> 0;

    /** A route, and the kind of credential that it asks for. */
    private record RouteKind(RouteId route, String kind) {}

    /** Creates counters that are all zero. */
    public TransportStats() {}

    /** Counts an answer about values for upstreams. */
    public void count(InjectAnswer values) {
        (values instanceof InjectAnswer.Known ? valuesKnown : valuesUnavailable).increment();
    }

    DecisionCounters counters(RouteId route, String kind) {
        return routes.computeIfAbsent(new RouteKind(route, kind), _ -> new DecisionCounters());
    }

    /** Sets the source of {@link #confTokens}. */
    public void countTokensWith(LongSupplier counter) {
        tokens = counter;
    }

    /** Returns how many connections were accepted. */
    public long connectionsAccepted() {
        return accepted.sum();
    }

    /** Returns how many connections are open now. */
    public long connectionsOpen() {
        return Math.max(0, accepted.sum() - closed.sum());
    }

    /** Returns how many PrepareConf frames arrived. */
    public long prepareConfFrames() {
        return prepareConfs.sum();
    }

    /** Returns how many HTTPReqCall frames arrived. */
    public long requestFrames() {
        return requests.sum();
    }

    /** Returns how many HTTPRespCall frames arrived. */
    public long responseFrames() {
        return responses.sum();
    }

    /** Returns how many ExtraInfo frames arrived. */
    public long extraInfoFrames() {
        return extraInfos.sum();
    }

    /** Returns how many connections were closed because of a malformed frame. */
    public long malformedFrames() {
        return malformed.sum();
    }

    /** Returns how many connections were closed because a frame arrived before the previous one was answered. */
    public long pipelinedFrames() {
        return pipelined.sum();
    }

    /** Returns how many connections were closed because the rest of a frame did not arrive in time. */
    public long stalledFrames() {
        return stalled.sum();
    }

    /** Returns how many requests were answered 503 because their filters did not answer in time. */
    public long deadlinesExceeded() {
        return deadlines.sum();
    }

    /** Returns how many requests had an unknown conf token. */
    public long unknownTokens() {
        return unknownTokens.sum();
    }

    /** Returns how many requests were answered 503 because a filter failed or its answer could not be sent. */
    public long filterFailures() {
        return filterFailures.sum();
    }

    /** Returns how many requests were answered 503 because their route's configuration cannot be used. */
    public long misconfiguredRequests() {
        return misconfigured.sum();
    }

    /** Returns how many verdict calls were answered "accepted". */
    public long verdictsAccepted() {
        return verdicts.total(VerdictCounters.Outcome.ACCEPTED);
    }

    /** Returns how many uses of remembered verdicts companions have reported. */
    public long usesReported() {
        return usesReported.sum();
    }

    /** Returns how many verdict calls were answered "refused". */
    public long verdictsRefused() {
        return verdicts.total(VerdictCounters.Outcome.REFUSED);
    }

    /** Returns how many verdict calls were answered "unavailable". */
    public long verdictsUnavailable() {
        return verdicts.total(VerdictCounters.Outcome.UNAVAILABLE);
    }

    /** Returns how many calls about values for upstreams were answered with the values. */
    public long valuesKnown() {
        return valuesKnown.sum();
    }

    /** Returns how many calls about values for upstreams were answered without values. */
    public long valuesUnavailable() {
        return valuesUnavailable.sum();
    }

    /** Returns the approximate number of route configurations in memory. */
    public long confTokens() {
        return tokens.getAsLong();
    }

    /** Visits the number of decisions of each route and kind for each reason, where it is above zero. */
    public void forEachRoute(DecisionVisitor visitor) {
        routes.forEach((key, counters) ->
                counters.forEach((reason, count) -> visitor.visit(key.route(), key.kind(), reason, count)));
    }

    /** Receives counts of decisions. */
    @FunctionalInterface
    public interface DecisionVisitor {
        /**
         * Receives the count of one route and reason.
         *
         * @param kind see {@link BuiltInFilter#kind}
         */
        void visit(RouteId route, String kind, Reason reason, long count);
    }
}
