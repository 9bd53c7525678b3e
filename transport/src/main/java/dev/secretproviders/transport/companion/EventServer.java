package dev.secretproviders.transport.companion;

import dev.secretproviders.transport.socket.ListeningSocket;
import dev.secretproviders.transport.socket.NativeIo;
import dev.secretproviders.transport.socket.SocketAccess;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the event stream on a socket of its own, with an event loop of its own: followers take nothing from requests. Requests do
 * not depend on it, so a socket that cannot be made is tried again and again, and nobody waits for it. Thread-safe.
 */
public final class EventServer {
    private static final Logger LOG = LoggerFactory.getLogger(EventServer.class);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final EventStream stream;
    private final Path place;
    private final SocketAccess access;

    /** Guards what is opened and closed. */
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable EventLoopGroup loops;
    private @Nullable ListeningSocket socket;
    private volatile @Nullable String problem;

    public EventServer(EventStream stream, Path place, SocketAccess access) {
        this.stream = stream;
        this.place = place;
        this.access = access;
    }

    /** Begins to serve, or to try. */
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
            // Nobody interrupts it; it ends with the server.
            Thread.currentThread().interrupt();
        }
    }

    /** Returns whether there is nothing left to try: it is open, or was stopped meanwhile. */
    private boolean open(NativeIo io) {
        lock.lock();
        try {
            EventLoopGroup group = loops;
            if (group == null) {
                return true;
            }
            ListeningSocket made = ListeningSocket.open(io, group, place, access, () -> new Follower(stream));
            socket = made;
            made.accept();
            problem = null;
            LOG.info("events can be followed on {}, {}", place, access);
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

    /** Returns why it cannot be followed, or null if it can. */
    @Nullable
    public String problem() {
        return problem;
    }

    public FollowerStats stats() {
        return stream.stats();
    }

    /** Ends the stream for all who follow it; at most for so many nanoseconds. */
    public void stop(long waitNanos) {
        EventLoopGroup group;
        lock.lock();
        try {
            group = loops;
            loops = null;
            if (socket != null) {
                // The next runner may be waiting for the place.
                socket.removeFile();
                socket = null;
            }
        } finally {
            lock.unlock();
        }
        if (group != null) {
            // Closes all that is registered with it, the listener included.
            group.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS).awaitUninterruptibly(waitNanos, TimeUnit.NANOSECONDS);
        }
    }
}
