package dev.secretproviders.resolve;

import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretVersion;
import dev.secretproviders.timing.LogIns;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call of a provider for one or more secrets. It is made or abandoned, and then concluded exactly once. */
final class Attempt implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);
    /** A provider that ignores its own time limit is abandoned after this many of them. */
    private static final int TIMEOUTS_TO_GIVE_UP = 2;

    private final Engine engine;
    private final FetchScheduler scheduler;
    private final ProviderLane lane;
    private final ProviderLane.Call call;
    private final List<FetchRequest> requests;
    /** The secrets whose previous versions are needed, too. */
    private final List<SecretPath> withPrevious;

    /** How often the provider was called. */
    private final AtomicInteger asked = new AtomicInteger();

    private final LogIns logIns = new LogIns();
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile @Nullable Thread runner;
    private volatile @Nullable Duration answeredAfter;

    /** Creates it, under the resolver's lock. */
    Attempt(Engine engine, FetchScheduler scheduler, ProviderLane lane, ProviderLane.Call call) {
        this.engine = engine;
        this.scheduler = scheduler;
        this.lane = lane;
        this.call = call;
        this.requests = call.batch().stream()
                .map(entry -> FetchRequest.of(entry.path, entry.knownVersion()))
                .toList();
        long now = engine.clocks().now();
        this.withPrevious = call.batch().stream()
                .filter(entry -> entry.needsPrevious(now))
                .map(entry -> entry.path)
                .toList();
    }

    /** Returns the time after which the attempt is abandoned. */
    Duration limit() {
        return lane.policy.timeout().multipliedBy(TIMEOUTS_TO_GIVE_UP);
    }

    boolean isOver() {
        return over.get();
    }

    /** Interrupts the call if it still runs, and concludes it as failed. */
    void giveUp() {
        if (!over.compareAndSet(false, true)) {
            return;
        }
        Thread stuck = runner;
        if (stuck != null) {
            stuck.interrupt();
        }
        ProviderException tooLong =
                new ProviderException(ProviderException.Kind.TIMEOUT, "no answer within twice the provider's timeout");
        conclude(new Conclusion.Answers(tooLong, failAll(tooLong), Map.of()));
    }

    @Override
    public void run() {
        runner = Thread.currentThread();
        if (!over.get()) {
            logIns.noting(this::ask);
        }
    }

    private void ask() {
        long start = engine.clocks().now();
        asked.incrementAndGet();
        ProviderException whole = null;
        Map<SecretPath, FetchResult> results;
        try {
            results = Map.copyOf(lane.provider.fetch(requests));
        } catch (ProviderException e) {
            whole = e;
            results = failAll(whole);
        } catch (InterruptedException e) {
            whole = new ProviderException(ProviderException.Kind.TIMEOUT, "interrupted");
            results = failAll(whole);
        } catch (RuntimeException | Error e) {
            // The message of an unexpected exception may quote its input, so it is not passed on.
            results = failAll(new ProviderException(
                    ProviderException.Kind.INVALID_ANSWER,
                    "unexpected " + e.getClass().getName() + " in the provider"));
        }
        Duration took = Duration.ofNanos(engine.clocks().now() - start);
        answeredAfter = took;
        engine.listeners().tell(listener -> listener.asked(lane.provider.id(), took));
        Conclusion.Answers answers = new Conclusion.Answers(whole, results, versionsBeforeStart(results, start));
        if (over.compareAndSet(false, true)) {
            conclude(answers);
        } else {
            answers.wipe();
        }
    }

    private void conclude(Conclusion.Answers answers) {
        if (new Conclusion(engine, lane, call, requests).takeOver(answers, asked.get(), answeredAfter, logIns)) {
            scheduler.pump();
        }
    }

    /**
     * Returns the versions before the current ones. A runner started during a key hand-over must know the previous key
     * too.
     */
    private Map<SecretPath, SecretVersion> versionsBeforeStart(Map<SecretPath, FetchResult> results, long start) {
        Map<SecretPath, SecretVersion> before = new HashMap<>();
        Overlap overlap = Overlap.of(lane.policy);
        long limit = lane.policy.timeout().toNanos();
        for (SecretPath path : withPrevious) {
            // A large batch could use up the time after which the whole attempt is abandoned.
            boolean timeIsLeft = engine.clocks().now() - start < limit && !over.get();
            if (timeIsLeft && results.get(path) instanceof FetchResult.Found found) {
                try {
                    SecretVersion earlier = null;
                    if (path.followsRotation()
                            && overlap.isOpen(
                                    found.version().createdAt(), engine.clocks().instant())) {
                        asked.incrementAndGet();
                        earlier = lane.provider.fetchPrevious(
                                path, found.version().id());
                    }
                    if (earlier != null) {
                        before.put(path, earlier);
                    }
                } catch (InterruptedException e) {
                    // The attempt was abandoned or the resolver closed; no more answers are needed.
                    return before;
                } catch (ProviderException | RuntimeException e) {
                    // The current version matters most; the one before it may be missing.
                    LOG.debug(
                            "no previous version of a secret: {}", e.getClass().getName());
                }
            }
        }
        return before;
    }

    private Map<SecretPath, FetchResult> failAll(ProviderException cause) {
        Map<SecretPath, FetchResult> results = new HashMap<>();
        requests.forEach(request -> results.put(request.path(), new FetchResult.Failed(cause)));
        return results;
    }
}
