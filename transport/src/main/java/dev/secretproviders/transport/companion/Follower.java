package dev.secretproviders.transport.companion;

import dev.secretproviders.transport.wire.Failures;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection that follows the event stream. There is never more than one line on its way to it: what it does not read costs no
 * memory, and what it missed meanwhile is told as the end of all verdicts. Used by the stream's event loop only.
 */
final class Follower extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);

    private final EventStream stream;
    private @Nullable ChannelHandlerContext context;
    private boolean writing;
    private long writingSince;
    private boolean missed;

    Follower(EventStream stream) {
        this.stream = stream;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        stream.join(this);
        ctx.fireChannelActive();
    }

    /** Sends an event, or notes that it was missed. The line stays the caller's. */
    void event(ByteBuf line) {
        if (writing) {
            missed = true;
        } else {
            write(line);
        }
    }

    /** Sends a line that may be left out. The line stays the caller's. */
    void alive(ByteBuf line) {
        if (!writing) {
            write(line);
        }
    }

    private void write(ByteBuf line) {
        ChannelHandlerContext ctx = Objects.requireNonNull(context);
        writing = true;
        writingSince = System.nanoTime();
        ctx.writeAndFlush(line.retainedDuplicate())
                .addListener((ChannelFuture written) -> written(ctx, written.isSuccess()));
    }

    private void written(ChannelHandlerContext ctx, boolean success) {
        writing = false;
        if (!success) {
            var _ = ctx.close();
        } else if (missed) {
            missed = false;
            stream.catchUp(this);
        }
    }

    /** Returns for how many nanoseconds it has not read what was sent to it. */
    long behind(long now) {
        return writing ? now - writingSince : 0;
    }

    void close() {
        var _ = Objects.requireNonNull(context).close();
    }

    /** There is nothing to ask here. */
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
        stream.stats().talking.increment();
        close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stream.leave(this);
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof java.io.IOException)) {
            LOG.error("a follower's connection is closed after a failure: {}", Failures.describe(cause));
        }
        close();
    }
}
