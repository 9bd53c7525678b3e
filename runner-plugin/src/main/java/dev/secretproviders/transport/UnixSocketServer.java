package dev.secretproviders.transport;

import com.github.benmanes.caffeine.cache.Ticker;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves APISIX on a Unix socket. {@link #start} and {@link #stop} are for one thread; everything else is thread-safe.
 */
public final class UnixSocketServer {
    private static final Logger LOG = LoggerFactory.getLogger(UnixSocketServer.class);
    private static final int BACKLOG = 4096;
    private static final Duration ACCEPT_WAITING = Duration.ofMillis(20);

    private final Transport transport;
    private @Nullable EventLoopGroup loops;
    private @Nullable Channel listener;
    private @Nullable SocketFile file;

    /**
     * Makes a server that does not listen yet.
     *
     * @param builtIns filters that decide on the event loop
     * @param hosted filters of others, run on virtual threads
     * @throws IllegalArgumentException if two filters have one name
     */
    public UnixSocketServer(TransportOptions options, List<BuiltInFilter> builtIns, List<PluginFilter> hosted) {
        this(options, builtIns, hosted, Ticker.systemTicker());
    }

    UnixSocketServer(TransportOptions options, List<BuiltInFilter> builtIns, List<PluginFilter> hosted, Ticker ticker) {
        this.transport = new Transport(options, builtIns, hosted, ticker);
    }

    /**
     * Starts to listen. When this returns, APISIX can connect.
     *
     * @throws IOException if the socket cannot be made; the message says what to do
     */
    public void start() throws IOException {
        NativeIo io = NativeIo.available();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                transport.options().eventLoops(), new DefaultThreadFactory("transport"), io.handler());
        loops = group;
        Path place = transport.options().socket();
        try {
            file = SocketFile.create(place, transport.options().access(), path -> listener = bind(io, group, path));
        } catch (IOException | RuntimeException e) {
            stop(Duration.ZERO);
            throw e;
        }
        LOG.info("listening on {}, {}", place, transport.options().access());
    }

    private Channel bind(NativeIo io, EventLoopGroup group, Path path) throws IOException {
        var bound = new ServerBootstrap()
                .group(group)
                .channel(io.serverChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Connection(transport));
                    }
                })
                .bind(new DomainSocketAddress(path.toString()))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "cannot listen on " + path + ": " + bound.cause().getMessage(), bound.cause());
        }
        return bound.channel();
    }

    /**
     * Stops: nobody can connect any more, what is being answered is answered, then connections close.
     *
     * @param grace the longest that this takes; connections that still have something to answer then are cut
     */
    public void stop(Duration grace) {
        long end = System.nanoTime() + grace.toNanos();
        EventLoopGroup group = loops;
        if (group == null) {
            return;
        }
        loops = null;
        removeFile();
        acceptWhoIsWaiting(end);
        if (listener != null) {
            listener.close().awaitUninterruptibly(left(end), TimeUnit.NANOSECONDS);
            listener = null;
        }
        List<Channel> open = transport.connections();
        open.forEach(channel -> channel.pipeline().fireUserEventTriggered(Transport.DRAIN));
        for (Channel channel : open) {
            channel.closeFuture().awaitUninterruptibly(left(end), TimeUnit.NANOSECONDS);
        }
        for (Channel channel : transport.connections()) {
            var _ = channel.close();
        }
        group.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS).awaitUninterruptibly(left(end), TimeUnit.NANOSECONDS);
    }

    /** Nobody new can come since the file is gone; who connected before is accepted rather than reset. */
    private static void acceptWhoIsWaiting(long end) {
        try {
            Thread.sleep(Duration.ofNanos(Math.min(ACCEPT_WAITING.toNanos(), left(end))));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static long left(long end) {
        return Math.max(0, end - System.nanoTime());
    }

    private void removeFile() {
        SocketFile made = file;
        file = null;
        if (made != null) {
            try {
                made.removeIfOurs();
            } catch (IOException e) {
                LOG.warn("cannot remove the socket {}: {}", transport.options().socket(), e.getMessage());
            }
        }
    }

    /** Returns what was counted. */
    public TransportStats stats() {
        return transport.stats();
    }

    /** Returns the routes whose newest configuration cannot be used, in no order. */
    public List<RouteProblem> problems() {
        return transport.problems();
    }
}
