package dev.secretproviders.transport.socket;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How to serve APISIX.
 *
 * @param socket where to listen
 * @param access who may connect
 * @param confExpiry how long APISIX keeps a token, its {@code APISIX_CONF_EXPIRE_TIME}
 * @param maxRoutes how many routes there is room for; beyond it tokens are forgotten, and APISIX flushes all of them
 * @param requestDeadline within which every request is answered, if need be with 503
 * @param frameTimeout within which a frame that has begun must be complete
 * @param eventLoops threads that read and answer
 */
public record TransportOptions(
        Path socket,
        SocketAccess access,
        Duration confExpiry,
        int maxRoutes,
        Duration requestDeadline,
        Duration frameTimeout,
        int eventLoops) {
    /** APISIX's own default. */
    public static final Duration DEFAULT_CONF_EXPIRY = Duration.ofHours(1);

    public TransportOptions {
        requirePositive("confExpiry", confExpiry);
        requirePositive("requestDeadline", requestDeadline);
        requirePositive("frameTimeout", frameTimeout);
        if (maxRoutes < 1 || eventLoops < 1) {
            throw new IllegalArgumentException("maxRoutes and eventLoops must be at least 1");
        }
    }

    private static void requirePositive(String name, Duration duration) {
        if (!duration.isPositive()) {
            throw new IllegalArgumentException(name + " must be positive");
        }
    }

    /** The defaults for a socket: room for 100,000 routes, answers within 1 s, a frame complete within 5 s. */
    public static TransportOptions of(Path socket) {
        return new TransportOptions(
                socket,
                SocketAccess.DEFAULT,
                DEFAULT_CONF_EXPIRY,
                100_000,
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                Runtime.getRuntime().availableProcessors());
    }

    /** With another access to the socket. */
    public TransportOptions withAccess(SocketAccess newAccess) {
        return new TransportOptions(
                socket, newAccess, confExpiry, maxRoutes, requestDeadline, frameTimeout, eventLoops);
    }

    /** With another expiry of tokens. */
    public TransportOptions withConfExpiry(Duration newExpiry) {
        return new TransportOptions(socket, access, newExpiry, maxRoutes, requestDeadline, frameTimeout, eventLoops);
    }

    /** With another deadline for requests. */
    public TransportOptions withRequestDeadline(Duration newDeadline) {
        return new TransportOptions(socket, access, confExpiry, maxRoutes, newDeadline, frameTimeout, eventLoops);
    }

    /** With another timeout for frames. */
    public TransportOptions withFrameTimeout(Duration newTimeout) {
        return new TransportOptions(socket, access, confExpiry, maxRoutes, requestDeadline, newTimeout, eventLoops);
    }

    /** With another number of event loops. */
    public TransportOptions withEventLoops(int newEventLoops) {
        return new TransportOptions(
                socket, access, confExpiry, maxRoutes, requestDeadline, frameTimeout, newEventLoops);
    }
}
