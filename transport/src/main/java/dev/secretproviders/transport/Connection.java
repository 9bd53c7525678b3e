package dev.secretproviders.transport;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.KeyVerdicts;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.transport.companion.VerdictAnswer;
import dev.secretproviders.transport.hosted.Exchange;
import dev.secretproviders.transport.hosted.HostedCalls;
import dev.secretproviders.transport.route.BuiltInFilter;
import dev.secretproviders.transport.route.Decisions;
import dev.secretproviders.transport.route.PreparedRoute;
import dev.secretproviders.transport.route.Step;
import dev.secretproviders.transport.wire.Failures;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.FrameType;
import dev.secretproviders.transport.wire.HttpReqCallFrame;
import dev.secretproviders.transport.wire.InfoWanted;
import dev.secretproviders.transport.wire.MalformedFrameException;
import dev.secretproviders.transport.wire.Messages;
import dev.secretproviders.transport.wire.RewrittenRequest;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of an APISIX worker. Reads a frame in place, answers it, and only then takes the next.
 *
 * <p>Exactly one answer follows each request. APISIX reuses connections and ignores the id of an answer, so a surplus
 * answer would decide about another client's request. The connection closes wherever a surplus answer could arise.
 */
final class Connection extends ByteToMessageDecoder {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final Transport transport;
    private @Nullable Exchange exchange;
    private final FrameTimer restOfFrame = new FrameTimer();
    /** How long a draining connection waits for a request that was sent before the draining began. */
    private static final long DRAIN_LOOK_MILLIS = 30;

    private boolean draining;
    private boolean closing;

    Connection(Transport transport) {
        this.transport = transport;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        transport.stats().accepted.increment();
        transport.opened(ctx.channel());
        ctx.fireChannelActive();
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (closing) {
            in.skipBytes(in.readableBytes());
            return;
        }
        Exchange current = exchange;
        if (current != null && !current.awaitsInfo()) {
            refusePipelining(ctx, in);
            return;
        }
        int type = in.getUnsignedByte(in.readerIndex());
        if (current == null ? !FrameType.isCall(type) : type != FrameType.EXTRA_INFO) {
            refuse(ctx, in);
            return;
        }
        if (in.readableBytes() < FrameType.HEADER_LENGTH) {
            return;
        }
        int length = in.getUnsignedMedium(in.readerIndex() + 1);
        if (type == FrameType.VERDICT && length > KeyVerdicts.LONGEST_KEY) {
            refuse(ctx, in);
            return;
        }
        if (in.readableBytes() < FrameType.HEADER_LENGTH + length) {
            return;
        }
        restOfFrame.stop();
        int body = in.readerIndex() + FrameType.HEADER_LENGTH;
        in.skipBytes(FrameType.HEADER_LENGTH + length);
        if (in.isReadable() || !ctx.channel().isWritable()) {
            refusePipelining(ctx, in);
            return;
        }
        try {
            handle(ctx, type, in, body, length);
        } catch (MalformedFrameException e) {
            refuse(ctx, in);
        }
    }

    private void handle(ChannelHandlerContext ctx, int type, ByteBuf in, int body, int length)
            throws MalformedFrameException {
        switch (type) {
            case FrameType.PREPARE_CONF -> {
                transport.stats().prepareConfs.increment();
                int token = transport.prepare(Messages.prepareConf(in, body, length));
                send(ctx, LoopState.current().encoder().prepared(ctx.alloc(), token));
            }
            case FrameType.HTTP_REQ_CALL -> {
                transport.stats().requests.increment();
                HttpReqCallFrame request = LoopState.current().request();
                try {
                    request.wrap(in, body, length);
                    answer(ctx, request);
                } finally {
                    request.release();
                }
            }
            case FrameType.HTTP_RESP_CALL -> {
                transport.stats().responses.increment();
                answer(ctx, Messages.httpRespCall(in, body, length));
            }
            case FrameType.VERDICT -> writeVerdict(ctx, in, body, length);
            default -> {
                transport.stats().extraInfos.increment();
                Exchange current = exchange;
                if (current != null) {
                    current.receive(Messages.extraInfo(in, body, length));
                    proceed(ctx, current);
                }
            }
        }
    }

    private void writeVerdict(ChannelHandlerContext ctx, ByteBuf in, int body, int length) {
        byte[] key = LoopState.current().key(length);
        in.getBytes(body, key, 0, length);
        send(ctx, VerdictAnswer.encode(ctx.alloc(), transport.epoch(), transport.verdict(key, length)));
    }

    private void answer(ChannelHandlerContext ctx, HttpReqCallFrame request) {
        PreparedRoute route = transport.find(request.token());
        if (route == null) {
            send(ctx, LoopState.current().encoder().tokenNotFound(ctx.alloc()));
            return;
        }
        if (route.problem() != null) {
            transport.stats().misconfigured.increment();
            send(ctx, request.id(), FilterAnswer.ROUTE_MISCONFIGURED, FilterAnswer.ROUTE_MISCONFIGURED);
            return;
        }
        BuiltInFilter.Prepared only = route.only();
        if (only != null) {
            decided(ctx, request.id(), Decisions.decide(route, only, request));
            return;
        }
        RewrittenRequest rewritten = new RewrittenRequest(request);
        int step = 0;
        while (step < route.steps().size() && route.steps().get(step) instanceof Step.BuiltIn builtIn) {
            RequestView view = rewritten.unchanged() ? request : rewritten.view();
            Decision decision = Decisions.decide(route, builtIn.filter(), view);
            if (!(decision instanceof Decision.Accept accept)) {
                decided(ctx, request.id(), decision);
                return;
            }
            rewritten.apply(accept);
            step++;
        }
        if (step == route.steps().size()) {
            send(ctx, request.id(), rewritten.answer(), FilterAnswer.FILTER_FAILED);
        } else {
            host(ctx, HostedCalls.request(route, request, rewritten, step, transport.stats()));
        }
    }

