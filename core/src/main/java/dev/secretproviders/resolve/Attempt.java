package dev.secretproviders.resolve;

import dev.secretproviders.resolve.ResolverListener.Outcome;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call of a provider for one or more secrets. */
final class Attempt implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);
    private static final Backoff ENTRY_BACKOFF = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));
    /** A provider that ignores its own time limit is given up after this many of them. */
    private static final int TIMEOUTS_TO_GIVE_UP = 2;

    private final Resolver resolver;
    private final ProviderLane lane;
    private final ProviderLane.Call call;
    private final List<SecretEntry> batch;
    private final List<FetchRequest> requests;
    /** Those of which nothing was heard before. */
    private final List<SecretPath> firstAsked;

    /** How often the provider was called. */
    private final AtomicInteger asked = new AtomicInteger();

    private final AtomicBoolean over = new AtomicBoolean();
    private volatile @Nullable Thread runner;
    private volatile @Nullable Duration answeredAfter;

    Attempt(Resolver resolver, ProviderLane lane, ProviderLane.Call call) {
        this.resolver = resolver;
        this.lane = lane;
        this.call = call;
        this.batch = call.batch();
        this.requests = batch.stream()
                .map(entry -> FetchRequest.of(entry.path, entry.knownVersion()))
                .toList();
        this.firstAsked = batch.stream()
                .filter(SecretEntry::neverAnswered)
                .map(entry -> entry.path)
                .toList();
    }

    void armWatchdog() {
        ScheduledExecutorService timer = resolver.timer;
        if (timer == null || over.get()) {
            return;
        }
        long limit = lane.policy.timeout().toNanos() * TIMEOUTS_TO_GIVE_UP;
        try {
            var _ = timer.schedule(this::giveUp, limit, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException ignored) {
            // The resolver is closing; so is this attempt.
        }
    }

    private void giveUp() {
        if (!over.compareAndSet(false, true)) {
            return;
        }
        Thread stuck = runner;
        if (stuck != null) {
            stuck.interrupt();
        }
        ProviderException tooLong =
                new ProviderException(ProviderException.Kind.TIMEOUT, "no answer within twice the provider's timeout");
        conclude(tooLong, everyFailed(tooLong), Map.of());
    }

    @Override
    public void run() {
        runner = Thread.currentThread();
        if (over.get()) {
            return;
        }
        long start = resolver.ticker.read();
        asked.incrementAndGet();
        ProviderException whole = null;
        Map<SecretPath, FetchResult> results;
        try {
            results = Map.copyOf(lane.provider.fetch(requests));
        } catch (ProviderException e) {
            whole = e;
            results = everyFailed(whole);
        } catch (InterruptedException e) {
            whole = new ProviderException(ProviderException.Kind.TIMEOUT, "interrupted");
            results = everyFailed(whole);
        } catch (RuntimeException | Error e) {
            // The message of an exception nobody expected may quote what it stumbled over, so it is not passed on.
            results = everyFailed(new ProviderException(
                    ProviderException.Kind.INVALID_ANSWER,
                    "unexpected " + e.getClass().getName() + " in the provider"));
        }
        Duration took = Duration.ofNanos(resolver.ticker.read() - start);
        answeredAfter = took;
        resolver.tell(listener -> listener.asked(lane.provider.id(), took));
        Map<SecretPath, SecretVersion> before = versionsBeforeOurTime(results, start);
        if (over.compareAndSet(false, true)) {
            conclude(whole, results, before);
        } else {
            wipe(results.values(), before.values());
        }
    }

    /** In the middle of a hand-over a runner that just started must know the key from before it, too. */
    private Map<SecretPath, SecretVersion> versionsBeforeOurTime(Map<SecretPath, FetchResult> results, long start) {
        Map<SecretPath, SecretVersion> before = new HashMap<>();
        long limit = lane.policy.timeout().toNanos();
        for (SecretPath path : firstAsked) {
            // A large batch could use up the time after which the whole of it is given up.
            boolean timeIsLeft = resolver.ticker.read() - start < limit && !over.get();
            if (timeIsLeft && results.get(path) instanceof FetchResult.Found found) {
                try {
                    SecretVersion earlier = null;
                    if (isHandOver(path, found)) {
                        asked.incrementAndGet();
                        earlier = lane.provider.fetchPrevious(
                                path, found.version().id());
                    }
                    if (earlier != null) {
                        before.put(path, earlier);
                    }
                } catch (InterruptedException e) {
                    // Given up or closed: either way nobody waits for more.
                    return before;
                } catch (ProviderException | RuntimeException e) {
                    // The current version is what matters; the one before it is a courtesy that can fail.
                    LOG.debug(
                            "no previous version of a secret: {}", e.getClass().getName());
                }
            }
        }
        return before;
    }

    private boolean isHandOver(SecretPath path, FetchResult.Found found) {
        Instant createdAt = found.version().createdAt();
        return createdAt != null
                && path.followsRotation()
                && createdAt.plus(lane.policy.overlap()).isAfter(resolver.clock.instant());
    }

    private Map<SecretPath, FetchResult> everyFailed(ProviderException cause) {
        Map<SecretPath, FetchResult> results = new HashMap<>();
        batch.forEach(entry -> results.put(entry.path, new FetchResult.Failed(cause)));
        return results;
    }

    /** Takes over what was answered; called once, by whoever ended the attempt. */
    private void conclude(
            @Nullable ProviderException whole,
            Map<SecretPath, FetchResult> results,
            Map<SecretPath, SecretVersion> before) {
        List<Runnable> news = new ArrayList<>();
        Set<SecretReference> changed = new HashSet<>();
        resolver.lock.lock();
        try {
            if (resolver.closed) {
                wipe(results.values(), before.values());
                return;
            }
            long now = resolver.ticker.read();
            settleLane(whole, now, news);
            for (int i = 0; i < batch.size(); i++) {
                if (conclude(batch.get(i), requests.get(i), results, before, now, news)) {
                    changed.addAll(batch.get(i).references());
                }
            }
            resolver.settled.signalAll();
        } finally {
            resolver.lock.unlock();
        }
        news.forEach(Runnable::run);
        if (!changed.isEmpty()) {
            resolver.tell(listener -> listener.changed(changed));
        }
        resolver.pump();
    }

    private boolean conclude(
            SecretEntry entry,
            FetchRequest request,
            Map<SecretPath, FetchResult> results,
            Map<SecretPath, SecretVersion> before,
            long now,
            List<Runnable> news) {
        FetchResult result = results.get(entry.path);
        if (result == null) {
            result = notUnderstood("the provider gave no answer for it");
        } else if (result instanceof FetchResult.Unchanged && request.knownVersion() == null) {
            result = notUnderstood("the provider says that it is unchanged, but nothing was known of it");
        }
        boolean hadValue = !entry.versions().isEmpty();
        boolean changed;
        try {
            changed = apply(entry, result, before.get(entry.path), now, news);
        } catch (RuntimeException e) {
            // Content that cannot be read, as of a secret that the provider has closed. What its references stand for
            // is looked at anew to be sure.
            SecretVersion earlier = before.get(entry.path);
            wipe(List.of(result), earlier == null ? List.of() : List.of(earlier));
            result = notUnderstood("unexpected " + e.getClass().getName() + " in its content");
            apply(entry, result, null, now, news);
            changed = true;
        }
        List.copyOf(entry.users).forEach(user -> resolver.lookAtNextAddress(user, now));
        Outcome outcome = outcome(result);
        news.add(() -> resolver.tell(listener -> listener.fetched(lane.provider.id(), entry.path.name(), outcome)));
        if (hadValue && (outcome == Outcome.MISSING || outcome == Outcome.GONE)) {
            news.add(() -> resolver.tell(listener -> listener.denied(lane.provider.id(), entry.path.name())));
        }
        return changed;
    }

    private static FetchResult notUnderstood(String problem) {
        return new FetchResult.Failed(new ProviderException(ProviderException.Kind.INVALID_ANSWER, problem));
    }

    /** One secret that cannot be asked for says nothing about the provider; a call that failed as a whole does. */
    private void settleLane(@Nullable ProviderException whole, long now, List<Runnable> news) {
        ProviderException down = whole != null && ProviderLane.concernsProvider(whole.kind()) ? whole : null;
        ProviderId id = lane.provider.id();
        lane.took(answeredAfter);
        lane.ended(call, now, asked.get());
        boolean inForce = resolver.lanes.get(id) == lane;
        if (down != null) {
            String detail = down.kind() + ": " + down.getMessage();
            if (lane.failed(now, resolver.random, down, resolver.clock.instant()) && inForce) {
                news.add(() -> resolver.tell(listener -> listener.availability(id, false, detail)));
            }
        } else if (lane.answered(now, resolver.clock.instant()) && inForce) {
            news.add(() -> resolver.tell(listener -> listener.availability(id, true, "answers again")));
        }
        if (lane.budgetChanged() && inForce) {
            ProviderStatus.Budget budget = lane.status(now).budget();
            news.add(() -> resolver.tell(listener -> listener.budget(id, budget)));
        }
    }

    /** Returns whether what may be used changed. */
    private boolean apply(
            SecretEntry entry, FetchResult result, @Nullable SecretVersion before, long now, List<Runnable> news) {
        if (lane.existing(entry.path) != entry) {
            // Nobody wants it any more.
            wipe(List.of(result), before == null ? List.of() : List.of(before));
            return false;
        }
        return switch (result) {
            case FetchResult.Found found -> {
                entry.freshFor(lane.effectiveTtl().toNanos());
                boolean changed = found(entry, found.version(), before, now, news);
                lane.finished(entry, now, now + (entry.current(now) == null ? negativePause() : refreshPause()));
                yield changed;
            }
            case FetchResult.Unchanged unchanged -> {
                HeldVersion held = entry.current(now);
                if (held == null) {
                    // It expired while the question was under way; the value has to be fetched again.
                    entry.prune(now);
                    lane.finished(entry, now, now);
                    yield false;
                }
                entry.freshFor(lane.effectiveTtl().toNanos());
                entry.unchanged(resolver.clock.instant(), now);
                resolver.hold(held, entry);
                lane.finished(entry, now, now + refreshPause());
                yield false;
            }
            case FetchResult.Missing missing -> {
                boolean changed = denied(entry, missing.reason(), false, now);
                lane.finished(entry, now, now + negativePause());
                yield changed;
            }
            case FetchResult.Gone gone -> {
                boolean changed = denied(entry, gone.reason(), true, now);
                lane.finished(entry, now, now + negativePause());
                yield changed;
            }
            case FetchResult.Failed failed -> {
                int failures = entry.failed(failed.cause());
                long pause = lane.down()
                        ? Math.max(0, lane.pausedUntil() - now)
                        : ENTRY_BACKOFF.pause(failures, resolver.random);
                lane.finished(entry, now, now + pause);
                yield false;
            }
        };
    }

    private boolean found(
            SecretEntry entry, SecretVersion fetched, @Nullable SecretVersion before, long now, List<Runnable> news) {
        Instant clockNow = resolver.clock.instant();
        HeldVersion held = HeldVersion.take(
                fetched,
                resolver.digester,
                clockNow,
                now + lane.policy.staleTtl().toNanos());
        Revocation denial = resolver.revoked.of(lane.provider.id(), entry.path.name(), held.id());
        if (denial != null) {
            if (before != null) {
                before.content().close();
            }
            return denied(entry, denial.problem(), true, now);
        }
        HeldVersion known = entry.current(now);
        boolean changed = entry.found(held, clockNow, now);
        HeldVersion inForce = changed || known == null ? held : known;
        resolver.hold(inForce, entry);
        if (changed && known != null) {
            if (lane.policy.overlap().isPositive()) {
                resolver.hold(known, entry);
            } else {
                resolver.usable.invalidate(known);
            }
            ProviderId id = lane.provider.id();
            String from = known.id();
            news.add(() -> resolver.tell(listener -> listener.rotated(id, entry.path.name(), from, held.id())));
        }
        if (before != null) {
            rememberEarlier(entry, before, fetched.createdAt(), clockNow, now);
        }
        return changed;
    }

    private void rememberEarlier(
            SecretEntry entry, SecretVersion before, @Nullable Instant replacedAt, Instant clockNow, long now) {
        Duration overlap = lane.policy.overlap();
        Duration left = replacedAt == null ? overlap : Duration.between(clockNow, replacedAt.plus(overlap));
        // A manager whose clock is ahead of ours must not lengthen the overlap.
        long end = now + Math.min(left.toNanos(), overlap.toNanos());
        HeldVersion earlier = HeldVersion.take(before, resolver.digester, clockNow, end);
        if (resolver.revoked.of(lane.provider.id(), entry.path.name(), earlier.id()) != null) {
            return;
        }
        entry.remember(earlier, now);
        resolver.hold(earlier, entry);
    }

    private boolean denied(SecretEntry entry, String reason, boolean wasDeleted, long now) {
        resolver.usable.invalidateAll(entry.versions());
        return entry.denied(reason, wasDeleted, now);
    }

    private long refreshPause() {
        long ttl = lane.effectiveTtl().toNanos();
        return ttl / 2 + resolver.random.nextLong(ttl / 2 + 1);
    }

    private long negativePause() {
        long ttl = lane.policy.negativeTtl().toNanos();
        return ttl / 2 + resolver.random.nextLong(ttl / 2 + 1);
    }

    private static void wipe(Collection<FetchResult> results, Collection<SecretVersion> before) {
        for (FetchResult result : results) {
            if (result instanceof FetchResult.Found found) {
                found.version().content().close();
            }
        }
        before.forEach(version -> version.content().close());
    }

    private static Outcome outcome(FetchResult result) {
        return switch (result) {
            case FetchResult.Found found -> Outcome.FOUND;
            case FetchResult.Unchanged unchanged -> unchanged.valueRead() ? Outcome.UNCHANGED : Outcome.CHECKED;
            case FetchResult.Missing missing -> Outcome.MISSING;
            case FetchResult.Gone gone -> Outcome.GONE;
            case FetchResult.Failed failed ->
                Outcome.valueOf(failed.cause().kind().name());
        };
    }
}
