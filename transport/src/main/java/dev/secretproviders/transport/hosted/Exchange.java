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
 * A request that filters of others are to answer: first APISIX is asked for what they need, then they run on a virtual
 * thread. Used by the event loop of its connection only.
 */
public final class Exchange {
    /** Makes the run once everything that the filters need is there. */
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

    public RouteId route() {
        return route;
    }

    public int id() {
        return id;
    }

    /** Returns what to answer when the filters have not. */
    public FilterAnswer failed() {
        return failed;
    }

    public void deadline(Future<?> timer) {
        deadline = timer;
    }

    public boolean awaitsInfo() {
        return asked != null;
    }

    /** Returns what to ask APISIX for now, or null when everything is there. */
    @Nullable
    public InfoWanted ask() {
        asked = wanted.poll();
        return asked;
    }

    /**
     * Takes the answer to the last question. There is none for a variable without value or a request without body: both are
     * empty to a filter, as in the official runner.
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

    /** Ends the exchange with an answer: the timer has nothing left to do. */
    public void end() {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    /** Ends the exchange without the filters' answer: nobody waits for them any more, so they are interrupted. */
    public void cancel() {
        end();
        if (thread != null) {
            thread.interrupt();
        }
    }
}