    private void decided(ChannelHandlerContext ctx, int id, @Nullable Decision decision) {
        if (decision == null) {
            transport.stats().filterFailures.increment();
            send(ctx, id, FilterAnswer.FILTER_FAILED, FilterAnswer.FILTER_FAILED);
        } else {
            send(ctx, LoopState.current().encoder().decision(ctx.alloc(), id, decision));
        }
    }

    private void answer(ChannelHandlerContext ctx, Messages.HttpRespCall call) {
        PreparedRoute route = transport.find(call.token());
        if (route == null) {
            send(ctx, LoopState.current().encoder().tokenNotFound(ctx.alloc()));
        } else if (route.problem() != null || route.hasBuiltIn()) {
            transport.stats().misconfigured.increment();
            FilterAnswer answer = Decisions.forResponse(FilterAnswer.ROUTE_MISCONFIGURED);
            send(ctx, call.id(), answer, answer);
        } else {
            host(ctx, HostedCalls.response(route, call, transport.stats()));
        }
    }

    private void host(ChannelHandlerContext ctx, Exchange started) {
        exchange = started;
        started.deadline(ctx.executor()
                .schedule(
                        () -> deadlineOver(ctx, started),
                        transport.options().requestDeadline().toNanos(),
                        TimeUnit.NANOSECONDS));
        proceed(ctx, started);
    }

    private void proceed(ChannelHandlerContext ctx, Exchange current) {
        InfoWanted wanted = current.ask();
        if (wanted != null) {
            write(ctx, LoopState.current().encoder().wanted(ctx.alloc(), wanted));
        } else {
            current.run(answer -> done(ctx, current, answer));
        }
    }

    /** Called from any thread. */
    private void done(ChannelHandlerContext ctx, Exchange from, FilterAnswer answer) {
        try {
            ctx.executor().execute(() -> finish(ctx, from, answer));
        } catch (RejectedExecutionException e) {
            LOG.debug("an answer came after the event loop had ended");
        }
    }

    private void deadlineOver(ChannelHandlerContext ctx, Exchange late) {
        if (exchange == late) {
            transport.stats().deadlines.increment();
            LOG.warn(
                    "the filters of route {} gave no answer within {}{}",
                    late.route().text(),
                    transport.options().requestDeadline(),
                    late.awaitsInfo() ? ": APISIX did not send what they need" : "");
            // APISIX's late reply to the extra info call would be read as the next frame.
            draining |= late.awaitsInfo();
            late.cancel();
            finish(ctx, late, late.failed());
        }
    }

    /** Sends the answer of an exchange, unless the exchange was answered before. */
    private void finish(ChannelHandlerContext ctx, Exchange from, FilterAnswer answer) {
        if (exchange == from) {
            exchange = null;
            from.end();
            send(ctx, from.id(), answer, from.failed());
        }
    }

    private void send(ChannelHandlerContext ctx, int id, FilterAnswer answer, FilterAnswer instead) {
        send(ctx, LoopState.current().answer(ctx.alloc(), id, answer, instead, transport.stats()));
    }

    private void send(ChannelHandlerContext ctx, ByteBuf frame) {
        if (draining) {
            sendAndClose(ctx, frame);
        } else {
            write(ctx, frame);
        }
    }

    private static void write(ChannelHandlerContext ctx, ByteBuf frame) {
        // A failure to write arrives in exceptionCaught.
        var _ = ctx.writeAndFlush(frame, ctx.voidPromise());
    }

    private void sendAndClose(ChannelHandlerContext ctx, ByteBuf frame) {
        closing = true;
        ctx.writeAndFlush(frame).addListener(ChannelFutureListener.CLOSE);
    }

    private void refuse(ChannelHandlerContext ctx, ByteBuf in) {
        transport.stats().malformed.increment();
        in.skipBytes(in.readableBytes());
        endExchange();
        sendAndClose(ctx, LoopState.current().encoder().badRequest(ctx.alloc()));
    }

    private void refusePipelining(ChannelHandlerContext ctx, ByteBuf in) {
        transport.stats().pipelined.increment();
        in.skipBytes(in.readableBytes());
        close(ctx);
    }

    private void close(ChannelHandlerContext ctx) {
        closing = true;
        endExchange();
        var _ = ctx.close();
    }

    private void endExchange() {
        Exchange current = exchange;
        exchange = null;
        if (current != null) {
            current.cancel();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        if (actualReadableBytes() > 0 && !closing) {
            restOfFrame.start(ctx.executor(), transport.options().frameTimeout(), () -> stalled(ctx));
        }
        super.channelReadComplete(ctx);
    }

    private void stalled(ChannelHandlerContext ctx) {
        transport.stats().stalled.increment();
        close(ctx);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event.equals(Transport.DRAIN)) {
            draining = true;
            var _ = ctx.executor().schedule(() -> closeIfIdle(ctx), DRAIN_LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            super.userEventTriggered(ctx, event);
        }
    }

    /** Closes an idle connection. A request that the kernel held when the draining began has been read by now. */
    private void closeIfIdle(ChannelHandlerContext ctx) {
        if (exchange == null && actualReadableBytes() == 0 && !closing) {
            close(ctx);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        closing = true;
        restOfFrame.stop();
        endExchange();
        transport.stats().closed.increment();
        transport.closed(ctx.channel());
        super.channelInactive(ctx);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // A disconnect of the peer is normal. The message of another exception may quote a frame, so it is not logged.
        if (!(cause instanceof java.io.IOException)) {
            LOG.error("a connection is closed after a failure: {}", Failures.describe(cause));
        }
        close(ctx);
    }
}
