package dev.secretproviders.transport.hosted;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.transport.route.Decisions;
import dev.secretproviders.transport.route.Step;
import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.wire.FetchedInfo;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.TextRequest;
import dev.secretproviders.transport.work.Workers;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One run of filters for an HTTPReqCall. */
final class RequestRun extends ChainRun {
    private final FetchedInfo info;
    private final Workers workers;
    private final HostedRequest request;
    private final HostedResponse response;
    private volatile FilterAnswer.@Nullable Stop refusal;

    RequestRun(
            HostedCalls.Call call,
            Workers workers,
            TransportStats stats,
            HostedRequest request,
            HostedResponse response,
            Consumer<FilterAnswer> done) {
        super(call.route(), stats, done);
        this.info = call.info();
        this.workers = workers;
        this.request = request;
        this.response = response;
    }

    @Override
    void run(Step step, int next) throws InterruptedException {
        switch (step) {
            case Step.Hosted hosted -> hosted.filter().filter(request, response, new HostedChain(this, next));
            case Step.BuiltIn builtIn -> {
                TextRequest seen = response.read(current -> current.view(info));
                switch (BuiltInRun.decide(route(), builtIn.filter(), seen, info, workers)) {
                    case Decision.Accept accept -> {
                        response.apply(accept);
                        proceed(next);
                    }
                    case Decision.Refuse refuse -> {
                        refusal = Decisions.stop(refuse);
                        end();
                    }
                    case null -> fail();
                }
            }
        }
    }

    @Override
    boolean stopped() {
        return refusal != null || response.stopped();
    }

    @Override
    boolean stoppedBy(Thread thread) {
        return response.stoppedBy(thread);
    }

    @Override
    FilterAnswer answer() {
        FilterAnswer.Stop refused = refusal;
        if (refused != null) {
            return refused;
        }
        FilterAnswer answer = response.answer();
        if (answer.equals(FilterAnswer.FILTER_FAILED)) {
            stats().filterFailures.increment();
        }
        return answer;
    }

    @Override
    FilterAnswer failed() {
        return FilterAnswer.FILTER_FAILED;
    }
}
