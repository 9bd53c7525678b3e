package dev.secretproviders.transport.hosted;

import dev.secretproviders.transport.route.PreparedRoute;
import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.wire.FetchedInfo;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.Messages;
import dev.secretproviders.transport.wire.RewrittenRequest;
import dev.secretproviders.transport.work.Workers;
import java.util.Map;
import java.util.function.Consumer;

/** Creates runs of filters for a virtual thread. A run tells its answer on any thread. */
public final class HostedCalls {
    private HostedCalls() {}

    /**
     * What a run for an HTTPReqCall begins with.
     *
     * @param id the bits of the unsigned id of the request
     * @param token the bits of the unsigned conf token
     * @param first the step that runs first
     * @param info all that the steps from there on need
     */
    public record Call(int id, int token, PreparedRoute route, int first, FetchedInfo info) {}

    /** Returns the run of filters for an HTTPReqCall. */
    public static Runnable request(
            Call call, RewrittenRequest rewritten, Workers workers, TransportStats stats, Consumer<FilterAnswer> done) {
        HostedResponse response = new HostedResponse(call.id(), rewritten);
        HostedRequest request = new HostedRequest(call, response);
        RequestRun run = new RequestRun(call, workers, stats, request, response, done);
        return () -> run.proceed(call.first());
    }

    /** Returns the run of filters for an HTTPRespCall. */
    public static Runnable response(
            PreparedRoute route,
            Messages.HttpRespCall call,
            FetchedInfo info,
            TransportStats stats,
            Consumer<FilterAnswer> done) {
        Map<String, String> values = route.values();
        HostedPostResponse response = new HostedPostResponse(call);
        HostedPostRequest request = new HostedPostRequest(call, values, info);
        ResponseRun run = new ResponseRun(route, stats, request, response, done);
        return () -> run.proceed(0);
    }
}
