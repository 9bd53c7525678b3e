package dev.secretproviders.transport.companion;

import dev.secretproviders.transport.socket.ListeningSocket;
import dev.secretproviders.transport.socket.NativeIo;
import dev.secretproviders.transport.socket.TransportOptions;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the event stream on its own socket and event loop, so that followers do not slow requests down. Requests do
 * not depend on the stream. So the server retries in the background until the socket can be created. Thread-safe.
 */
public final class EventServer {
    private static final Logger LOG = LoggerFactory.getLogger(EventServer.class);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final EventStream stream;
    private final Path place;
    private final TransportOptions options;

    /** Guards {@code loops} and {@code socket}. */
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable EventLoopGroup loops;
    private @Nullable ListeningSocket socket;
    private volatile @Nullable String problem;

    /** Creates a server that does not listen yet. */
    public EventServer(EventStream stream, Path place, TransportOptions options) {
        this.stream = stream;
        this.place = place;
        this.options = options;
    }

    /** Begins to serve. Retries in the background if the socket cannot be created. */
    public void start(NativeIo io) {
        EventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("events", true), io.handler());
        lock.lock();
        try {
            loops = group;
        } finally {
            lock.unlock();
        }
        stream.start(group.next());
        if (!open(io)) {
            Thread.ofVirtual().name("event-socket").start(() -> keepTrying(io));
        }
    }

    private void keepTrying(NativeIo io) {
        try {
            do {
                Thread.sleep(TRY_AGAIN);
            } while (!open(io));
        } catch (InterruptedException e) {
            // Nothing interrupts this thread. It ends with the server.
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Tries to open the socket. Returns false if another try is needed, true if it is open or the server was stopped.
     */
    private boolean open(NativeIo io) {
        lock.lock();
        try {
            EventLoopGroup group = loops;
            if (group == null) {
                return true;
            }
            ListeningSocket made = ListeningSocket.open(io, group, place, options, () -> new Follower(stream));
            socket = made;
            made.accept();
            problem = null;
            LOG.info("events can be followed on {}, {}", place, options.access());
            return true;
        } catch (IOException | RuntimeException e) {
            String reason = String.valueOf(e.getMessage());
            if (!reason.equals(problem)) {
                LOG.warn(
                        "the event stream is not served, requests are: {}. Trying again; until then the companion asks"
                                + " again for whatever it remembers",
                        reason);
            }
            problem = reason;
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Returns why the stream is not available, or null if it is. */
    @Nullable
    public String problem() {
        return problem;
    }

    /** Returns the counters of the stream. */
    public FollowerStats stats() {
        return stream.stats();
    }

    /**
     * Tells all followers that this runner is about to stop for another one.
     *
     * @return ends when they were told
     */
    public Future<?> announceRestart() {
        return stream.announceRestart();
    }

    /** Tells all followers that this runner stays, if they were told that it is about to stop. */
    public void cancelRestart() {
        stream.cancelRestart();
    }

    /** Disconnects all followers and stops. Waits at most {@code waitNanos}. */
    public void stop(long waitNanos) {
        EventLoopGroup group;
        long end = System.nanoTime() + waitNanos;
        // Followers keep what they know until the next runner tells them.
        announceRestart().awaitUninterruptibly(waitNanos, TimeUnit.NANOSECONDS);
        stream.disconnectAll();
        lock.lock();
        try {
            group = loops;
            loops = null;
            if (socket != null) {
                // The next runner may be waiting for the path.
                socket.removeFile();
                socket = null;
            }
        } finally {
            lock.unlock();
        }
        if (group != null) {
            // Closes all channels of the event loop, including the listener.
            group.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS)
                    .awaitUninterruptibly(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
    }
}
