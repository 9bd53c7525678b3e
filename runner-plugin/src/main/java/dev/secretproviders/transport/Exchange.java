package dev.secretproviders.transport;

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
final class Exchange {
    /** Makes the run once everything that the filters need is there. */
    interface Start {
        Runnable run(HostedInfo info, Consumer<Answer> done);
    }

    private final int id;
    private final Answer failed;
    private final Deque<InfoWanted> wanted;
    private final Start start;
    private final Map<String, String> variables = new HashMap<>();
    private Content body = Content.NONE;
    private @Nullable InfoWanted asked;
    private @Nullable Thread thread;
    private @Nullable Future<?> deadline;

    Exchange(int id, Answer failed, Deque<InfoWanted> wanted, Start start) {
        this.id = id;
        this.failed = failed;
        this.wanted = wanted;
        this.start = start;
    }

    int id() {
        return id;
    }

    /** Returns what to answer when the filters have not. */
    Answer failed() {
        return failed;
    }

    void deadline(Future<?> timer) {
        deadline = timer;
    }

    boolean awaitsInfo() {
        return asked != null;
    }

    /** Returns what to ask APISIX for now, or null when everything is there. */
    @Nullable
    InfoWanted ask() {
        asked = wanted.poll();
        return asked;
    }

    /** Takes the answer to the last question; null means that there is none. */
    void receive(@Nullable Content result) {
        if (result == null || asked == null) {
            return;
        }
        switch (asked) {
            case InfoWanted.Variable(String name) -> variables.put(name, result.text(StandardCharsets.UTF_8));
            case InfoWanted.RequestBody _, InfoWanted.ResponseBody _ -> body = result;
        }
    }

    /** Runs the filters. {@code done} may be called from any thread. */
    void run(Consumer<Answer> done) {
        Runnable filters = start.run(new HostedInfo(variables, body), done);
        thread = Thread.ofVirtual().name("filters").start(filters);
    }

    /** Ends the exchange: no timer, no thread that goes on for nobody. */
    void end() {
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (thread != null) {
            thread.interrupt();
        }
    }
}
