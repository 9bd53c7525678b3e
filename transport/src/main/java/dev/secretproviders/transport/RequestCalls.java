package dev.secretproviders.transport;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.transport.exchange.Exchange;
import dev.secretproviders.transport.exchange.RequestExchange;
import dev.secretproviders.transport.exchange.ResponseExchange;
import dev.secretproviders.transport.route.BuiltInFilter;
import dev.secretproviders.transport.route.Decisions;
import dev.secretproviders.transport.route.PreparedRoute;
import dev.secretproviders.transport.wire.Content;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.HttpReqCallFrame;
import dev.secretproviders.transport.wire.Messages;
import dev.secretproviders.transport.work.Piece;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the calls about requests and responses of one connection. Used by the connection's event loop only. */
final class RequestCalls {
    private static final Logger LOG = LoggerFactory.getLogger(RequestCalls.class);

    private final Transport transport;
    private final Connection connection;
    private @Nullable Exchange exchange;

    RequestCalls(Transport transport, Connection connection) {
        this.transport = transport;
        this.connection = connection;
    }

    /** Returns whether a call is not answered yet. */
    boolean busy() {
        return exchange != null;
    }

    /** Returns whether APISIX was asked for more about the call that is not answered yet. */
    boolean awaitInfo() {
        Exchange current = exchange;
        return current != null && current.awaitsInfo();
    }

    /** Goes on with what APISIX was asked for; null for nothing. */
    void receive(ChannelHandlerContext ctx, @Nullable Content info) {
        Exchange current = exchange;
        if (current != null) {
            current.receive(info);
            new ExchangeLine(this, ctx, current).proceed();
        }
    }

    void answer(ChannelHandlerContext ctx, HttpReqCallFrame request) {
        PreparedRoute route = transport.find(request.token());
        if (route == null) {
            connection.send(ctx, LoopState.current().encoder().tokenNotFound(ctx.alloc()));
            return;
        }
        if (route.problem() != null) {
            transport.stats().misconfigured.increment();
            send(ctx, request.id(), FilterAnswer.ROUTE_MISCONFIGURED, FilterAnswer.ROUTE_MISCONFIGURED);
            return;
        }
        Judgement judgement = null;
        BuiltInFilter.Prepared only = route.only();
        if (only != null) {
            judgement = Decisions.judge(route, only, request);
            if (judgement == null || judgement instanceof Decision) {
                decided(ctx, request.id(), (Decision) judgement);
                return;
            }
        }
        begin(
                ctx,
                new RequestExchange(
                        route, LoopState.current().take(request), judgement, transport.workers(), transport.stats()));
    }

    private void decided(ChannelHandlerContext ctx, int id, @Nullable Decision decision) {
        if (decision == null) {
            transport.stats().filterFailures.increment();
            send(ctx, id, FilterAnswer.FILTER_FAILED, FilterAnswer.FILTER_FAILED);
        } else {
            connection.send(ctx, LoopState.current().encoder().decision(ctx.alloc(), id, decision));
        }
    }

    void answer(ChannelHandlerContext ctx, Messages.HttpRespCall call) {
        PreparedRoute route = transport.find(call.token());
        if (route == null) {
            connection.send(ctx, LoopState.current().encoder().tokenNotFound(ctx.alloc()));
        } else if (route.problem() != null || route.hasBuiltIn()) {
            transport.stats().misconfigured.increment();
            FilterAnswer answer = Decisions.forResponse(FilterAnswer.ROUTE_MISCONFIGURED);
            send(ctx, call.id(), answer, answer);
        } else {
            begin(ctx, new ResponseExchange(route, call, transport.stats()));
        }
    }

    private void begin(ChannelHandlerContext ctx, Exchange started) {
        exchange = started;
        new ExchangeLine(this, ctx, started).proceed();
        if (exchange == started) {
            started.deadline(ctx.executor()
                    .schedule(
                            () -> deadlineOver(ctx, started),
                            transport.options().requestDeadline().toNanos(),
                            TimeUnit.NANOSECONDS));
        }
    }

    private void deadlineOver(ChannelHandlerContext ctx, Exchange late) {
        if (exchange == late) {
            transport.stats().deadlines.increment();
            LOG.warn(
                    "the filters of route {} gave no answer within {}{}",
                    late.routeId().text(),
                    transport.options().requestDeadline(),
                    late.awaitsInfo() ? ": APISIX did not send what they need" : "");
            if (late.awaitsInfo()) {
                // APISIX's late reply to the extra info call would be read as the next frame.
                connection.drain();
            }
            late.cancel();
            finish(ctx, late, late.failed());
        }
    }

    boolean isCurrent(Exchange other) {
        return exchange == other;
    }

    /** Hands a piece to workers. */
    void work(ChannelHandlerContext ctx, Piece piece) {
        LoopState.current().finishedWork(ctx.executor()).expect(piece, transport.workers());
    }

    /** Closes the connection after a failure. */
    void failed(ChannelHandlerContext ctx, Throwable failure) {
        connection.exceptionCaught(ctx, failure);
    }

    /** Sends the answer of an exchange, unless the exchange was answered before. */
    void finish(ChannelHandlerContext ctx, Exchange from, FilterAnswer answer) {
        if (over(from)) {
            send(ctx, from.id(), answer, from.failed());
        }
    }

    /** Sends the decision of an exchange, unless the exchange was answered before. */
    void finish(ChannelHandlerContext ctx, Exchange from, @Nullable Decision decision) {
        if (over(from)) {
            decided(ctx, from.id(), decision);
        }
    }

    /** Ends an exchange. Returns whether it was still to be answered. */
    private boolean over(Exchange from) {
        if (exchange != from) {
            return false;
        }
        exchange = null;
        from.end();
        return true;
    }

    private void send(ChannelHandlerContext ctx, int id, FilterAnswer answer, FilterAnswer instead) {
        connection.send(ctx, LoopState.current().answer(ctx.alloc(), id, answer, instead, transport.stats()));
    }

    /** Ends the exchange without an answer, if there is one. */
    void cancel() {
        Exchange current = exchange;
        exchange = null;
        if (current != null) {
            current.cancel();
        }
    }
}
