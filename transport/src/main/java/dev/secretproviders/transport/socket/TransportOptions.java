package dev.secretproviders.transport.socket;

import java.nio.file.Path;
import java.time.Duration;

/** Options of the socket that serves APISIX. Immutable: each {@code with} method returns a changed copy. */
public final class TransportOptions {
    /** The default of APISIX. */
    public static final Duration DEFAULT_CONF_EXPIRY = Duration.ofHours(1);

    private static final int MAX_ROUTES = 100_000;

    private final Path socket;
    // Written only before the object is published.
    private SocketAccess access = SocketAccess.DEFAULT;
    private PassedSockets passed = PassedSockets.NONE;
    private boolean replacing;
    private Duration confExpiry = DEFAULT_CONF_EXPIRY;
    private Duration requestDeadline = Duration.ofSeconds(1);
    private Duration frameTimeout = Duration.ofSeconds(5);
    private int eventLoops = Runtime.getRuntime().availableProcessors();

    private TransportOptions(Path socket) {
        this.socket = socket;
    }

    /**
     * Returns the defaults for a socket: request deadline 1 s, frame timeout 5 s, one event loop for each processor.
     */
    public static TransportOptions of(Path socket) {
        return new TransportOptions(socket);
    }

    private TransportOptions copy() {
        TransportOptions copy = new TransportOptions(socket);
        copy.access = access;
        copy.passed = passed;
        copy.replacing = replacing;
        copy.confExpiry = confExpiry;
        copy.requestDeadline = requestDeadline;
        copy.frameTimeout = frameTimeout;
        copy.eventLoops = eventLoops;
        return copy;
    }

    /** Returns these options with another access to the socket. */
    public TransportOptions withAccess(SocketAccess changed) {
        TransportOptions copy = copy();
        copy.access = changed;
        return copy;
    }

    /** Returns these options with sockets that were opened by systemd. They are used instead of new ones. */
    public TransportOptions withPassed(PassedSockets changed) {
        TransportOptions copy = copy();
        copy.passed = changed;
        return copy;
    }

    /** Returns these options for a server that takes the names of the sockets from one that still listens on them. */
    public TransportOptions withReplacing() {
        TransportOptions copy = copy();
        copy.replacing = true;
        return copy;
    }

    /** Returns these options with another expiry of tokens. */
    public TransportOptions withConfExpiry(Duration changed) {
        TransportOptions copy = copy();
        copy.confExpiry = positive("confExpiry", changed);
        return copy;
    }

    /** Returns these options with another deadline for requests. */
    public TransportOptions withRequestDeadline(Duration changed) {
        TransportOptions copy = copy();
        copy.requestDeadline = positive("requestDeadline", changed);
        return copy;
    }

    /** Returns these options with another timeout for frames. */
    public TransportOptions withFrameTimeout(Duration changed) {
        TransportOptions copy = copy();
        copy.frameTimeout = positive("frameTimeout", changed);
        return copy;
    }

    /** Returns these options with another number of event loops. */
    public TransportOptions withEventLoops(int changed) {
        if (changed < 1) {
            throw new IllegalArgumentException("eventLoops must be at least 1");
        }
        TransportOptions copy = copy();
        copy.eventLoops = changed;
        return copy;
    }

    private static Duration positive(String name, Duration duration) {
        if (!duration.isPositive()) {
            throw new IllegalArgumentException(name + " must be positive");
        }
        return duration;
    }

    /** Returns where to listen. */
    public Path socket() {
        return socket;
    }

    /** Returns who may connect. */
    public SocketAccess access() {
        return access;
    }

    /** Returns the sockets that were opened by systemd. */
    public PassedSockets passed() {
        return passed;
    }

    /** Returns whether sockets are replaced though another process listens on them. */
    public boolean replacing() {
        return replacing;
    }

    /** Returns how long APISIX keeps a token, its {@code APISIX_CONF_EXPIRE_TIME}. */
    public Duration confExpiry() {
        return confExpiry;
    }

    /**
     * Returns the number of routes that there is room for. Beyond it tokens are evicted, and APISIX flushes all of its.
     */
    public int maxRoutes() {
        return MAX_ROUTES;
    }

    /** Returns the time within which every request is answered. A late request gets 503. */
    public Duration requestDeadline() {
        return requestDeadline;
    }

    /** Returns the time within which a frame that has begun must be complete. */
    public Duration frameTimeout() {
        return frameTimeout;
    }

    /** Returns how many threads read and answer. */
    public int eventLoops() {
        return eventLoops;
    }
}
