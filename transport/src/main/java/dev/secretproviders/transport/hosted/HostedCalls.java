package dev.secretproviders.transport.hosted;

import dev.secretproviders.transport.route.Decisions;
import dev.secretproviders.transport.route.PreparedRoute;
import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.HttpReqCallFrame;
import dev.secretproviders.transport.wire.Messages;
import dev.secretproviders.transport.wire.RewrittenRequest;
import java.util.Map;

/** Makes the exchanges with filters of others. */
public final class HostedCalls {
    private HostedCalls() {}

    /** For an HTTPReqCall, from the step {@code first} on; the frame may be released afterwards. */
    public static Exchange request(
            PreparedRoute route, HttpReqCallFrame frame, RewrittenRequest rewritten, int first, TransportStats stats) {
        int id = frame.id();
        int token = frame.token();
        Map<String, String> values = route.values();
        return new Exchange(route.id(), id, FilterAnswer.FILTER_FAILED, route.wanted(false), (info, done) -> {
            HostedResponse response = new HostedResponse(id, rewritten);
            HostedRequest request = new HostedRequest(id, token, response, values, info);
            RequestRun run = new RequestRun(route, stats, request, response, done);
            return () -> run.proceed(first);
        });
    }

    /** For an HTTPRespCall. */
    public static Exchange response(PreparedRoute route, Messages.HttpRespCall call, TransportStats stats) {
        Map<String, String> values = route.values();
        return new Exchange(
                route.id(),
                call.id(),
                Decisions.forResponse(FilterAnswer.FILTER_FAILED),
                route.wanted(true),
                (info, done) -> {
                    HostedPostResponse response = new HostedPostResponse(call);
                    HostedPostRequest request = new HostedPostRequest(call, values, info);
                    ResponseRun run = new ResponseRun(route, stats, request, response, done);
                    return () -> run.proceed(0);
                });
    }
}
