package dev.secretproviders.transport.socket;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** A Unix socket that accepts connections. Only one thread at a time may use it. */
public final class ListeningSocket {
    private static final int BACKLOG = 4096;
    private static final long LOOK_MILLIS = 10;

    private final Path place;
    /** Null if the file belongs to systemd. */
    private final @Nullable SocketFile file;

    private final Channel listener;
    private final Accepted accepted;

    private ListeningSocket(Path place, @Nullable SocketFile file, Channel listener) {
        this.place = place;
        this.file = file;
        this.listener = listener;
        this.accepted = listener.pipeline().get(Accepted.class);
    }

    /** Counts the connections that were accepted. */
    private static final class Accepted extends ChannelInboundHandlerAdapter {
        private final AtomicLong count = new AtomicLong();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            count.incrementAndGet();
            ctx.fireChannelRead(message);
        }
    }

    /**
     * Creates the socket, or takes the one that systemd has passed for this place. When this returns, permitted users
     * can connect. Their connections wait until {@link #accept}.
     *
     * @param options say who may connect, and what was passed
     * @param connection creates the handler of a connection
     * @throws IOException if the socket cannot be created; the message says what to do
     */
    public static ListeningSocket open(
            NativeIo io,
            EventLoopGroup loops,
            Path place,
            TransportOptions options,
            Supplier<ChannelHandler> connection)
            throws IOException {
        Integer descriptor = options.passed().descriptor(place);
        if (descriptor != null) {
            ChannelFuture registered = bootstrap(loops, connection)
                    .channelFactory(() -> new EpollServerDomainSocketChannel(descriptor))
                    .register();
            return new ListeningSocket(place, null, done(registered, place));
        }
        return create(io, loops, place, options, connection);
    }

    private static ListeningSocket create(
            NativeIo io,
            EventLoopGroup loops,
            Path place,
            TransportOptions options,
            Supplier<ChannelHandler> connection)
            throws IOException {
        @Nullable Channel[] bound = new @Nullable Channel[1];
        try {
            SocketFile file = SocketFile.create(
                    place, options.access(), options.replacing(), path -> bound[0] = bind(io, loops, path, connection));
            Channel listener = bound[0];
            if (listener == null) {
                throw new IllegalStateException("a socket was made without being bound");
            }
            return new ListeningSocket(place, file, listener);
        } catch (IOException | RuntimeException e) {
            if (bound[0] != null) {
                var _ = bound[0].close();
            }
            throw e;
        }
    }

    private static Channel bind(NativeIo io, EventLoopGroup loops, Path path, Supplier<ChannelHandler> connection)
            throws IOException {
        return done(
                bootstrap(loops, connection).channel(io.serverChannel()).bind(new DomainSocketAddress(path.toString())),
                path);
    }

    private static ServerBootstrap bootstrap(EventLoopGroup loops, Supplier<ChannelHandler> connection) {
        return new ServerBootstrap()
                .group(loops)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.AUTO_READ, false)
                .handler(new Accepted())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(connection.get());
                    }
                });
    }

    private static Channel done(ChannelFuture listening, Path path) throws IOException {
        listening.awaitUninterruptibly();
        if (!listening.isSuccess()) {
            throw new IOException(
                    "cannot listen on " + path + ": " + listening.cause().getMessage(), listening.cause());
        }
        return listening.channel();
    }

    /** Returns whether the socket stays open, with the connections that wait, when this process closes it. */
    boolean outlivesUs() {
        return file == null;
    }

    /** Begins to accept connections. */
    public void accept() {
        listener.config().setAutoRead(true);
    }

    /** Returns whether another socket has its place. */
    boolean replaced() throws IOException {
        return file != null && file.replaced();
    }

    /**
     * Removes the file, so that no new connection is possible. Leaves a file that has replaced it, and one that belongs
     * to systemd.
     */
    public void removeFile() {
        try {
            if (file != null) {
                file.removeIfOurs();
            }
        } catch (IOException e) {
            // Not a static logger: this class is loaded before anything may search the class path.
            LoggerFactory.getLogger(ListeningSocket.class)
                    .warn("cannot remove the socket {}: {}", place, e.getMessage());
        }
    }

    /**
     * Waits until all connections that are there were accepted, if no new ones can come. Waits at most {@code waitNanos}.
     */
    void acceptAll(long waitNanos) {
        long end = System.nanoTime() + waitNanos;
        long before;
        do {
            before = accepted.count.get();
            // When this runs, the event loop has looked at the socket.
            var _ = listener.eventLoop()
                    .schedule(() -> {}, LOOK_MILLIS, TimeUnit.MILLISECONDS)
                    .awaitUninterruptibly(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } while (accepted.count.get() != before && System.nanoTime() - end < 0);
    }

    /** Stops accepting connections. Waits at most {@code waitNanos}. */
    void close(long waitNanos) {
        listener.close().awaitUninterruptibly(waitNanos, TimeUnit.NANOSECONDS);
    }
}
