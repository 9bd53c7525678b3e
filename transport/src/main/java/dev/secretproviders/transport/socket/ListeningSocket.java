package dev.secretproviders.transport.socket;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** A Unix socket on which connections are accepted, and its file. For one thread at a time. */
public final class ListeningSocket {
    private static final int BACKLOG = 4096;

    private final Path place;
    private final SocketFile file;
    private final Channel listener;

    private ListeningSocket(Path place, SocketFile file, Channel listener) {
        this.place = place;
        this.file = file;
        this.listener = listener;
    }

    /**
     * Makes the socket. When this returns, who may can connect, and waits until {@link #accept}.
     *
     * @param connection makes the handler of a connection
     * @throws IOException if the socket cannot be made; the message says what to do
     */
    public static ListeningSocket open(
            NativeIo io, EventLoopGroup loops, Path place, SocketAccess access, Supplier<ChannelHandler> connection)
            throws IOException {
        @Nullable Channel[] bound = new @Nullable Channel[1];
        try {
            SocketFile file = SocketFile.create(place, access, path -> bound[0] = bind(io, loops, path, connection));
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
        var bound = new ServerBootstrap()
                .group(loops)
                .channel(io.serverChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(connection.get());
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

    /** Begins to accept connections. */
    public void accept() {
        listener.config().setAutoRead(true);
    }

    /** Removes the file, unless it is another one by now: nobody new can connect. */
    public void removeFile() {
        try {
            file.removeIfOurs();
        } catch (IOException e) {
            // Not a static one: this class is loaded before anything may search the class path.
            LoggerFactory.getLogger(ListeningSocket.class)
                    .warn("cannot remove the socket {}: {}", place, e.getMessage());
        }
    }

    /** Stops to accept. */
    void close(long waitNanos) {
        listener.close().awaitUninterruptibly(waitNanos, TimeUnit.NANOSECONDS);
    }
}
