package dev.secretproviders.transport;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.auth.IndexChange;
import dev.secretproviders.auth.IndexListener;
import dev.secretproviders.inject.InjectListener;
import dev.secretproviders.transport.companion.EventServer;
import dev.secretproviders.transport.companion.EventStream;
import dev.secretproviders.transport.companion.FollowerStats;
import dev.secretproviders.transport.companion.Verdicts;
import dev.secretproviders.transport.route.BuiltInFilter;
import dev.secretproviders.transport.route.ConfTokens;
import dev.secretproviders.transport.route.RouteProblem;
import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.socket.BoundSocket;
import dev.secretproviders.transport.socket.SocketInUseException;
import dev.secretproviders.transport.socket.TransportOptions;
import io.netty.channel.Channel;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves APISIX on a Unix socket. A second socket in the same directory serves the events that end verdicts ({@code
 * docs/reference/companion-protocol.md}). Only one thread at a time may call {@link #bind} and {@link #stop}. All else
 * is thread-safe.
 */
public final class UnixSocketServer implements IndexListener, InjectListener {
    private static final Logger LOG = LoggerFactory.getLogger(UnixSocketServer.class);
    private static final Duration EVENTS_WAIT = Duration.ofMillis(100);
    private static final String EVENTS = ".events";
    private static final int EPOCH_BYTES = 8;

    private final Transport transport;
    private final EventStream stream;
    private final EventServer events;

    /** Guards whether there is a socket, and whether it accepts. */
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable BoundSocket socket;
    private boolean accepting;

    /**
     * Creates a server that does not listen yet.
     *
     * @param builtIns filters that decide on the event loop
     * @param hosted users' filters, run on virtual threads
     * @param verdicts answers verdict calls
     * @throws IllegalArgumentException if two filters have one name
     */
    public UnixSocketServer(
            TransportOptions options, List<BuiltInFilter> builtIns, List<PluginFilter> hosted, Verdicts verdicts) {
        this(options, builtIns, hosted, verdicts, Ticker.systemTicker(), EventStream.Limits.DEFAULT);
    }

    UnixSocketServer(
            TransportOptions options,
            List<BuiltInFilter> builtIns,
            List<PluginFilter> hosted,
            Verdicts verdicts,
            Ticker ticker,
            EventStream.Limits limits) {
        byte[] random = new byte[EPOCH_BYTES];
        new SecureRandom().nextBytes(random);
        String epoch = HexFormat.of().formatHex(random);
        this.transport = new Transport(options, builtIns, hosted, new Transport.VerdictSource(epoch, verdicts), ticker);
        this.stream = new EventStream(epoch, limits);
        Path place = options.socket();
        this.events = new EventServer(stream, place.resolveSibling(place.getFileName() + EVENTS), options);
    }

    /** Tells followers which verdicts end. Verdicts with this sequence or a higher one take the change into account. */
    @Override
    public void changed(IndexChange change) {
        stream.publish(change);
    }

    /** Tells followers which values for upstreams ended. */
    @Override
    public void changed(Set<String> names) {
        stream.publishValues(names);
    }

    /**
     * Creates the socket. When this returns, APISIX can connect. Configurations of routes are answered at once, since
     * that needs no keys. Requests wait for {@link #accept}.
     *
     * @param early a socket that was created before, or null; closed if it does not fit the options
     * @throws SocketInUseException if another process listens there
     * @throws IOException if the socket cannot be created; the message says what to do
     */
    public void bind(@Nullable BoundSocket early) throws IOException {
        BoundSocket fitting = early;
        if (early != null && !early.fits(transport.options())) {
            early.close();
            fitting = null;
        }
        BoundSocket bound = fitting == null ? BoundSocket.open(transport.options()) : fitting;
        lock.lock();
        try {
            socket = bound;
        } finally {
            lock.unlock();
        }
        bound.accept(() -> new Connection(transport));
        LOG.atInfo()
                .addKeyValue("event", "socket.listening")
                .addKeyValue("socket", transport.options().socket())
                .log(
                        "listening on {}, {}",
                        transport.options().socket(),
                        bound.outlivesUs()
                                ? "which systemd has opened"
                                : transport.options().access());
    }

    /**
     * Begins to answer requests, starting with those that wait. Does nothing before {@link #bind}, after {@link
     * #stop}, or when called again.
     */
    public void accept() {
        lock.lock();
        try {
            BoundSocket bound = socket;
            if (bound != null && !accepting) {
                accepting = true;
                transport.decide();
                events.start(bound.io());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether another runner has taken the name of the socket. */
    public boolean replaced() throws IOException {
        BoundSocket open = socket();
        return open != null && open.replaced();
    }

    /**
     * Tells the companion that this runner stops soon and another one takes its place. It then keeps what it knows, for
     * some seconds and within the route's {@code grace}, until it hears of the other one. {@link #stop} does so by
     * itself. May be called several times.
     */
    public void announceRestart() {
        var _ = events.announceRestart();
    }

    /** Takes {@link #announceRestart} back: no other runner takes the place of this one. */
    public void cancelRestart() {
        events.cancelRestart();
    }

    /**
     * Stops the server. Refuses new connections, finishes the requests in progress, then closes all connections.
     *
     * @param grace the longest that this takes; connections with an unfinished request are closed then
     */
    public void stop(Duration grace) {
        end(System.nanoTime() + grace.toNanos(), Transport.DRAIN);
    }

    /**
     * Stops the server, whose place another runner has taken. Finishes the requests in progress and passes the
     * connections to that runner.
     *
     * @param directory where that runner has opened its {@linkplain #inlet inlet}
     * @param grace the longest that this takes; connections with an unfinished request are closed then
     */
    public void handOver(Path directory, Duration grace) {
        long end = System.nanoTime() + grace.toNanos();
        BoundSocket open = socket();
        if (open == null) {
            return;
        }
        if (!Epoll.isAvailable()) {
            end(end, Transport.DRAIN);
            return;
        }
        try {
            Successor successor = Successor.connect(open.loops(), ConnectionInlet.in(directory));
            end(end, successor);
            successor.close();
        } catch (IOException e) {
            LOG.warn("connections are closed instead of handed over: {}", e.getMessage());
            end(end, Transport.DRAIN);
        }
    }

    /**
     * Opens what takes the connections of the runner whose place this one takes. Call it after {@link #bind}.
     *
     * @param directory an existing directory that only this user can enter
     * @throws IOException if that is not possible; that runner then closes them
     */
    public ConnectionInlet inlet(Path directory) throws IOException {
        BoundSocket open = socket();
        if (open == null || !Epoll.isAvailable()) {
            throw new IOException("connections can be taken over on Linux only, by a server that listens");
        }
        return ConnectionInlet.open(open.loops(), transport, directory);
    }

    private @Nullable BoundSocket socket() {
        lock.lock();
        try {
            return socket;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends the server.
     *
     * @param end when connections with an unfinished request are closed
     * @param order what connections are told
     */
    private void end(long end, Object order) {
        BoundSocket open;
        lock.lock();
        try {
            open = socket;
            socket = null;
        } finally {
            lock.unlock();
        }
        if (open == null) {
            return;
        }
        // First, so that the path of the event socket is free before the next runner takes over the main socket.
        events.stop(Math.min(EVENTS_WAIT.toNanos(), left(end)));
        if (open.outlivesUs()) {
            // Later connections wait for the next runner.
            open.stopAccepting(left(end));
        }
        open.removeFile();
        open.acceptAll(left(end));
        open.stopAccepting(left(end));
        List<Channel> connections = transport.connections();
        connections.forEach(channel -> channel.pipeline().fireUserEventTriggered(order));
        for (Channel channel : connections) {
            channel.closeFuture().awaitUninterruptibly(left(end), TimeUnit.NANOSECONDS);
        }
        for (Channel channel : transport.connections()) {
            var _ = channel.close();
        }
        open.end(left(end));
    }

    private static long left(long end) {
        return Math.max(0, end - System.nanoTime());
    }

    /** Returns where and how the server listens. */
    public TransportOptions options() {
        return transport.options();
    }

    /** Returns the tokens of routes. */
    public ConfTokens tokens() {
        return transport.tokens();
    }

    /** Returns the counters of the transport. */
    public TransportStats stats() {
        return transport.stats();
    }

    /** Returns the counters of the event stream. */
    public FollowerStats followerStats() {
        return events.stats();
    }

    /** Returns why the event stream is not available. Null if it is available or the server was not started. */
    public @Nullable String eventProblem() {
        return events.problem();
    }

    /** Returns the problems of routes whose newest configuration cannot be used, in no particular order. */
    public List<RouteProblem> problems() {
        return transport.problems();
    }
}
