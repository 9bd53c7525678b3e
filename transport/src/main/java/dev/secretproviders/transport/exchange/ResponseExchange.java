package dev.secretproviders.transport.exchange;

import dev.secretproviders.transport.hosted.HostedCalls;
import dev.secretproviders.transport.route.Decisions;
import dev.secretproviders.transport.route.PreparedRoute;
import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.Messages;

/** An HTTPRespCall, which users' filters answer. */
public final class ResponseExchange extends Exchange {
    private final Messages.HttpRespCall call;
    private final TransportStats stats;

    /** Creates the exchange. */
    public ResponseExchange(PreparedRoute route, Messages.HttpRespCall call, TransportStats stats) {
        super(route, call.id(), Decisions.forResponse(FilterAnswer.FILTER_FAILED));
        this.call = call;
        this.stats = stats;
        want(route.wantedForResponse());
    }

    @Override
    public void proceed(Line line) {
        start(HostedCalls.response(route(), call, info(), stats, answer -> line.onLoop(() -> line.answer(answer))));
    }

    @Override
    void release() {}
}
