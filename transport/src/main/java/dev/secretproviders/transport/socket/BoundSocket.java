package dev.secretproviders.transport.socket;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A socket that APISIX can connect to before the runner can answer. Connections wait in the kernel's queue. So it can
 * be created before most of the runner. A {@code UnixSocketServer} takes it over.
 *
 * <p>Only one thread at a time may open, take over or close it.
 */
public final class BoundSocket implements AutoCloseable {
    private final TransportOptions options;
    private final NativeIo io;
    private final EventLoopGroup loops;
    private final ListeningSocket listener;
    /** Creates the handlers of connections. Event loops read it only after {@link #accept} has set it. */
    private volatile @Nullable Supplier<ChannelHandler> connections;

    private BoundSocket(TransportOptions options) throws IOException {
        requirePassed(options);
        this.options = options;
        this.io = NativeIo.available();
        this.loops = new MultiThreadIoEventLoopGroup(
                options.eventLoops(), new DefaultThreadFactory("transport", true), io.handler());
        try {
            listener = ListeningSocket.open(
                    io,
                    loops,
                    options.socket(),
                    options,
                    () -> Objects.requireNonNull(connections).get());
        } catch (IOException | RuntimeException e) {
            end(0);
            throw e;
        }
    }

    private static void requirePassed(TransportOptions options) throws IOException {
        if (!options.passed().isEmpty() && options.passed().descriptor(options.socket()) == null) {
            throw new IOException("systemd has opened " + options.passed().paths() + ", and the runner is to serve "
                    + options.socket()
                    + ": name one path in ListenStream= of secret-providers.socket and in runner.socket.path");
        }
    }

    /**
     * Creates the socket, or takes the one that systemd has passed. When this returns, APISIX can connect.
     *
     * @throws SocketInUseException if another process listens there
     * @throws IOException if the socket cannot be created; the message says what to do
     */
    public static BoundSocket open(TransportOptions options) throws IOException {
        return new BoundSocket(options);
    }

    /**
     * Returns whether a process listens at a path, now.
     *
     * @throws IOException if a socket is there that cannot be reached
     */
    public static boolean listenedOn(Path place) throws IOException {
        return SocketFile.listenedOn(place);
    }

    /** Returns whether these options ask for the same path, access and number of event loops. */
    public boolean fits(TransportOptions wanted) {
        return options.socket().equals(wanted.socket())
                && options.access().equals(wanted.access())
                && options.eventLoops() == wanted.eventLoops();
    }

    /** Returns the native I/O that the socket uses. */
    public NativeIo io() {
        return io;
    }

    /** Begins to accept connections, starting with those that wait. */
    public void accept(Supplier<ChannelHandler> handlers) {
        connections = handlers;
        listener.accept();
    }

    /** Returns whether the socket stays open, with the connections that wait, when this process closes it. */
    public boolean outlivesUs() {
        return listener.outlivesUs();
    }

    /** Returns whether another socket has its place. */
    public boolean replaced() throws IOException {
        return listener.replaced();
    }

    /** Removes the file, so that no new connection is possible. */
    public void removeFile() {
        listener.removeFile();
    }

    /**
     * Waits until all connections that are there were accepted, if no new ones can come. Waits at most {@code waitNanos}.
     */
    public void acceptAll(long waitNanos) {
        listener.acceptAll(waitNanos);
        // An accepted connection is registered by a task of its event loop.
        loops.forEach(loop -> loop.submit(() -> {}).awaitUninterruptibly(waitNanos, TimeUnit.NANOSECONDS));
    }

    /** Returns the event loops of the connections. */
    public EventLoopGroup loops() {
        return loops;
    }

    /** Stops accepting connections. Waits at most {@code waitNanos}. */
    public void stopAccepting(long waitNanos) {
        listener.close(waitNanos);
    }

    /** Ends the event loops and all connections. Waits at most {@code waitNanos}. */
    public void end(long waitNanos) {
        loops.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS).awaitUninterruptibly(waitNanos, TimeUnit.NANOSECONDS);
    }

    /** Removes the file and closes all connections, even if a server has taken the socket over. */
    @Override
    public void close() {
        removeFile();
        end(0);
    }
}
