package dev.secretproviders.transport;

import dev.secretproviders.transport.wire.Failures;
import dev.secretproviders.transport.wire.FrameType;
import dev.secretproviders.transport.wire.HttpReqCallFrame;
import dev.secretproviders.transport.wire.MalformedFrameException;
import dev.secretproviders.transport.wire.Messages;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
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
    private final VerdictCalls verdictCalls;
    private final RequestCalls requestCalls;
    private final FrameTimer restOfFrame = new FrameTimer();
    /** How long a draining connection waits for a request that was sent before the draining began. */
    private static final long DRAIN_LOOK_MILLIS = 30;

    /** Whether a call waits until requests are decided. */
    private boolean waiting;

    private boolean draining;
    /** Who gets the connection at the next boundary of a request, or null. */
    private @Nullable Successor successor;

    private boolean closing;

    Connection(Transport transport) {
        this.transport = transport;
        this.verdictCalls = new VerdictCalls(transport, this);
        this.requestCalls = new RequestCalls(transport, this);
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
        if (verdictCalls.busy() || (requestCalls.busy() && !requestCalls.awaitInfo())) {
            refusePipelining(ctx, in);
            return;
        }
        int type = in.getUnsignedByte(in.readerIndex());
        if (requestCalls.busy() ? type != FrameType.EXTRA_INFO : !FrameType.isCall(type)) {
            refuse(ctx, in);
            return;
        }
        if (type != FrameType.PREPARE_CONF && !transport.deciding()) {
            restOfFrame.stop();
            waiting = true;
            ctx.channel().config().setAutoRead(false);
            return;
        }
        if (in.readableBytes() < FrameType.HEADER_LENGTH) {
            return;
        }
        int length = in.getUnsignedMedium(in.readerIndex() + 1);
        if (length > FrameType.longestBody(type)) {
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
                    requestCalls.answer(ctx, request);
                } finally {
                    LoopState.current().release(request);
                }
            }
            case FrameType.HTTP_RESP_CALL -> {
                transport.stats().responses.increment();
                requestCalls.answer(ctx, Messages.httpRespCall(in, body, length));
            }
            case FrameType.VERDICT, FrameType.CREDENTIAL, FrameType.VALUES, FrameType.USES ->
                verdictCalls.answer(ctx, type, in, body, length);
            default -> {
                transport.stats().extraInfos.increment();
                requestCalls.receive(ctx, Messages.extraInfo(in, body, length));
            }
        }
    }

    void send(ChannelHandlerContext ctx, ByteBuf frame) {
        if (draining) {
            sendAndClose(ctx, frame);
        } else if (successor != null) {
            // What comes from now on is for the successor to read.
            ctx.channel().config().setAutoRead(false);
            ctx.writeAndFlush(frame).addListener(_ -> passIfIdle(ctx));
        } else {
            write(ctx, frame);
        }
    }

    static void write(ChannelHandlerContext ctx, ByteBuf frame) {
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
        cancel();
        sendAndClose(ctx, LoopState.current().encoder().badRequest(ctx.alloc()));
    }

    private void refusePipelining(ChannelHandlerContext ctx, ByteBuf in) {
        transport.stats().pipelined.increment();
        in.skipBytes(in.readableBytes());
        close(ctx);
    }

    void close(ChannelHandlerContext ctx) {
        closing = true;
        cancel();
        var _ = ctx.close();
    }

    /** Makes the connection close after the next answer. */
    void drain() {
        draining = true;
    }

    private void cancel() {
        verdictCalls.cancel();
        requestCalls.cancel();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        if (actualReadableBytes() > 0 && !closing && !waiting) {
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
        if (event.equals(Transport.DECIDE)) {
            goOn(ctx);
        } else if (event instanceof Successor next) {
            successor = next;
            passIfIdle(ctx);
        } else if (event.equals(Transport.DRAIN) && waiting) {
            close(ctx);
        } else if (event.equals(Transport.DRAIN)) {
            draining = true;
            var _ = ctx.executor().schedule(() -> closeIfIdle(ctx), DRAIN_LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            super.userEventTriggered(ctx, event);
        }
    }

    /** Takes the call that waits. */
    private void goOn(ChannelHandlerContext ctx) throws Exception {
        if (waiting) {
            waiting = false;
            ctx.channel().config().setAutoRead(true);
            channelRead(ctx, Unpooled.EMPTY_BUFFER);
            channelReadComplete(ctx);
        }
    }

    /** Closes an idle connection. A request that the kernel held when the draining began has been read by now. */
    private void closeIfIdle(ChannelHandlerContext ctx) {
        if (idle()) {
            close(ctx);
        }
    }

    private void passIfIdle(ChannelHandlerContext ctx) {
        Successor next = successor;
        if (next != null && idle()) {
            closing = true;
            ctx.channel().config().setAutoRead(false);
            // A channel that leaves its event loop does not become inactive.
            left(ctx);
            next.pass(ctx.channel());
        }
    }

    private boolean idle() {
        return !requestCalls.busy() && !verdictCalls.busy() && actualReadableBytes() == 0 && !closing;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        closing = true;
        restOfFrame.stop();
        cancel();
        left(ctx);
        super.channelInactive(ctx);
    }

    private void left(ChannelHandlerContext ctx) {
        transport.stats().closed.increment();
        transport.closed(ctx.channel());
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
