package dev.secretproviders.transport.socket;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A socket that APISIX can connect to, while nobody is there yet to answer: who connects waits in the kernel's queue. So it can be made
 * before most of the runner is. A {@code UnixSocketServer} takes it over.
 *
 * <p>Opening, taking over and closing are for one thread at a time.
 */
public final class BoundSocket implements AutoCloseable {
    private final TransportOptions options;
    private final NativeIo io;
    private final EventLoopGroup loops;
    private final ListeningSocket listener;
    /** Makes the handlers of connections; read by event loops, and only after it was written. */
    private volatile @Nullable Supplier<ChannelHandler> connections;

    private BoundSocket(TransportOptions options) throws IOException {
        this.options = options;
        this.io = NativeIo.available();
        this.loops = new MultiThreadIoEventLoopGroup(
                options.eventLoops(), new DefaultThreadFactory("transport", true), io.handler());
        try {
            listener = ListeningSocket.open(
                    io,
                    loops,
                    options.socket(),
                    options.access(),
                    () -> Objects.requireNonNull(connections).get());
        } catch (IOException | RuntimeException e) {
            end(0);
            throw e;
        }
    }

    /**
     * Makes the socket. When this returns, APISIX can connect.
     *
     * @throws SocketInUseException if somebody listens there
     * @throws IOException if it cannot be made; the message says what to do
     */
    public static BoundSocket open(TransportOptions options) throws IOException {
        return new BoundSocket(options);
    }

    /** Returns whether it is what these options ask for. */
    public boolean fits(TransportOptions wanted) {
        return options.socket().equals(wanted.socket())
                && options.access().equals(wanted.access())
                && options.eventLoops() == wanted.eventLoops();
    }

    public NativeIo io() {
        return io;
    }

    /** Begins to accept connections, first those that wait. */
    public void accept(Supplier<ChannelHandler> handlers) {
        connections = handlers;
        listener.accept();
    }

    /** Removes the file: nobody new can connect. */
    public void removeFile() {
        listener.removeFile();
    }

    /** Stops to accept. */
    public void stopAccepting(long waitNanos) {
        listener.close(waitNanos);
    }

    /** Ends the event loops, and with them every connection. */
    public void end(long waitNanos) {
        loops.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS).awaitUninterruptibly(waitNanos, TimeUnit.NANOSECONDS);
    }

    /** Ends it, also after a server took it over: nobody can connect any more, and who is connected is turned away. */
    @Override
    public void close() {
        removeFile();
        end(0);
    }
}
