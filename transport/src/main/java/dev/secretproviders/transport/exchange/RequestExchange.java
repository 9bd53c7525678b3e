package dev.secretproviders.transport.exchange;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.transport.hosted.HostedCalls;
import dev.secretproviders.transport.route.Decisions;
import dev.secretproviders.transport.route.PreparedRoute;
import dev.secretproviders.transport.route.Step;
import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.HttpReqCallFrame;
import dev.secretproviders.transport.wire.InfoWanted;
import dev.secretproviders.transport.wire.RewrittenRequest;
import dev.secretproviders.transport.wire.TextRequest;
import dev.secretproviders.transport.work.Piece;
import dev.secretproviders.transport.work.Workers;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An HTTPReqCall on its way through its route's filters. Built-in filters run on the event loop until one needs a
 * virtual thread, or until the first of the users' filters, which take over for the rest.
 */
public final class RequestExchange extends Exchange {
    private final HttpReqCallFrame frame;
    private final Workers workers;
    private final TransportStats stats;
    /** How many threads may still read the frame. The last of them wipes it. */
    private final AtomicInteger readers = new AtomicInteger(1);

    private @Nullable RewrittenRequest rewritten;
    private TextRequest view;
    private int step;
    private @Nullable Judgement reached;

    /**
     * Creates the exchange.
     *
     * @param frame the request, which belongs to the exchange from now on
     * @param reached what the first filter said, or null to ask it
     */
    public RequestExchange(
            PreparedRoute route,
            HttpReqCallFrame frame,
            @Nullable Judgement reached,
            Workers workers,
            TransportStats stats) {
        super(route, frame.id(), FilterAnswer.FILTER_FAILED);
        this.frame = frame;
        this.reached = reached;
        this.workers = workers;
        this.stats = stats;
        this.view = frame;
        frame.show(info());
    }

    @Override
    public void proceed(Line line) {
        Judgement judgement = reached;
        reached = null;
        switch (judgement) {
            case null -> runStep(line);
            case Decision _, Judgement.Later _ -> judged(judgement, line);
            case Judgement.Ask(var needs, var next) -> {
                List<InfoWanted> missing = info().missing(needs);
                if (missing.isEmpty()) {
                    judged(Decisions.goOn(route(), next, view), line);
                } else {
                    reached = judgement;
                    want(missing);
                    line.proceed();
                }
            }
        }
    }

    private void runStep(Line line) {
        if (step == route().steps().size()) {
            line.answer(rewritten().answer());
            return;
        }
        switch (route().steps().get(step)) {
            case Step.BuiltIn builtIn -> {
                view = rewritten == null || rewritten.unchanged() ? frame : rewritten.view(info());
                judged(Decisions.judge(route(), builtIn.filter(), view), line);
            }
            case Step.Hosted _ -> {
                List<InfoWanted> missing = info().missing(route().needs(step));
                if (missing.isEmpty()) {
                    host(line);
                } else {
                    want(missing);
                    line.proceed();
                }
            }
        }
    }

    private void judged(@Nullable Judgement judgement, Line line) {
        switch (judgement) {
            case null -> line.decide(null);
            case Decision.Refuse refuse -> line.decide(refuse);
            case Decision.Accept accept -> {
                if (route().only() != null) {
                    line.decide(accept);
                } else {
                    rewritten().apply(accept);
                    step++;
                    runStep(line);
                }
            }
            case Judgement.Ask ask -> {
                reached = ask;
                line.proceed();
            }
            case Judgement.Later later -> judgeLater(later, line);
        }
    }

    private void judgeLater(Judgement.Later later, Line line) {
        readers.incrementAndGet();
        start(new LongJudgement(later, view, line), line);
    }

    /** What a built-in filter does off the event loop. */
    private final class LongJudgement extends Piece {
        private final Judgement.Later later;
        private final TextRequest seen;
        private final Line line;
        private @Nullable Judgement judgement;

        LongJudgement(Judgement.Later later, TextRequest seen, Line line) {
            this.later = later;
            this.seen = seen;
            this.line = line;
        }

        @Override
        protected void work() {
            judgement = Decisions.goOn(route(), later.next(), seen);
        }

        @Override
        protected void done() {
            judged(judgement, line);
        }

        @Override
        protected void failed(Throwable failure) {
            line.failed(failure);
        }

        @Override
        protected void release() {
            RequestExchange.this.release();
        }
    }

    private void host(Line line) {
        start(HostedCalls.request(
                new HostedCalls.Call(frame.id(), frame.token(), route(), step, info()),
                rewritten(),
                workers,
                stats,
                answer -> line.onLoop(() -> line.answer(answer))));
    }

    private RewrittenRequest rewritten() {
        RewrittenRequest request = rewritten;
        if (request == null) {
            request = new RewrittenRequest(frame);
            rewritten = request;
        }
        return request;
    }

    @Override
    void release() {
        if (readers.decrementAndGet() == 0) {
            frame.release();
        }
    }
}
