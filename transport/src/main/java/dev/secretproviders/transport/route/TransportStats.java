package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Verdict;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** What the transport has counted since it was made. Thread-safe; reading is for monitoring and may lag behind. */
public final class TransportStats {
    public final LongAdder accepted = new LongAdder();
    public final LongAdder closed = new LongAdder();
    public final LongAdder prepareConfs = new LongAdder();
    public final LongAdder requests = new LongAdder();
    public final LongAdder responses = new LongAdder();
    public final LongAdder extraInfos = new LongAdder();
    public final LongAdder malformed = new LongAdder();
    public final LongAdder pipelined = new LongAdder();
    public final LongAdder stalled = new LongAdder();
    public final LongAdder deadlines = new LongAdder();
    public final LongAdder unknownTokens = new LongAdder();
    public final LongAdder filterFailures = new LongAdder();
    public final LongAdder misconfigured = new LongAdder();
    private final LongAdder verdictsAccepted = new LongAdder();
    private final LongAdder verdictsRefused = new LongAdder();
    private final LongAdder verdictsUnavailable = new LongAdder();

    private final Map<RouteId, DecisionCounters> routes = new ConcurrentHashMap<>();
    private volatile LongSupplier tokens = () -> 0;

    public TransportStats() {}

    public void count(Verdict verdict) {
        (switch (verdict) {
                    case Verdict.Accepted _ -> verdictsAccepted;
                    case Verdict.Refused _ -> verdictsRefused;
                    case Verdict.Unavailable _ -> verdictsUnavailable;
                })
                .increment();
    }

    DecisionCounters counters(RouteId route) {
        return routes.computeIfAbsent(route, _ -> new DecisionCounters());
    }

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

    /** Returns how many PrepareConf frames came. */
    public long prepareConfFrames() {
        return prepareConfs.sum();
    }

    /** Returns how many HTTPReqCall frames came. */
    public long requestFrames() {
        return requests.sum();
    }

    /** Returns how many HTTPRespCall frames came. */
    public long responseFrames() {
        return responses.sum();
    }

    /** Returns how many ExtraInfo frames came. */
    public long extraInfoFrames() {
        return extraInfos.sum();
    }

    /** Returns how many connections were closed because of a frame that is none. */
    public long malformedFrames() {
        return malformed.sum();
    }

    /** Returns how many connections were closed because something came before the answer to the frame before. */
    public long pipelinedFrames() {
        return pipelined.sum();
    }

    /** Returns how many connections were closed because the rest of a frame did not come in time. */
    public long stalledFrames() {
        return stalled.sum();
    }

    /** Returns how many requests were answered 503 because their filters did not answer in time. */
    public long deadlinesExceeded() {
        return deadlines.sum();
    }

    /** Returns how many requests came with a token that is not known here. */
    public long unknownTokens() {
        return unknownTokens.sum();
    }

    /** Returns how many requests were answered 503 because a filter failed or answered what cannot be sent. */
    public long filterFailures() {
        return filterFailures.sum();
    }

    /** Returns how many requests were answered 503 because their route's configuration cannot be used. */
    public long misconfiguredRequests() {
        return misconfigured.sum();
    }

    /** Returns how many verdict calls were answered with a good key. */
    public long verdictsAccepted() {
        return verdictsAccepted.sum();
    }

    /** Returns how many verdict calls were answered with a key that is not good. */
    public long verdictsRefused() {
        return verdictsRefused.sum();
    }

    /** Returns how many verdict calls were answered with no verdict. */
    public long verdictsUnavailable() {
        return verdictsUnavailable.sum();
    }

    /** Returns how many route configurations are held now, roughly. */
    public long confTokens() {
        return tokens.getAsLong();
    }

    /** Shows how often each route was decided for each reason, as far as it was. */
    public void forEachRoute(DecisionVisitor visitor) {
        routes.forEach((route, counters) -> counters.forEach(route, visitor));
    }

    /** Receives counts of decisions. */
    @FunctionalInterface
    public interface DecisionVisitor {
        /** Called once for each route and reason that was counted. */
        void visit(RouteId route, Reason reason, long count);
    }
}
