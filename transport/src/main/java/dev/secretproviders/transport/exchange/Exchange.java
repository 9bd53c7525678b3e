package dev.secretproviders.transport.exchange;

import dev.secretproviders.transport.route.PreparedRoute;
import dev.secretproviders.transport.route.RouteId;
import dev.secretproviders.transport.wire.Content;
import dev.secretproviders.transport.wire.FetchedInfo;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.InfoWanted;
import dev.secretproviders.transport.work.Piece;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A request that is not answered from its frame alone. APISIX is asked for more while something is missing, and then the
 * exchange proceeds. Used only by its connection's event loop.
 */
public abstract sealed class Exchange permits RequestExchange, ResponseExchange {
    private final PreparedRoute route;
    private final int id;
    private final FilterAnswer failed;
    private final FetchedInfo info = new FetchedInfo();
    private final Deque<InfoWanted> wanted = new ArrayDeque<>();
    private @Nullable InfoWanted asked;
    private @Nullable Thread thread;
    private @Nullable Piece piece;
    private @Nullable Future<?> deadline;
    private boolean over;

    Exchange(PreparedRoute route, int id, FilterAnswer failed) {
        this.route = route;
        this.id = id;
        this.failed = failed;
    }

    /** Returns the route of the request. */
    public final RouteId routeId() {
        return route.id();
    }

    final PreparedRoute route() {
        return route;
    }

    /** Returns the bits of the unsigned id of the request. */
    public final int id() {
        return id;
    }

    /** Returns the answer to send if the filters give none. */
    public final FilterAnswer failed() {
        return failed;
    }

    /** Sets the timer that {@link #end} cancels. */
    public final void deadline(Future<?> timer) {
        deadline = timer;
    }

    /** Returns whether APISIX was asked for information and has not replied. */
    public final boolean awaitsInfo() {
        return asked != null;
    }

    /** Returns the next information to ask APISIX for, or null if nothing is missing. */
    @Nullable
    public final InfoWanted ask() {
        asked = wanted.poll();
        return asked;
    }

    /**
     * Receives the information that was last asked for.
     *
     * @param result null for a variable without value or a request without body; a filter sees both as empty, as in the
     *     official runner
     */
    public final void receive(@Nullable Content result) {
        if (asked == null) {
            throw new IllegalStateException("nothing was asked");
        }
        info.add(asked, result == null ? Content.NONE : result);
    }

    final FetchedInfo info() {
        return info;
    }

    final void want(Collection<InfoWanted> more) {
        wanted.addAll(more);
    }

    /** Goes on. Called first, and then each time that all wanted information has arrived. */
    public abstract void proceed(Line line);

    /** Runs a task on a virtual thread, which {@link #cancel} interrupts. */
    final void start(Runnable task) {
        thread = Thread.ofVirtual().name("filters").start(task);
    }

    /** Hands a piece to workers, which {@link #cancel} ends. */
    final void start(Piece work, Line line) {
        piece = work;
        line.work(work);
    }

    /** Ends the exchange after an answer and cancels the timer. Further calls do nothing. */
    public final void end() {
        if (!over) {
            over = true;
            if (deadline != null) {
                deadline.cancel(false);
            }
            release();
        }
    }

    /** Wipes what belongs to the exchange. Called once, when it is over. */
    abstract void release();

    /** Ends the exchange without the filters' answer and interrupts the filters. */
    public final void cancel() {
        end();
        if (thread != null) {
            thread.interrupt();
        }
        if (piece != null) {
            piece.cancel();
        }
    }
}
