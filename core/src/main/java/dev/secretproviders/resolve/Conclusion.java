package dev.secretproviders.resolve;

import dev.secretproviders.resolve.ResolverListener.FetchOutcome;
import dev.secretproviders.resolve.ResolverListener.ProviderCall;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretVersion;
import dev.secretproviders.timing.Backoff;
import dev.secretproviders.timing.LogIns;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Applies the results of one provider call, all at one moment under the resolver's lock, and then notifies the
 * listeners.
 */
final class Conclusion {
    /** For a secret whose fetch fails while its provider answers about others. */
    private static final Backoff ENTRY_BACKOFF = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));

    private final Engine engine;
    private final ProviderLane lane;
    private final ProviderLane.Call call;
    private final List<FetchRequest> requests;
    private final ProviderId provider;
    private final Overlap overlap;
    private final Listeners.Pending news;
    private final Map<FetchOutcome, Integer> outcomes = new EnumMap<>(FetchOutcome.class);
    private int rotations;

    /**
     * The answers of the provider.
     *
     * @param whole why the call failed as a whole, or null if it did not
     * @param before the previous versions of found secrets, for secrets of which no answer had arrived before
     */
    record Answers(
            @Nullable ProviderException whole,
            Map<SecretPath, FetchResult> results,
            Map<SecretPath, SecretVersion> before) {
        /** Returns whether the provider answered about a secret at all. */
        boolean any() {
            return results.values().stream().anyMatch(result -> !(result instanceof FetchResult.Failed));
        }

        void wipe() {
            results.values().forEach(Conclusion::wipe);
            before.values().forEach(version -> version.content().close());
        }
    }

    /** @param requests the requests of the call's entries, in order */
    Conclusion(Engine engine, ProviderLane lane, ProviderLane.Call call, List<FetchRequest> requests) {
        this.engine = engine;
        this.lane = lane;
        this.call = call;
        this.requests = requests;
        this.provider = lane.provider.id();
        this.overlap = Overlap.of(lane.policy);
        this.news = engine.listeners().new Pending();
    }

    /**
     * Applies the answers; called once for each call.
     *
     * @param asked how often the provider was called
     * @param took how long its answer took, or null if there was none
     * @param logIns the log-ins that the call waited for
     * @return false if the resolver was closed, so that the answers were wiped
     */
    boolean takeOver(Answers answers, long asked, @Nullable Duration took, LogIns logIns) {
        try (var _ = engine.lock().hold()) {
            if (engine.lock().closed()) {
                answers.wipe();
                return false;
            }
            long now = engine.clocks().now();
            lane.took(took);
            lane.ended(call, now, asked);
            settleLane(answers.whole(), now);
            if (answers.any() && engine.lanes().isInForce(lane)) {
                engine.references().preloaded().answered(provider, lane::waitsForAnswer);
            }
            boolean changed = false;
            for (int i = 0; i < requests.size(); i++) {
                SecretEntry entry = call.batch().get(i);
                if (settleEntry(entry, requests.get(i), answers, now)) {
                    news.addChanged(entry.users().references());
                    changed = true;
                }
            }
            ProviderCall made = made(logIns, changed);
            news.add(listener -> listener.called(made));
            engine.lock().signalProgress();
        }
        news.tell();
        return true;
    }

    private ProviderCall made(LogIns logIns, boolean changed) {
        Duration whole = logIns.age();
        Instant began = engine.clocks().instant().minus(whole);
        return new ProviderCall(provider, began, whole, outcomes, rotations, changed, logIns.noted());
    }

    /**
     * Records the result for the provider. Only a call that failed as a whole counts against the provider; one failed
     * secret does not.
     */
    private void settleLane(@Nullable ProviderException whole, long now) {
        ProviderException down = whole != null && ProviderLane.concernsProvider(whole.kind()) ? whole : null;
        boolean inForce = engine.lanes().isInForce(lane);
        Instant clock = engine.clocks().instant();
        if (down != null) {
            String detail = down.kind() + ": " + down.getMessage();
            if (lane.failed(now, engine.clocks().random(), down, clock) && inForce) {
                news.add(listener -> listener.availability(provider, false, detail));
            }
        } else if (lane.answered(now, clock) && inForce) {
            news.add(listener -> listener.availability(provider, true, "answers again"));
        }
        if (lane.budgetChanged() && inForce) {
            ProviderStatus.Budget budget = lane.status(now).budget();
            news.add(listener -> listener.budget(provider, budget));
        }
    }

    /** Returns whether the usable values changed. */
    private boolean settleEntry(SecretEntry entry, FetchRequest request, Answers answers, long now) {
        FetchResult result = answers.results().get(entry.path);
        SecretVersion before = answers.before().get(entry.path);
        if (result == null) {
            result = notUnderstood("the provider gave no answer for it");
        } else if (result instanceof FetchResult.Unchanged && request.knownVersion() == null) {
            result = notUnderstood("the provider reports it as unchanged, but no version was known");
        }
        boolean hadValue = !entry.versions().isEmpty();
        boolean changed;
        try {
            changed = apply(entry, result, before, now);
        } catch (RuntimeException e) {
            // Unreadable content, such as of a secret that the provider has closed. Its references are resolved again,
            // to be safe.
            wipe(result);
            wipe(before);
            result = notUnderstood("unexpected " + e.getClass().getName() + " in its content");
            apply(entry, result, null, now);
            changed = true;
        }
        if (!(result instanceof FetchResult.Failed) && engine.lanes().isInForce(lane)) {
            engine.references().preloaded().forget(provider, entry.path);
        }
        entry.users().forEach(engine.references()::tryNextAddresses);
        String path = entry.path.name();
        FetchOutcome outcome = FetchOutcome.of(result);
        HeldVersion current = result instanceof FetchResult.Found || result instanceof FetchResult.Unchanged
                ? entry.current(now)
                : null;
        String version = current == null ? null : current.name();
        outcomes.merge(outcome, 1, Integer::sum);
        news.add(listener -> listener.fetched(provider, path, outcome, version));
        if (hadValue && (outcome == FetchOutcome.MISSING || outcome == FetchOutcome.GONE)) {
            news.add(listener -> listener.denied(provider, path));
        }
        return changed;
    }

    private static FetchResult notUnderstood(String problem) {
        return new FetchResult.Failed(new ProviderException(ProviderException.Kind.INVALID_ANSWER, problem));
    }

    /** Returns whether the usable values changed. */
    private boolean apply(SecretEntry entry, FetchResult result, @Nullable SecretVersion before, long now) {
        if (lane.existing(entry.path) != entry) {
            // No reference uses it any more.
            wipe(result);
            wipe(before);
            return false;
        }
        return switch (result) {
            case FetchResult.Found found -> {
                entry.freshFor(lane.effectiveTtl().toNanos());
                boolean changed = found(entry, found.version(), before, now);
                lane.finished(entry, now, now + (entry.current(now) == null ? negativePause() : refreshPause()));
                yield changed;
            }
            case FetchResult.Unchanged _ -> {
                unchanged(entry, now);
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
                entry.failed(failed.cause());
                long pause = lane.down()
                        ? Math.max(0, lane.pausedUntil() - now)
                        : ENTRY_BACKOFF.pause(entry.failures(), engine.clocks().random());
                lane.finished(entry, now, now + pause);
                yield false;
            }
        };
    }

    private boolean found(SecretEntry entry, SecretVersion fetched, @Nullable SecretVersion before, long now) {
        Instant clock = engine.clocks().instant();
        long staleAt = now + lane.policy.staleTtl().toNanos();
        boolean first = entry.neverAnswered();
        HeldVersion held = HeldVersion.take(fetched, entry.users().needs(), engine.digester(), clock, staleAt);
        String denial = engine.references().denialOf(held, entry, lane);
        if (denial != null) {
            held.wipe();
            wipe(before);
            return denied(entry, denial, true, now);
        }
        HeldVersion known = entry.current(now);
        boolean changed = entry.found(held, clock, now);
        boolean replaced = entry.history().latest() == held;
        engine.usable().hold(replaced || known == null ? held : known, entry);
        if (replaced && known != null) {
            if (overlap.exists()) {
                engine.usable().hold(known, entry);
            } else {
                engine.usable().drop(List.of(known));
                // Its values are used until the listeners have the new ones.
                news.after(known::wipe);
            }
            String from = known.id();
            String to = held.id();
            rotations++;
            news.add(listener -> listener.rotated(provider, entry.path.name(), from, to));
        }
        if (before != null) {
            rememberEarlier(entry, before, first, overlap.endOfEarlier(fetched.createdAt(), clock, now), now);
        }
        return changed;
    }

    private void rememberEarlier(SecretEntry entry, SecretVersion before, boolean first, long end, long now) {
        HeldVersion earlier = HeldVersion.take(
                before,
                entry.users().needs(),
                engine.digester(),
                engine.clocks().instant(),
                end);
        if (!first) {
            // It was fetched for its values. A version that has ended since does not come back.
            entry.history().fill(earlier);
        } else if (engine.references().denialOf(earlier, entry, lane) == null) {
            entry.history().remember(earlier, now);
            engine.usable().hold(earlier, entry);
        } else {
            earlier.wipe();
        }
    }

    private void unchanged(SecretEntry entry, long now) {
        HeldVersion held = entry.current(now);
        if (held == null) {
            // The version expired during the call; the value has to be fetched again.
            entry.history().prune(now);
            lane.finished(entry, now, now);
            return;
        }
        entry.freshFor(lane.effectiveTtl().toNanos());
        entry.unchanged(engine.clocks().instant(), now);
        engine.usable().hold(held, entry);
        lane.finished(entry, now, now + refreshPause());
    }

    private boolean denied(SecretEntry entry, String reason, boolean wasDeleted, long now) {
        engine.usable().drop(entry.versions());
        return entry.denied(reason, wasDeleted, now);
    }

    private long refreshPause() {
        return engine.clocks().inSecondHalf(lane.effectiveTtl());
    }

    private long negativePause() {
        return engine.clocks().inSecondHalf(lane.policy.negativeTtl());
    }

    private static void wipe(FetchResult result) {
        if (result instanceof FetchResult.Found found) {
            wipe(found.version());
        }
    }

    private static void wipe(@Nullable SecretVersion version) {
        if (version != null) {
            version.content().close();
        }
    }
}
