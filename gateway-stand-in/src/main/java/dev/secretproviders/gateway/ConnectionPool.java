package dev.secretproviders.gateway;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The idle connections of one worker, as OpenResty's {@code setkeepalive} keeps them. The most recently used connection
 * is taken first; the least recently used one is closed to make room. Connections in use are not limited. Thread-safe.
 */
final class ConnectionPool implements Closeable {
    private final RunnerClient.Options options;
    private final Path socket;
    private final Deque<WireChannel> idle = new ArrayDeque<>();
    private boolean closed;
    private long opened;

    ConnectionPool(Path socket, RunnerClient.Options options) {
        this.socket = socket;
        this.options = options;
    }

    WireChannel take() throws IOException {
        for (WireChannel connection = poll(); connection != null; connection = poll()) {
            if (connection.isQuiet()) {
                return connection;
            }
            connection.close();
        }
        WireChannel connection = WireChannel.connect(socket, options.timeout());
        synchronized (this) {
            opened++;
        }
        return connection;
    }

    void giveBack(WireChannel connection) {
        List<WireChannel> tooMany = new ArrayList<>();
        synchronized (this) {
            if (closed || connection.hasUnread()) {
                tooMany.add(connection);
            } else {
                connection.startIdle(options.ticker().getAsLong());
                idle.addFirst(connection);
                while (idle.size() > options.poolSize()) {
                    tooMany.add(idle.removeLast());
                }
            }
        }
        tooMany.forEach(WireChannel::close);
    }

    /** Returns how many connections were opened so far. */
    synchronized long opened() {
        return opened;
    }

    /** Returns how many connections are idle. */
    synchronized int idle() {
        return idle.size();
    }

    private synchronized @Nullable WireChannel poll() {
        long now = options.ticker().getAsLong();
        while (!idle.isEmpty()
                && now - idle.getLast().idleSince() >= options.keepAlive().toNanos()) {
            idle.removeLast().close();
        }
        return idle.pollFirst();
    }

    @Override
    public void close() {
        List<WireChannel> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(idle);
            idle.clear();
        }
        all.forEach(WireChannel::close);
    }
}
