package dev.secretproviders.resolve;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.provider.AccessRules;
import dev.secretproviders.provider.FetchRequest;
import dev.secretproviders.provider.FetchResult;
import dev.secretproviders.provider.ProviderException;
import dev.secretproviders.provider.ProviderRegistry.Registered;
import dev.secretproviders.provider.SecretAddress;
import dev.secretproviders.provider.SecretPath;
import dev.secretproviders.provider.SecretVersion;
import dev.secretproviders.reference.InvalidReferenceException;
import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.reference.SecretReference;
import dev.secretproviders.resolve.ResolverListener.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resolves the references that somebody wants, and keeps them resolved: one fetch for each secret however many references
 * look at it, refreshed at a random moment of the second half of its {@code cache.ttl}, within the provider's concurrency limit. An
 * outage never takes away what is known before {@code cache.stale_ttl}; a manager's word that a secret is gone does at once.
 *
 * <p>Thread-safe. One lock guards the bookkeeping; it is never held during I/O or while a listener is called. The request path
 * does not come here: it reads an index built from {@link #resolution}.
 */
public final class Resolver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Resolver.class);
    private static final Backoff ENTRY_BACKOFF = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));
    /** A provider that ignores its own time limit is given up after this many of them. */
    private static final int TIMEOUTS_TO_GIVE_UP = 2;

    private final Map<ProviderId, ProviderLane> lanes = new LinkedHashMap<>();
    private final KeyDigester digester;
    private final Ticker ticker;
    private final InstantSource clock;
    private final Executor fetching;
    private final @Nullable ScheduledExecutorService timer;
    private final RandomGenerator random;
    private final List<ResolverListener> listeners = new CopyOnWriteArrayList<>();

    /** Every version that may be used, with the entry it belongs to; ends exactly when the version does. */
    private final Cache<HeldVersion, SecretEntry> usable;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition settled = lock.newCondition();
    private final Map<SecretReference, TrackedReference> tracked = new HashMap<>();
    /** Providers that are being tried beside those in force. */
    private final Set<Trial> trials = new LinkedHashSet<>();

    /** What an earlier process knew, until the first references are there to take it over. */
    private Preloaded preloaded = Preloaded.nothing();

    private final AtomicLong generation = new AtomicLong();
    /** What no version may be taken over in spite of; changed and read under the lock. */
    private RevokedVersions revoked = RevokedVersions.NONE;

    private long wakeScheduledFor = Long.MAX_VALUE;
    private boolean closed;

    /** Creates a resolver that works by itself, on virtual threads. */
    public static Resolver start(Collection<Registered> providers, KeyDigester digester) {
        ExecutorService fetching = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("fetch-", 0).factory());
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("resolver-timer").daemon().factory());
        return new Resolver(
                providers,
                digester,
                Ticker.systemTicker(),
                InstantSource.system(),
                fetching,
                timer,
                RandomGenerator.getDefault());
    }

    Resolver(
            Collection<Registered> providers,
            KeyDigester digester,
            Ticker ticker,
            InstantSource clock,
            Executor fetching,
            @Nullable ScheduledExecutorService timer,
            RandomGenerator random) {
        this.digester = digester;
        this.ticker = ticker;
        this.clock = clock;
        this.fetching = fetching;
        this.timer = timer;
        this.random = random;
        this.usable = Caffeine.newBuilder()
                .ticker(ticker)
                // Not on the thread that holds our lock: a version's end is told to listeners.
                .executor(fetching)
                .scheduler(timer == null ? Scheduler.disabledScheduler() : Scheduler.forScheduledExecutorService(timer))
                .expireAfter(Expiry.<HeldVersion, SecretEntry>writing(
                        (version, entry) -> Duration.ofNanos(Math.max(0, version.usableUntil() - ticker.read()))))
                .removalListener(this::ended)
                .build();
        for (Registered managed : providers) {
            lanes.put(managed.provider().id(), lane(managed));
        }
    }

    private ProviderLane lane(Registered managed) {
        ProviderLane lane = new ProviderLane(managed.provider(), managed.policy());
        managed.provider().onChange(paths -> refresh(lane, paths));
        return lane;
    }

    /** Adds a listener; it is told of what happens from now on. */
    public void addListener(ResolverListener listener) {
        listeners.add(listener);
    }

    /** Hands over what an earlier process knew, before the first {@link #retain}; references then start with it, stale. */
    void preload(Map<ProviderId, Preloaded.Secrets> known) {
        lock.lock();
        try {
            preloaded = new Preloaded(known, ticker.read());
        } finally {
            lock.unlock();
        }
    }

    /** Returns all that a later process may take over, or null while what an earlier one knew was not taken over yet. */
    @Nullable
    Map<ProviderId, List<KnownSecret>> known() {
        lock.lock();
        try {
            if (!preloaded.isEmpty()) {
                return null;
            }
            long now = ticker.read();
            Map<ProviderId, List<KnownSecret>> known = new LinkedHashMap<>();
            lanes.forEach((id, lane) -> known.put(
                    id,
                    lane.entries().stream()
                            .map(entry -> entry.known(now))
                            .filter(Objects::nonNull)
                            .toList()));
            return known;
        } finally {
            lock.unlock();
        }
    }

    /** Makes {@code wanted} the set of references to keep resolved. New ones are fetched, others forgotten. Returns at once. */
    public void retain(Set<SecretReference> wanted) {
        lock.lock();
        try {
            long now = ticker.read();
            for (SecretReference reference : new HashSet<>(tracked.keySet())) {
                if (!wanted.contains(reference)) {
                    release(tracked.remove(reference));
                }
            }
            for (SecretReference reference : wanted) {
                if (!tracked.containsKey(reference)) {
                    TrackedReference added = track(reference);
                    tracked.put(reference, added);
                    lookAtNextAddress(added, now);
                }
            }
            if (!wanted.isEmpty()) {
                preloaded = Preloaded.nothing();
            }
        } finally {
            lock.unlock();
        }
        pump();
    }

    /** Returns what the reference stands for now, from memory. One that nobody wants is {@code INVALID}. */
    public Resolution resolution(SecretReference reference) {
        lock.lock();
        try {
            TrackedReference known = tracked.get(reference);
            return known == null
                    ? Resolution.invalid(reference, "nobody asked for it")
                    : known.resolution(ticker.read());
        } finally {
            lock.unlock();
        }
    }

    /** Returns every wanted reference's resolution, from memory. */
    public List<Resolution> resolutions() {
        lock.lock();
        try {
            long now = ticker.read();
            return tracked.values().stream().map(known -> known.resolution(now)).toList();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until a wanted reference has an answer, or an attempt at it failed.
     *
     * @return its resolution; still {@code LOADING} without a failure if the time ran out or the resolver was closed
     */
    public Resolution settle(SecretReference reference, Duration limit) throws InterruptedException {
        long left = limit.toNanos();
        lock.lock();
        try {
            while (true) {
                Resolution now = resolution(reference);
                if (!now.state().undecided() || now.failure() != null || left <= 0 || closed) {
                    return now;
                }
                left = settled.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Resolves a reference once, be it wanted or not.
     *
     * @return its resolution; undecided without a failure if the time ran out
     */
    public Resolution lookUp(SecretReference reference, Duration limit) throws InterruptedException {
        TrackedReference visitor;
        lock.lock();
        try {
            if (tracked.containsKey(reference)) {
                return settle(reference, limit);
            }
            visitor = track(reference);
            lookAtNextAddress(visitor, ticker.read());
        } finally {
            lock.unlock();
        }
        pump();
        long left = limit.toNanos();
        lock.lock();
        try {
            while (true) {
                Resolution now = visitor.resolution(ticker.read());
                if (!now.state().undecided() || now.failure() != null || left <= 0 || closed) {
                    return now;
                }
                left = settled.awaitNanos(left);
            }
        } finally {
            release(visitor);
            lock.unlock();
        }
    }

    /** Asks for the secrets of a provider again now, for all of them if {@code paths} is empty. Returns at once. */
    public void refresh(ProviderId id, List<SecretPath> paths) {
        ProviderLane lane;
        lock.lock();
        try {
            lane = lanes.get(id);
        } finally {
            lock.unlock();
        }
        if (lane != null) {
            refresh(lane, paths);
        }
    }

    private void refresh(ProviderLane lane, List<SecretPath> paths) {
        lock.lock();
        try {
            long now = ticker.read();
            if (paths.isEmpty()) {
                lane.entries().forEach(entry -> lane.makeDue(entry, now));
            }
            for (SecretPath path : paths) {
                SecretEntry entry = lane.existing(path);
                if (entry != null) {
                    lane.makeDue(entry, now);
                }
            }
        } finally {
            lock.unlock();
        }
        pump();
    }

    /** Asks again now for the secret of this name, pinned versions of it included. Returns at once. */
    void refreshNamed(ProviderId id, String name) {
        Set<String> _ = refreshMatching(id, name::equals);
    }

    /**
     * Asks again now for the secrets of a provider whose names match. Returns at once.
     *
     * @return their names
     */
    public Set<String> refreshMatching(ProviderId id, Predicate<String> name) {
        List<SecretPath> paths = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        lock.lock();
        try {
            ProviderLane lane = lanes.get(id);
            for (SecretEntry entry : lane == null ? List.<SecretEntry>of() : lane.entries()) {
                if (name.test(entry.path.name())) {
                    paths.add(entry.path);
                    names.add(entry.path.name());
                }
            }
        } finally {
            lock.unlock();
        }
        if (!paths.isEmpty()) {
            refresh(id, paths);
        }
        return names;
    }

    /** Returns the current versions known of the secret of this name: one, unless references pin others. From memory. */
    public Set<String> currentVersions(ProviderId id, String name) {
        lock.lock();
        try {
            long now = ticker.read();
            Set<String> versions = new LinkedHashSet<>();
            for (SecretEntry entry : entries(id, name)) {
                HeldVersion held = entry.path.followsRotation() ? entry.current(now) : null;
                if (held != null) {
                    versions.add(held.id());
                }
            }
            return versions;
        } finally {
            lock.unlock();
        }
    }

    private List<SecretEntry> entries(ProviderId id, String name) {
        lock.lock();
        try {
            ProviderLane lane = lanes.get(id);
            return lane == null
                    ? List.of()
                    : lane.entries().stream()
                            .filter(entry -> entry.path.name().equals(name))
                            .toList();
        } finally {
            lock.unlock();
        }
    }

    /** Makes these the revocations in force: what they deny ends now, and is not taken over again while they stand. */
    void revoked(RevokedVersions revocations) {
        boolean ended = false;
        lock.lock();
        try {
            revoked = revocations;
            long now = ticker.read();
            List<ProviderLane> all = new ArrayList<>(lanes.values());
            trials.forEach(trial -> all.add(trial.lane));
            for (ProviderLane lane : all) {
                for (SecretEntry entry : lane.entries()) {
                    List<HeldVersion> gone = entry.revoke(
                            version -> revocations.of(lane.provider.id(), entry.path.name(), version.id()), now);
                    usable.invalidateAll(gone);
                    ended |= !gone.isEmpty();
                }
            }
            settled.signalAll();
        } finally {
            lock.unlock();
        }
        if (ended) {
            tell(ResolverListener::changed);
        }
    }

    /** Asks again now for the secret that a wanted reference means. Returns whether the reference is wanted. */
    public boolean refresh(SecretReference reference) {
        lock.lock();
        try {
            TrackedReference known = tracked.get(reference);
            if (known == null) {
                return false;
            }
            ProviderLane lane = known.lane;
            if (lane != null) {
                known.entries.forEach(entry -> lane.makeDue(entry, ticker.read()));
            }
        } finally {
            lock.unlock();
        }
        pump();
        return true;
    }

    /**
     * Begins to try a provider beside those in force: every wanted reference to it is resolved through it, which changes
     * nothing until {@link Trial#install}. The caller closes the trial in any case.
     */
    public Trial trial(Registered candidate) {
        return trial(candidate, Set.of());
    }

    /**
     * Begins to try a provider, with references that nobody wants yet.
     *
     * @param also references to resolve as well; they are forgotten when the trial is closed or installed
     */
    public Trial trial(Registered candidate, Set<SecretReference> also) {
        Trial trial = new Trial(lane(candidate));
        lock.lock();
        try {
            trials.add(trial);
            Set<SecretReference> references = new LinkedHashSet<>(also);
            tracked.keySet().stream()
                    .filter(reference -> reference.provider().equals(trial.lane.provider.id()))
                    .forEach(references::add);
            long now = ticker.read();
            for (SecretReference reference : references) {
                TrackedReference added = track(reference, trial.lane);
                trial.tried.put(reference, added);
                lookAtNextAddress(added, now);
            }
        } finally {
            lock.unlock();
        }
        pump();
        return trial;
    }

    /** Takes a provider out of force: references to it are invalid from now on. The provider is not closed. */
    public void remove(ProviderId id) {
        lock.lock();
        try {
            preloaded.forget(id);
            if (lanes.remove(id) == null) {
                return;
            }
            tracked.replaceAll((reference, known) -> {
                if (!reference.provider().equals(id)) {
                    return known;
                }
                release(known);
                return track(reference);
            });
            generation.incrementAndGet();
        } finally {
            lock.unlock();
        }
        tell(ResolverListener::changed);
    }

    /** Returns a number that grows whenever a provider is put in force, replaced or removed. */
    public long generation() {
        return generation.get();
    }

    /** Returns which consumers may use the provider's secrets; a provider that is not there is open, since it has none. */
    public AccessRules access(ProviderId id) {
        lock.lock();
        try {
            ProviderLane lane = lanes.get(id);
            return lane == null ? AccessRules.OPEN : lane.policy.access();
        } finally {
            lock.unlock();
        }
    }

    /** Returns how a provider does, or null if it is not in force. */
    public @Nullable ProviderStatus status(ProviderId id) {
        lock.lock();
        try {
            ProviderLane lane = lanes.get(id);
            return lane == null ? null : lane.status();
        } finally {
            lock.unlock();
        }
    }

    /** Returns when a wanted reference is asked for next, or null if it never is or is being asked for right now. */
    public @Nullable Instant nextRefresh(SecretReference reference) {
        lock.lock();
        try {
            TrackedReference known = tracked.get(reference);
            if (known == null
                    || known.entries.isEmpty()
                    || known.entries.getLast().inFlight()) {
                return null;
            }
            long left = known.entries.getLast().due() - ticker.read();
            return clock.instant().plusNanos(Math.max(0, left));
        } finally {
            lock.unlock();
        }
    }

    /** Returns the clock against which {@link HeldVersion#usableAt} is asked, in nanoseconds. */
    public Ticker ticker() {
        return ticker;
    }

    /** Stops fetching; what is resolved stays readable. Answers still under way are wiped. Providers are not closed. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            settled.signalAll();
        } finally {
            lock.unlock();
        }
        if (timer != null) {
            timer.shutdownNow();
        }
        if (fetching instanceof ExecutorService service) {
            service.shutdownNow();
        }
    }

    /** Returns how many versions are in memory, those within their overlap included. */
    long heldVersions() {
        usable.cleanUp();
        return usable.estimatedSize();
    }

    /** Starts whatever may be asked now and sets the alarm for the next time. */
    void pump() {
        usable.cleanUp();
        lock.lock();
        try {
            if (closed) {
                return;
            }
            long now = ticker.read();
            long wake = Long.MAX_VALUE;
            List<ProviderLane> all = new ArrayList<>(lanes.values());
            trials.forEach(trial -> all.add(trial.lane));
            for (ProviderLane lane : all) {
                for (List<SecretEntry> batch = lane.next(now); !batch.isEmpty(); batch = lane.next(now)) {
                    Attempt attempt = new Attempt(lane, batch);
                    fetching.execute(attempt);
                    attempt.armWatchdog();
                }
                wake = Math.min(wake, lane.wakeAt(now));
            }
            setAlarm(wake, now);
        } finally {
            lock.unlock();
        }
    }

    private void setAlarm(long wake, long now) {
        boolean soonEnough = wakeScheduledFor != Long.MAX_VALUE && wakeScheduledFor - wake <= 0;
        if (timer == null || wake == Long.MAX_VALUE || soonEnough) {
            return;
        }
        wakeScheduledFor = wake;
        var _ = timer.schedule(
                () -> {
                    lock.lock();
                    try {
                        if (wakeScheduledFor != wake) {
                            // An earlier alarm took its place and has set the one after it.
                            return;
                        }
                        wakeScheduledFor = Long.MAX_VALUE;
                    } finally {
                        lock.unlock();
                    }
                    pump();
                },
                Math.max(0, wake - now),
                TimeUnit.NANOSECONDS);
    }

    private TrackedReference track(SecretReference reference) {
        ProviderLane lane = lanes.get(reference.provider());
        return lane == null
                ? TrackedReference.invalid(reference, "there is no provider '" + reference.provider() + "'; create it")
                : track(reference, lane);
    }

    private static TrackedReference track(SecretReference reference, ProviderLane lane) {
        try {
            List<SecretAddress> addresses = lane.provider.addresses(reference);
            return addresses.isEmpty()
                    ? TrackedReference.invalid(reference, "its path means nothing to the provider")
                    : TrackedReference.valid(reference, lane, addresses);
        } catch (InvalidReferenceException e) {
            return TrackedReference.invalid(reference, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // One reference that a provider stumbles over must not keep the others from being resolved.
            return TrackedReference.invalid(
                    reference, "unexpected " + e.getClass().getName() + " in the provider");
        }
    }

    private void lookAtNextAddress(TrackedReference known, long now) {
        ProviderLane lane = known.lane;
        while (lane != null && known.needsNextAddress()) {
            SecretPath path = known.addresses.get(known.entries.size()).path();
            boolean isNew = lane.existing(path) == null;
            SecretEntry entry = lane.entry(path, now);
            if (isNew && !preloaded.isEmpty() && lanes.get(lane.provider.id()) == lane) {
                restore(entry, lane, now);
            }
            entry.users.add(known);
            known.entries.add(entry);
        }
    }

    private void restore(SecretEntry entry, ProviderLane lane, long now) {
        KnownSecret earlier = preloaded.of(lane.provider.id(), entry.path, now);
        if (earlier != null) {
            entry.restore(earlier, clock.instant(), now);
            var _ = entry.revoke(version -> revoked.of(lane.provider.id(), entry.path.name(), version.id()), now);
            entry.versions().forEach(version -> hold(version, entry));
        }
    }

    private void release(@Nullable TrackedReference known) {
        if (known == null || known.lane == null) {
            return;
        }
        for (SecretEntry entry : known.entries) {
            entry.users.remove(known);
            if (entry.users.isEmpty()) {
                known.lane.drop(entry);
                usable.invalidateAll(entry.versions());
            }
        }
    }

    /** A version came to its end: the overlap is over, or it could not be confirmed for too long. */
    private void ended(@Nullable HeldVersion version, @Nullable SecretEntry entry, RemovalCause cause) {
        if (cause != RemovalCause.EXPIRED || entry == null) {
            return;
        }
        lock.lock();
        try {
            entry.prune(ticker.read());
        } finally {
            lock.unlock();
        }
        tell(ResolverListener::changed);
    }

    /** A listener that throws is its own problem: the others are told, and resolving goes on. */
    private void tell(Consumer<ResolverListener> news) {
        for (ResolverListener listener : listeners) {
            try {
                news.accept(listener);
            } catch (RuntimeException | Error e) {
                LOG.warn("a listener of the resolver failed: {}", e.getClass().getName());
            }
        }
    }

    private void hold(HeldVersion version, SecretEntry entry) {
        if (version.usableAt(ticker.read())) {
            usable.put(version, entry);
        } else {
            usable.invalidate(version);
        }
    }

    private static Outcome outcome(FetchResult result) {
        return switch (result) {
            case FetchResult.Found found -> Outcome.FOUND;
            case FetchResult.Unchanged unchanged -> Outcome.UNCHANGED;
            case FetchResult.Missing missing -> Outcome.MISSING;
            case FetchResult.Gone gone -> Outcome.GONE;
            case FetchResult.Failed failed ->
                Outcome.valueOf(failed.cause().kind().name());
        };
    }

    /**
     * A provider that is being tried beside those in force. Nothing that it finds counts until it is installed.
     *
     * <p>Thread-safe.
     */
    public final class Trial implements AutoCloseable {
        private final ProviderLane lane;
        private final Map<SecretReference, TrackedReference> tried = new HashMap<>();

        private Trial(ProviderLane lane) {
            this.lane = lane;
        }

        /**
         * Waits until each reference has an answer, or an attempt at it failed.
         *
         * @return whether that was so before the time ran out
         */
        public boolean await(Duration limit) throws InterruptedException {
            long left = limit.toNanos();
            lock.lock();
            try {
                while (!settledNow()) {
                    if (left <= 0 || closed) {
                        return false;
                    }
                    left = settled.awaitNanos(left);
                }
                return true;
            } finally {
                lock.unlock();
            }
        }

        private boolean settledNow() {
            long now = ticker.read();
            boolean down = lane.down();
            return tried.values().stream().allMatch(known -> {
                Resolution resolution = known.resolution(now);
                return !resolution.state().undecided() || resolution.failure() != null || down;
            });
        }

        /** Returns what each reference stands for through this provider. */
        public List<Resolution> resolutions() {
            lock.lock();
            try {
                long now = ticker.read();
                return tried.values().stream()
                        .map(known -> known.resolution(now))
                        .toList();
            } finally {
                lock.unlock();
            }
        }

        /** Returns what the provider said so far. */
        public ProviderStatus status() {
            lock.lock();
            try {
                return lane.status();
            } finally {
                lock.unlock();
            }
        }

        /**
         * Puts the provider in force with all that it found. Where the one before it found another value at the same path,
         * that was a rotation: its value stays usable for the overlap. Where this one could not ask, what is known stays.
         */
        public void install() {
            List<Runnable> news = new ArrayList<>();
            ProviderId id = lane.provider.id();
            lock.lock();
            try {
                if (!trials.remove(this)) {
                    throw new IllegalStateException("the trial is over");
                }
                long now = ticker.read();
                preloaded.forget(id);
                ProviderLane before = lanes.put(id, lane);
                tracked.replaceAll((reference, known) -> {
                    if (!reference.provider().equals(id)) {
                        return known;
                    }
                    TrackedReference tracked = tried.remove(reference);
                    if (tracked == null) {
                        tracked = track(reference, lane);
                        lookAtNextAddress(tracked, now);
                    }
                    return tracked;
                });
                tried.values().forEach(Resolver.this::release);
                tried.clear();
                if (before != null) {
                    lane.entries().forEach(entry -> succeed(entry, before, now, news));
                    before.retire().forEach(entry -> usable.invalidateAll(entry.versions()));
                    lane.entries().forEach(entry -> entry.versions().forEach(version -> hold(version, entry)));
                }
                generation.incrementAndGet();
                settled.signalAll();
            } finally {
                lock.unlock();
            }
            news.forEach(Runnable::run);
            tell(ResolverListener::changed);
            pump();
        }

        private void succeed(SecretEntry entry, ProviderLane before, long now, List<Runnable> news) {
            SecretEntry old = before.existing(entry.path);
            HeldVersion replaced = old == null ? null : entry.succeed(old, now);
            HeldVersion current = entry.current(now);
            if (replaced != null && current != null) {
                news.add(() -> tell(listener ->
                        listener.rotated(lane.provider.id(), entry.path.name(), replaced.id(), current.id())));
            }
        }

        /** Forgets what was found, unless the provider was installed. The provider is not closed. */
        @Override
        public void close() {
            lock.lock();
            try {
                if (trials.remove(this)) {
                    tried.values().forEach(Resolver.this::release);
                    tried.clear();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** One call of a provider for one or more secrets. */
    private final class Attempt implements Runnable {
        private final ProviderLane lane;
        private final List<SecretEntry> batch;
        private final List<FetchRequest> requests;
        /** Those of which nothing was heard before. */
        private final List<SecretPath> firstAsked;

        private final AtomicBoolean over = new AtomicBoolean();
        private volatile @Nullable Thread runner;
        private volatile @Nullable Duration answeredAfter;

        Attempt(ProviderLane lane, List<SecretEntry> batch) {
            this.lane = lane;
            this.batch = batch;
            this.requests = batch.stream()
                    .map(entry -> new FetchRequest(entry.path, entry.knownVersion()))
                    .toList();
            this.firstAsked = batch.stream()
                    .filter(SecretEntry::neverAnswered)
                    .map(entry -> entry.path)
                    .toList();
        }

        void armWatchdog() {
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
            ProviderException tooLong = new ProviderException(
                    ProviderException.Kind.TIMEOUT, "no answer within twice the provider's timeout");
            conclude(tooLong, everyFailed(tooLong), Map.of());
        }

        @Override
        public void run() {
            runner = Thread.currentThread();
            if (over.get()) {
                return;
            }
            long start = ticker.read();
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
            Duration took = Duration.ofNanos(ticker.read() - start);
            answeredAfter = took;
            tell(listener -> listener.asked(lane.provider.id(), took));
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
                boolean timeIsLeft = ticker.read() - start < limit && !over.get();
                if (timeIsLeft && results.get(path) instanceof FetchResult.Found found) {
                    try {
                        SecretVersion earlier = isHandOver(path, found)
                                ? lane.provider.fetchPrevious(
                                        path, found.version().id())
                                : null;
                        if (earlier != null) {
                            before.put(path, earlier);
                        }
                    } catch (InterruptedException e) {
                        // Given up or closed: either way nobody waits for more.
                        return before;
                    } catch (ProviderException | RuntimeException e) {
                        // The current version is what matters; the one before it is a courtesy that can fail.
                        LOG.debug(
                                "no previous version of a secret: {}",
                                e.getClass().getName());
                    }
                }
            }
            return before;
        }

        private boolean isHandOver(SecretPath path, FetchResult.Found found) {
            Instant createdAt = found.version().createdAt();
            return createdAt != null
                    && path.followsRotation()
                    && createdAt.plus(lane.policy.overlap()).isAfter(clock.instant());
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
            boolean changed = false;
            lock.lock();
            try {
                if (closed) {
                    wipe(results.values(), before.values());
                    return;
                }
                long now = ticker.read();
                settleLane(whole, now, news);
                for (int i = 0; i < batch.size(); i++) {
                    changed |= conclude(batch.get(i), requests.get(i), results, before, now, news);
                }
                settled.signalAll();
            } finally {
                lock.unlock();
            }
            news.forEach(Runnable::run);
            if (changed) {
                tell(ResolverListener::changed);
            }
            pump();
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
                // Content that cannot be read, as of a secret that the provider has closed. The index is built anew to
                // be sure.
                SecretVersion earlier = before.get(entry.path);
                wipe(List.of(result), earlier == null ? List.of() : List.of(earlier));
                result = notUnderstood("unexpected " + e.getClass().getName() + " in its content");
                apply(entry, result, null, now, news);
                changed = true;
            }
            List.copyOf(entry.users).forEach(user -> lookAtNextAddress(user, now));
            Outcome outcome = outcome(result);
            news.add(() -> tell(listener -> listener.fetched(lane.provider.id(), entry.path.name(), outcome)));
            if (hadValue && (outcome == Outcome.MISSING || outcome == Outcome.GONE)) {
                news.add(() -> tell(listener -> listener.denied(lane.provider.id(), entry.path.name())));
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
            boolean inForce = lanes.get(id) == lane;
            if (down != null) {
                String detail = down.kind() + ": " + down.getMessage();
                if (lane.failed(now, random, down, clock.instant()) && inForce) {
                    news.add(() -> tell(listener -> listener.availability(id, false, detail)));
                }
            } else if (lane.answered(clock.instant()) && inForce) {
                news.add(() -> tell(listener -> listener.availability(id, true, "answers again")));
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
                    entry.unchanged(clock.instant(), now);
                    hold(held, entry);
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
                    long pause =
                            lane.down() ? Math.max(0, lane.pausedUntil() - now) : ENTRY_BACKOFF.pause(failures, random);
                    lane.finished(entry, now, now + pause);
                    yield false;
                }
            };
        }

        private boolean found(
                SecretEntry entry,
                SecretVersion fetched,
                @Nullable SecretVersion before,
                long now,
                List<Runnable> news) {
            Instant clockNow = clock.instant();
            HeldVersion held = HeldVersion.take(
                    fetched, digester, clockNow, now + lane.policy.staleTtl().toNanos());
            Revocation denial = revoked.of(lane.provider.id(), entry.path.name(), held.id());
            if (denial != null) {
                if (before != null) {
                    before.content().close();
                }
                return denied(entry, denial.problem(), true, now);
            }
            HeldVersion known = entry.current(now);
            boolean changed = entry.found(held, clockNow, now);
            HeldVersion inForce = changed || known == null ? held : known;
            hold(inForce, entry);
            if (changed && known != null) {
                if (lane.policy.overlap().isPositive()) {
                    hold(known, entry);
                } else {
                    usable.invalidate(known);
                }
                ProviderId id = lane.provider.id();
                String from = known.id();
                news.add(() -> tell(listener -> listener.rotated(id, entry.path.name(), from, held.id())));
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
            HeldVersion earlier = HeldVersion.take(before, digester, clockNow, end);
            if (revoked.of(lane.provider.id(), entry.path.name(), earlier.id()) != null) {
                return;
            }
            entry.remember(earlier, now);
            hold(earlier, entry);
        }

        private boolean denied(SecretEntry entry, String reason, boolean wasDeleted, long now) {
            usable.invalidateAll(entry.versions());
            return entry.denied(reason, wasDeleted, now);
        }

        private long refreshPause() {
            long ttl = lane.policy.ttl().toNanos();
            return ttl / 2 + random.nextLong(ttl / 2 + 1);
        }

        private long negativePause() {
            long ttl = lane.policy.negativeTtl().toNanos();
            return ttl / 2 + random.nextLong(ttl / 2 + 1);
        }

        private static void wipe(Collection<FetchResult> results, Collection<SecretVersion> before) {
            for (FetchResult result : results) {
                if (result instanceof FetchResult.Found found) {
                    found.version().content().close();
                }
            }
            before.forEach(version -> version.content().close());
        }
    }
}
