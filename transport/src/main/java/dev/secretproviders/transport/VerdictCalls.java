package dev.secretproviders.transport;

import dev.secretproviders.auth.Ruling;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.inject.InjectAnswer;
import dev.secretproviders.transport.companion.CredentialCall;
import dev.secretproviders.transport.companion.UsesAnswer;
import dev.secretproviders.transport.companion.ValuesAnswer;
import dev.secretproviders.transport.companion.VerdictAnswer;
import dev.secretproviders.transport.wire.FrameType;
import dev.secretproviders.transport.wire.MalformedFrameException;
import dev.secretproviders.transport.work.Piece;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the companion's calls on one connection. A verdict that takes too long for the event loop is found on another
 * thread, and the connection takes no frame meanwhile. Used by its event loop only.
 */
final class VerdictCalls {
    private static final Logger LOG = LoggerFactory.getLogger(VerdictCalls.class);

    private final Transport transport;
    private final Connection connection;
    private @Nullable Work work;

    VerdictCalls(Transport transport, Connection connection) {
        this.transport = transport;
        this.connection = connection;
    }

    /** A verdict that is being found. */
    private record Work(LongRuling ruling, Future<?> deadline) {}

    /** Returns whether a call is not answered yet. */
    boolean busy() {
        return work != null;
    }

    void answer(ChannelHandlerContext ctx, int type, ByteBuf in, int body, int length) throws MalformedFrameException {
        byte[] call = LoopState.current().key(length);
        in.getBytes(body, call, 0, length);
        try {
            if (type == FrameType.VALUES) {
                sendValues(ctx, transport.verdicts().values(new CredentialCall(call, length)));
                return;
            }
            if (type == FrameType.USES) {
                OptionalLong used = transport.verdicts().used(new CredentialCall(call, length));
                transport.stats().usesReported.add(used.orElse(0));
                connection.send(ctx, UsesAnswer.encode(ctx.alloc(), transport.epoch(), used.isPresent()));
                return;
            }
            if (type == FrameType.VERDICT) {
                rule(ctx, CredentialKind.KEY_AUTH, transport.verdicts().of(call, length));
            } else {
                CredentialCall credential = new CredentialCall(call, length);
                rule(ctx, credential.credential(), transport.verdicts().of(credential));
            }
        } finally {
            Arrays.fill(call, 0, length, (byte) 0);
        }
    }

    private void rule(ChannelHandlerContext ctx, CredentialKind kind, Ruling ruling) {
        switch (ruling) {
            case Verdict verdict -> send(ctx, kind, verdict);
            case Ruling.Later later -> start(ctx, kind, later);
        }
    }

    private void sendValues(ChannelHandlerContext ctx, InjectAnswer values) {
        transport.stats().count(values);
        connection.send(ctx, ValuesAnswer.encode(ctx.alloc(), transport.epoch(), values));
    }

    private void start(ChannelHandlerContext ctx, CredentialKind kind, Ruling.Later later) {
        LongRuling ruling = new LongRuling(ctx, kind, later);
        work = new Work(
                ruling,
                ctx.executor()
                        .schedule(
                                () -> late(ctx),
                                transport.options().requestDeadline().toNanos(),
                                TimeUnit.NANOSECONDS));
        LoopState.current().finishedWork(ctx.executor()).expect(ruling, transport.workers());
    }

    /** Finds a verdict off the event loop. */
    private final class LongRuling extends Piece {
        private final ChannelHandlerContext ctx;
        private final CredentialKind kind;
        private final Ruling.Later later;
        private @Nullable Verdict verdict;

        LongRuling(ChannelHandlerContext ctx, CredentialKind kind, Ruling.Later later) {
            this.ctx = ctx;
            this.kind = kind;
            this.later = later;
        }

        @Override
        protected void work() {
            verdict = later.rest().get();
        }

        @Override
        protected void done() {
            VerdictCalls.this.cancel();
            send(ctx, kind, Objects.requireNonNull(verdict));
        }

        @Override
        protected void failed(Throwable failure) {
            connection.exceptionCaught(ctx, failure);
        }

        @Override
        protected void release() {}
    }

    private void late(ChannelHandlerContext ctx) {
        transport.stats().deadlines.increment();
        LOG.warn("a verdict was not found within {}", transport.options().requestDeadline());
        connection.close(ctx);
    }

    private void send(ChannelHandlerContext ctx, CredentialKind kind, Verdict verdict) {
        transport.stats().verdicts.count(kind, verdict);
        int type = kind == CredentialKind.KEY_AUTH ? FrameType.VERDICT : FrameType.CREDENTIAL;
        connection.send(ctx, VerdictAnswer.encode(ctx.alloc(), type, transport.epoch(), verdict));
    }

    /** Ends the search for a verdict, if there is one. */
    void cancel() {
        Work current = work;
        work = null;
        if (current != null) {
            current.deadline().cancel(false);
            current.ruling().cancel();
        }
    }
}
