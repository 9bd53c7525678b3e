package dev.secretproviders.transport;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.transport.exchange.Exchange;
import dev.secretproviders.transport.exchange.Line;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.InfoWanted;
import dev.secretproviders.transport.work.Piece;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection as its exchange sees it. Nothing is sent once the exchange is over. */
final class ExchangeLine implements Line {
    private static final Logger LOG = LoggerFactory.getLogger(ExchangeLine.class);

    private final RequestCalls calls;
    private final ChannelHandlerContext ctx;
    private final Exchange exchange;

    ExchangeLine(RequestCalls calls, ChannelHandlerContext ctx, Exchange exchange) {
        this.calls = calls;
        this.ctx = ctx;
        this.exchange = exchange;
    }

    @Override
    public void proceed() {
        InfoWanted wanted = exchange.ask();
        if (wanted != null) {
            Connection.write(ctx, LoopState.current().encoder().wanted(ctx.alloc(), wanted));
        } else {
            exchange.proceed(this);
        }
    }

    @Override
    public void answer(FilterAnswer answer) {
        calls.finish(ctx, exchange, answer);
    }

    @Override
    public void decide(@Nullable Decision decision) {
        calls.finish(ctx, exchange, decision);
    }

    @Override
    public void work(Piece piece) {
        calls.work(ctx, piece);
    }

    @Override
    public void failed(Throwable failure) {
        calls.failed(ctx, failure);
    }

    @Override
    public void onLoop(Runnable task) {
        try {
            ctx.executor().execute(() -> {
                if (calls.isCurrent(exchange)) {
                    task.run();
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("an answer came after the event loop had ended");
        }
    }
}
