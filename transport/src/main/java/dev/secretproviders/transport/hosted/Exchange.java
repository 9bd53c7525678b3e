package dev.secretproviders.transport.hosted;

import dev.secretproviders.transport.route.RouteId;
import dev.secretproviders.transport.wire.Content;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.InfoWanted;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request that hosted filters answer. First APISIX is asked for the information that they need, then they run on a
 * virtual thread. Used only by its connection's event loop.
 */
public final class Exchange {
    /** Creates the run when all information that the filters need has arrived. */
    interface Start {
        Runnable run(HostedInfo info, Consumer<FilterAnswer> done);
    }

    private final RouteId route;
    private final int id;
    private final FilterAnswer failed;
    private final Deque<InfoWanted> wanted;
    private final Start start;
    private final Map<String, String> variables = new HashMap<>();
    private Content body = Content.NONE;
    private @Nullable InfoWanted asked;
    private @Nullable Thread thread;
    private @Nullable Future<?> deadline;

    Exchange(RouteId route, int id, FilterAnswer failed, Deque<InfoWanted> wanted, Start start) {
        this.route = route;
        this.id = id;
        this.failed = failed;
        this.wanted = wanted;
        this.start = start;
    }

    /** Returns the route of the request. */
    public RouteId route() {
        return route;
    }

    /** Returns the bits of the unsigned id of the request. */
    public int id() {
        return id;
    }

    /** Returns the answer to send if the filters give none. */
    public FilterAnswer failed() {
        return failed;
    }

    /** Sets the timer that {@link #end} cancels. */
    public void deadline(Future<?> timer) {
        deadline = timer;
    }

    /** Returns whether APISIX was asked for information and has not replied. */
    public boolean awaitsInfo() {
        return asked != null;
    }

    /** Returns the next information to ask APISIX for, or null if nothing is missing. */
    @Nullable
    public InfoWanted ask() {
        asked = wanted.poll();
        return asked;
    }

    /**
     * Receives the information that was last asked for.
     *
     * @param result null for a variable without value or a request without body; a filter sees both as empty, as in the
     *     official runner
     */
    public void receive(@Nullable Content result) {
        Content content = result == null ? Content.NONE : result;
        switch (asked) {
            case InfoWanted.Variable(String name) -> variables.put(name, content.text(StandardCharsets.UTF_8));
            case InfoWanted.RequestBody _, InfoWanted.ResponseBody _ -> body = content;
            case null -> throw new IllegalStateException("nothing was asked");
        }
    }

    /** Runs the filters. {@code done} may be called from any thread. */
    public void run(Consumer<FilterAnswer> done) {
        Runnable filters = start.run(new HostedInfo(variables, body), done);
        thread = Thread.ofVirtual().name("filters").start(filters);
    }

    /** Ends the exchange after an answer and cancels the timer. */
    public void end() {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    /** Ends the exchange without the filters' answer and interrupts the filters. */
    public void cancel() {
        end();
        if (thread != null) {
            thread.interrupt();
        }
    }
}
