package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.transport.wire.FetchedInfo;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what takes filters too long for the event loop, on threads that may wait. At most as many runs at a time as there
 * are processors, so that the event loops get their share. The others wait in order of arrival, until the deadline of
 * their request interrupts them. Thread-safe.
 */
public final class LongWork {
    private static final Logger LOG = LoggerFactory.getLogger(LongWork.class);

    private final Semaphore turns = new Semaphore(Runtime.getRuntime().availableProcessors(), true);

    /** Creates it with one turn for each processor. */
    public LongWork() {}

    /**
     * Waits for a turn and lets a filter go on. Null if the filter failed.
     *
     * @throws InterruptedException if the thread was interrupted before its turn
     */
    public @Nullable Judgement run(PreparedRoute route, Judgement.Later later, RequestView request)
            throws InterruptedException {
        turns.acquire();
        try {
            return Decisions.goOn(route, later.next(), request);
        } finally {
            turns.release();
        }
    }

    /**
     * Waits for a turn and does a piece of work.
     *
     * @throws InterruptedException if the thread was interrupted before its turn
     */
    public <T> T run(Supplier<T> work) throws InterruptedException {
        turns.acquire();
        try {
            return work.get();
        } finally {
            turns.release();
        }
    }

    /**
     * Asks a filter, and lets it go on until it decides. Null if it failed. A filter has failed, too, if it asks for
     * something that it did not declare ({@link BuiltInFilter.Prepared#needs}).
     *
     * @param info what was fetched, and what {@code request} shows
     * @throws InterruptedException if the thread was interrupted before its turn
     */
    public @Nullable Decision decide(
            PreparedRoute route, BuiltInFilter.Prepared filter, RequestView request, FetchedInfo info)
            throws InterruptedException {
        Judgement judgement = Decisions.judge(route, filter, request);
        while (true) {
            switch (judgement) {
                case null -> {
                    return null;
                }
                case Decision decision -> {
                    return decision;
                }
                case Judgement.Later later -> judgement = run(route, later, request);
                case Judgement.Ask(var needs, var next) -> {
                    if (!info.missing(needs).isEmpty()) {
                        LOG.error(
                                "a built-in filter of route {} asked for what it had not declared",
                                route.id().text());
                        return null;
                    }
                    judgement = Decisions.goOn(route, next, request);
                }
            }
        }
    }
}
