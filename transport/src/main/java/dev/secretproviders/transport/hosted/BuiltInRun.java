package dev.secretproviders.transport.hosted;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.transport.route.BuiltInFilter;
import dev.secretproviders.transport.route.Decisions;
import dev.secretproviders.transport.route.PreparedRoute;
import dev.secretproviders.transport.wire.FetchedInfo;
import dev.secretproviders.transport.work.Workers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a built-in filter between users' filters, on their thread. What takes long is done by workers meanwhile. */
final class BuiltInRun {
    private static final Logger LOG = LoggerFactory.getLogger(BuiltInRun.class);

    private final PreparedRoute route;
    private final RequestView request;
    private @Nullable Judgement judgement;

    private BuiltInRun(PreparedRoute route, RequestView request) {
        this.route = route;
        this.request = request;
    }

    /**
     * Asks a filter, and lets it go on until it decides. Null if it failed. A filter has failed, too, if it asks for
     * something that it did not declare ({@link BuiltInFilter.Prepared#needs}).
     *
     * @param info what was fetched, and what {@code request} shows
     * @throws InterruptedException if the thread was interrupted while workers had to do something
     */
    static @Nullable Decision decide(
            PreparedRoute route, BuiltInFilter.Prepared filter, RequestView request, FetchedInfo info, Workers workers)
            throws InterruptedException {
        BuiltInRun run = new BuiltInRun(route, request);
        run.judgement = Decisions.judge(route, filter, request);
        return run.finish(info, workers);
    }

    private @Nullable Decision finish(FetchedInfo info, Workers workers) throws InterruptedException {
        while (true) {
            switch (judgement) {
                case null -> {
                    return null;
                }
                case Decision decision -> {
                    return decision;
                }
                case Judgement.Later later -> workers.call(() -> goOn(later.next()));
                case Judgement.Ask(var needs, var next) -> {
                    if (!info.missing(needs).isEmpty()) {
                        LOG.error(
                                "a built-in filter of route {} asked for what it had not declared",
                                route.id().text());
                        return null;
                    }
                    goOn(next);
                }
            }
        }
    }

    private void goOn(Judgement.Next next) {
        judgement = Decisions.goOn(route, next, request);
    }
}
