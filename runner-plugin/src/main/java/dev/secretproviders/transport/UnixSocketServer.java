package dev.secretproviders.transport;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.auth.IndexChange;
import dev.secretproviders.auth.IndexListener;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves APISIX on a Unix socket, and on a second one beside it the events that end verdicts ({@code
 * docs/companion-protocol.md}). {@link #start} and {@link #stop} are for one thread; everything else is thread-safe.
 */
public final class UnixSocketServer implements IndexListener {
    private static final Logger LOG = LoggerFactory.getLogger(UnixSocketServer.class);
    private static final Duration ACCEPT_WAITING = Duration.ofMillis(20);
    private static final Duration EVENTS_WAIT = Duration.ofMillis(100);
    private static final String EVENTS = ".events";
    private static final int EPOCH_BYTES = 8;

    private final Transport transport;
    private final EventStream stream;
    private final EventServer events;
    private @Nullable EventLoopGroup loops;
    private @Nullable ListeningSocket socket;

    /**
     * Makes a server that does not listen yet.
     *
     * @param builtIns filters that decide on the event loop
     * @param hosted filters of others, run on virtual threads
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
        this.transport = new Transport(options, builtIns, hosted, new Transport.Judge(epoch, verdicts), ticker);
        this.stream = new EventStream(epoch, limits);
        Path place = options.socket();
        this.events = new EventServer(stream, place.resolveSibling(place.getFileName() + EVENTS), options.access());
    }

    /** Tells followers which verdicts end. Verdicts with this number or a higher one take the change into account. */
    @Override
    public void changed(IndexChange change) {
        stream.publish(change);
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
            socket = ListeningSocket.open(
                    io, group, place, transport.options().access(), () -> new Connection(transport));
        } catch (IOException | RuntimeException e) {
            stop(Duration.ZERO);
            throw e;
        }
        LOG.info("listening on {}, {}", place, transport.options().access());
        events.start(io);
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
        // First, so that the place is free for whoever follows on the main socket.
        events.stop(Math.min(EVENTS_WAIT.toNanos(), left(end)));
        ListeningSocket open = socket;
        socket = null;
        if (open != null) {
            open.removeFile();
            acceptWhoIsWaiting(end);
            open.close(left(end));
        }
        List<Channel> connections = transport.connections();
        connections.forEach(channel -> channel.pipeline().fireUserEventTriggered(Transport.DRAIN));
        for (Channel channel : connections) {
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

    /** Returns what was counted. */
    public TransportStats stats() {
        return transport.stats();
    }

    /** Returns what the event stream has counted. */
    public FollowerStats followerStats() {
        return events.stats();
    }

    /** Returns why the event stream cannot be followed, or null if it can, or the server was not started. */
    public @Nullable String eventProblem() {
        return events.problem();
    }

    /** Returns the routes whose newest configuration cannot be used, in no order. */
    public List<RouteProblem> problems() {
        return transport.problems();
    }
}
