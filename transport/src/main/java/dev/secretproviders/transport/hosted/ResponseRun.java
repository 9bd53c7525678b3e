package dev.secretproviders.transport.hosted;

import dev.secretproviders.transport.route.Decisions;
import dev.secretproviders.transport.route.PreparedRoute;
import dev.secretproviders.transport.route.Step;
import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.wire.FilterAnswer;
import java.util.function.Consumer;

/** A run of filters for an HTTPRespCall. Such filters change the response or leave it; none stops the others. */
final class ResponseRun extends ChainRun {
    private final HostedPostRequest request;
    private final HostedPostResponse response;

    ResponseRun(
            PreparedRoute route,
            TransportStats stats,
            HostedPostRequest request,
            HostedPostResponse response,
            Consumer<FilterAnswer> done) {
        super(route, stats, done);
        this.request = request;
        this.response = response;
    }

    @Override
    void run(Step step, int next) {
        switch (step) {
            case Step.Hosted hosted -> hosted.filter().postFilter(request, response, new HostedChain(this, next));
            case Step.BuiltIn _ -> fail();
        }
    }

    @Override
    boolean stopped() {
        return false;
    }

    @Override
    boolean stoppedBy(Thread thread) {
        return false;
    }

    @Override
    FilterAnswer answer() {
        FilterAnswer answer = response.answer();
        if (answer == null) {
            stats().filterFailures.increment();
            return failed();
        }
        return answer;
    }

    @Override
    FilterAnswer failed() {
        return Decisions.forResponse(FilterAnswer.FILTER_FAILED);
    }
}
