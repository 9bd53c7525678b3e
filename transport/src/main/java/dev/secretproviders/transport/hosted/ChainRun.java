package dev.secretproviders.transport.hosted;

import dev.secretproviders.transport.route.PreparedRoute;
import dev.secretproviders.transport.route.Step;
import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.wire.Failures;
import dev.secretproviders.transport.wire.FilterAnswer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a route's filters for one request.
 *
 * <p>A filter calls its chain once to run the next filter. It may do so from any thread, before or after it returns. A
 * filter may also stop the request, and then no later filter runs. The run ends when no filter runs any more and the
 * chain is over. It is over at its end, or when the filter that stopped the request has called its chain or returned. A
 * filter that returned without doing either may still do so later. If it does not, the deadline of the request answers
 * 503, so no request passes by default.
 */
abstract sealed class ChainRun permits RequestRun, ResponseRun {
    private static final Logger LOG = LoggerFactory.getLogger(ChainRun.class);

    private final PreparedRoute route;
    private final TransportStats stats;
    private final Consumer<FilterAnswer> done;
    private final AtomicBoolean answered = new AtomicBoolean();
    private int running;
    private boolean ended;

    ChainRun(PreparedRoute route, TransportStats stats, Consumer<FilterAnswer> done) {
        this.route = route;
        this.stats = stats;
        this.done = done;
    }

    /** Runs the step at {@code index}, and the steps after it for as long as filters call their chains at once. */
    final void proceed(int index) {
        enter();
        try {
            List<Step> steps = route.steps();
            if (stopped() || index == steps.size()) {
                end();
            } else {
                run(steps.get(index), index + 1);
            }
        } catch (Throwable e) {
            if (!answered.get()) {
                LOG.error(
                        "a filter of route {} failed at step {}: {}",
                        route.id().text(),
                        index + 1,
                        Failures.describe(e));
            }
            fail();
        } finally {
            exit();
        }
    }

    abstract void run(Step step, int next) throws InterruptedException;

    abstract boolean stopped();

    abstract boolean stoppedBy(Thread thread);

    abstract FilterAnswer answer();

    abstract FilterAnswer failed();

    final PreparedRoute route() {
        return route;
    }

    final TransportStats stats() {
        return stats;
    }

    final synchronized void end() {
        ended = true;
    }

    final void fail() {
        if (answered.compareAndSet(false, true)) {
            stats.filterFailures.increment();
            done.accept(failed());
        }
    }

    private synchronized void enter() {
        running++;
    }

    private void exit() {
        boolean over;
        synchronized (this) {
            running--;
            // A stop that another thread began may be incomplete. That thread's call of the chain ends the run.
            over = running == 0 && (ended || stoppedBy(Thread.currentThread()));
        }
        if (over && answered.compareAndSet(false, true)) {
            done.accept(answer());
        }
    }
}
