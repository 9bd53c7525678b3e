package dev.secretproviders.control;

import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.ListWatch;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runners that share the store. Each writes a small entry, a sign of life, once a minute, and follows the entries
 * of the others. The entries are not part of the store's manifest, so that they do not compete with changes for it. An
 * entry that no runner wrote for a day is removed. A runner that stops removes its own.
 *
 * <p>The store's report of a runner's own entry shows how far the runner is behind the store. With a store of its own,
 * a runner writes nothing and knows only itself.
 *
 * <p>Thread-safe. {@link #start} and {@link #close} block for I/O; {@link #all} reads memory only.
 */
public final class RunnerHeartbeats implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunnerHeartbeats.class);
    static final String PREFIX = "runner/";
    /** The time between two signs of life. */
    public static final Duration INTERVAL = Duration.ofMinutes(1);
    /** A runner that is silent for longer is shown as silent. It may have missed one sign. */
    public static final Duration SILENT = INTERVAL.multipliedBy(5).dividedBy(2);

    private static final Duration KEPT = Duration.ofDays(1);
    /** The most runners in memory. */
    private static final int MOST = 1_000;

    private final @Nullable Store store;
    private final RunnerIdentity self;
    private final Supplier<RunnerState> state;
    private final InstantSource clock;
    private final Duration interval;
    private final ScheduledExecutorService beating = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("runner-heartbeats").factory());

    private final Object lock = new Object();
    /** By the key in the store. */
    private final Map<String, Known> known = new HashMap<>();
    /** When each own sign was written that the store has not reported yet, by its number. */
    private final Map<Long, Long> unheard = new HashMap<>();

    private long beats;
    private long watched;
    private long delayMillis = -1;

    private @Nullable ListWatch watch;

    /**
     * A runner as this one knows it.
     *
     * @param heartbeat its last sign of life; for this runner, its state now
     * @param seenAt when that sign arrived here; for one from before the start, when it was written
     * @param silent whether it has been silent for too long
     * @param self whether it is this runner
     */
    public record Peer(Heartbeat heartbeat, Instant seenAt, boolean silent, boolean self) {}

    private record Known(Heartbeat heartbeat, long revision, Instant seenAt) {}

    /**
     * Creates the service.
     *
     * @param store the store that runners share, or null if only this runner uses its store
     * @param state returns the state of this runner
     */
    public RunnerHeartbeats(
            @Nullable Store store, RunnerIdentity self, Supplier<RunnerState> state, InstantSource clock) {
        this(store, self, state, clock, INTERVAL);
    }

    RunnerHeartbeats(
            @Nullable Store store,
            RunnerIdentity self,
            Supplier<RunnerState> state,
            InstantSource clock,
            Duration interval) {
        this.store = store;
        this.self = self;
        this.state = state;
        this.clock = clock;
        this.interval = interval;
    }

    /** Begins to give signs of life and to follow those of the others. */
    public void start() {
        Store shared = store;
        if (shared == null) {
            return;
        }
        watch = ListWatch.startWhenReadable(shared, Range.prefix(PREFIX), new ListWatch.Listener() {
            @Override
            public void listed(Listing listing) {
                takeOver(listing);
            }

            @Override
            public void restarted() {
                synchronized (lock) {
                    watched = 0;
                    known.replaceAll((_, runner) -> new Known(runner.heartbeat(), 0, runner.seenAt()));
                }
            }

            @Override
            public void changed(List<Store.Change> changes) {
                for (Store.Change change : changes) {
                    learn(change);
                }
            }

            @Override
            public void unreadable(StoreException cause) {
                LOG.debug("the runners cannot be read from the store: {}", cause.getMessage());
            }
        });
        var _ = beating.scheduleWithFixedDelay(this::beatOrLog, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Returns all runners, this one first, then by node. */
    public List<Peer> all() {
        Instant now = clock.instant();
        RunnerState mine = state.get();
        List<Peer> peers = new ArrayList<>();
        synchronized (lock) {
            peers.add(new Peer(own(beats, now, mine), now, false, true));
            known.forEach((key, runner) -> {
                if (!runner.heartbeat().runner().id().equals(self.id())) {
                    boolean silent = runner.seenAt().plus(SILENT).isBefore(now);
                    peers.add(new Peer(runner.heartbeat(), runner.seenAt(), silent, false));
                }
            });
        }
        peers.sort(Comparator.comparing((Peer peer) -> !peer.self())
                .thenComparing(peer -> peer.heartbeat().runner().node())
                .thenComparing(peer -> peer.heartbeat().runner().id()));
        return peers;
    }

    /** Returns the newest revision of the store that this runner's watch reported; 0 if none. */
    public long watched() {
        synchronized (lock) {
            return watched;
        }
    }

    private String key() {
        return PREFIX + self.id();
    }

    private Heartbeat own(long beat, Instant now, RunnerState mine) {
        long oldest = unheard.values().stream().mapToLong(Long::longValue).min().orElse(now.toEpochMilli());
        long waiting = Math.max(0, now.toEpochMilli() - oldest) / 1_000;
        // A sign is reported within a second or so. Until then it does not count as behind.
        return new Heartbeat(self, now, beat, watched, delayMillis, waiting < SILENT.toSeconds() ? 0 : waiting, mine);
    }

    private void beatOrLog() {
        try {
            beat();
            removeOld();
        } catch (StoreException | RuntimeException e) {
            // Repeated after the interval. The store's own health shows that it cannot be reached.
            LOG.debug("the sign of life of this runner was not written: {}", e.getMessage());
        }
    }

    private void beat() throws StoreException {
        Store shared = store;
        if (shared == null) {
            return;
        }
        Instant now = clock.instant();
        RunnerState mine = state.get();
        Heartbeat heartbeat;
        synchronized (lock) {
            beats++;
            heartbeat = own(beats, now, mine);
            if (unheard.size() < MOST) {
                unheard.put(beats, now.toEpochMilli());
            }
        }
        boolean written = false;
        try {
            CommitResult _ = shared.commit(Transaction.EMPTY.put(key(), heartbeat.stored()));
            written = true;
        } finally {
            if (!written) {
                synchronized (lock) {
                    unheard.remove(heartbeat.beat());
                }
            }
        }
    }

    /** Removes the entries of runners that are gone, unless another runner does so first. */
    private void removeOld() throws StoreException {
        Store shared = store;
        if (shared == null) {
            return;
        }
        Instant limit = clock.instant().minus(KEPT);
        Map<String, Long> old = new HashMap<>();
        synchronized (lock) {
            known.forEach((key, runner) -> {
                if (runner.seenAt().isBefore(limit)) {
                    old.put(key, runner.revision());
                }
            });
        }
        for (Map.Entry<String, Long> entry : old.entrySet()) {
            CommitResult _ = shared.commit(Transaction.EMPTY
                    .expecting(entry.getKey(), entry.getValue())
                    .delete(entry.getKey()));
        }
    }

    private void takeOver(Listing listing) {
        synchronized (lock) {
            watched = Math.max(watched, listing.revision());
            Set<String> there = new HashSet<>();
            for (Stored entry : listing.entries()) {
                there.add(entry.key());
                Known before = known.get(entry.key());
                if (before == null || before.revision() < entry.revision()) {
                    // It may be old, so the time is the one that its runner wrote, unless that clock is ahead.
                    learn(entry, null);
                }
            }
            known.keySet().removeIf(key -> !there.contains(key));
            // What the listing shows is not reported any more.
            unheard.clear();
        }
    }

    private void learn(Store.Change change) {
        synchronized (lock) {
            watched = Math.max(watched, change.revision());
            Stored entry = change.entry();
            if (entry == null) {
                known.remove(change.key());
            } else {
                learn(entry, clock.instant());
            }
        }
    }

    private void learn(Stored entry, @Nullable Instant arrived) {
        Heartbeat heartbeat = Heartbeat.read(entry.value());
        if (heartbeat == null || (known.size() >= MOST && !known.containsKey(entry.key()))) {
            return;
        }
        Instant now = clock.instant();
        Instant written = heartbeat.at().isAfter(now) ? now : heartbeat.at();
        known.put(entry.key(), new Known(heartbeat, entry.revision(), arrived == null ? written : arrived));
        if (heartbeat.runner().process().equals(self.process())) {
            Long sent = unheard.get(heartbeat.beat());
            if (sent != null && arrived != null) {
                delayMillis = Math.max(0, arrived.toEpochMilli() - sent);
            }
            unheard.keySet().removeIf(beat -> beat <= heartbeat.beat());
        }
    }

    /** Removes this runner's entry, unless a successor has written it already. */
    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
        beating.shutdownNow();
        Store shared = store;
        Known last;
        synchronized (lock) {
            last = known.get(key());
        }
        if (shared == null
                || last == null
                || !last.heartbeat().runner().process().equals(self.process())
                || shared.status().problem() != null) {
            return;
        }
        try {
            CommitResult _ = shared.commit(
                    Transaction.EMPTY.expecting(key(), last.revision()).delete(key()));
        } catch (StoreException | RuntimeException e) {
            LOG.debug("the entry of this runner was not removed, and ends by its age: {}", e.getMessage());
        }
    }
}
