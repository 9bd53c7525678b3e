package dev.secretproviders.resolve;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.provider.AccessRules;
import dev.secretproviders.provider.ProviderRegistry.Registered;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
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
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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

    final Map<ProviderId, ProviderLane> lanes = new LinkedHashMap<>();
    final KeyDigester digester;
    final Ticker ticker;
    final InstantSource clock;
    private final Executor fetching;
    final @Nullable ScheduledExecutorService timer;
    final RandomGenerator random;
    private final List<ResolverListener> listeners = new CopyOnWriteArrayList<>();

    /** Every version that may be used, with the entry it belongs to; ends exactly when the version does. */
    final Cache<HeldVersion, SecretEntry> usable;

    final ReentrantLock lock = new ReentrantLock();
    final Condition settled = lock.newCondition();
    /** In the order in which they came to be wanted. */
    final Map<SecretReference, TrackedReference> tracked = new LinkedHashMap<>();
    /** Providers that are being tried beside those in force. */
    final Set<Trial> trials = new LinkedHashSet<>();

    /** What an earlier process knew, until the first references are there to take it over; used under the lock. */
    Preloaded preloaded = Preloaded.nothing();

    final AtomicLong generation = new AtomicLong();
    /** What no version may be taken over in spite of; changed and read under the lock. */
    RevokedVersions revoked = RevokedVersions.NONE;

    private long wakeScheduledFor = Long.MAX_VALUE;
    boolean closed;

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

    /**
     * Makes {@code wanted} the set of references to keep resolved. New ones are fetched, in the order of the set; others are
     * forgotten. Returns at once.
     */
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

    /** Returns whether each wanted reference has an answer, or an attempt at it failed. */
    public boolean everythingWasTried() {
        lock.lock();
        try {
            long now = ticker.read();
            return tracked.values().stream().allMatch(known -> known.wasTried(now));
        } finally {
            lock.unlock();
        }
    }

    /** Returns the resolutions of those of these references that are wanted, from memory and as of one moment. */
    public Map<SecretReference, Resolution> resolutions(Set<SecretReference> references) {
        lock.lock();
        try {
            long now = ticker.read();
            Map<SecretReference, Resolution> resolutions = new HashMap<>();
            for (SecretReference reference : references) {
                TrackedReference known = tracked.get(reference);
                if (known != null) {
                    resolutions.put(reference, known.resolution(now));
                }
            }
            return resolutions;
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
                if (now.wasTried() || left <= 0 || closed) {
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
        try (Visit visit = visit(reference)) {
            return visit.settle(limit);
        }
    }

    /** Begins to keep a reference resolved, be it wanted or not, until the visit is closed. */
    public Visit visit(SecretReference reference) {
        Visit visit;
        lock.lock();
        try {
            visit = new Visit(this, reference);
        } finally {
            lock.unlock();
        }
        pump();
        return visit;
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
                lane.entries().forEach(entry -> lane.makeDue(entry, now, ProviderLane.Rank.FIRST));
            }
            for (SecretPath path : paths) {
                SecretEntry entry = lane.existing(path);
                if (entry != null) {
                    lane.makeDue(entry, now, ProviderLane.Rank.ASKED);
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

    /**
     * What is held of one secret, however many references look at it.
     *
     * @param current the version that is current, or null if none is held
     * @param previous versions before it within their overlap, latest first
     * @param pinned the versions that references hold on to
     * @param references those who look at it
     */
    public record Held(
            @Nullable HeldVersion current,
            List<HeldVersion> previous,
            List<HeldVersion> pinned,
            Set<SecretReference> references) {}

    /** Returns what is held of the secret of this name. From memory. */
    public Held held(ProviderId id, String name) {
        lock.lock();
        try {
            long now = ticker.read();
            HeldVersion current = null;
            List<HeldVersion> previous = List.of();
            List<HeldVersion> pinned = new ArrayList<>();
            Set<SecretReference> references = new LinkedHashSet<>();
            for (SecretEntry entry : entries(id, name)) {
                references.addAll(entry.references());
                HeldVersion held = entry.current(now);
                if (entry.path.equals(SecretPath.current(name))) {
                    current = held;
                    previous = entry.previous(now);
                } else if (held != null) {
                    pinned.add(held);
                }
            }
            return new Held(current, previous, pinned, references);
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
        Set<SecretReference> ended = new HashSet<>();
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
                    if (!gone.isEmpty()) {
                        ended.addAll(entry.references());
                    }
                }
            }
            settled.signalAll();
        } finally {
            lock.unlock();
        }
        if (!ended.isEmpty()) {
            tell(listener -> listener.changed(ended));
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
                known.entries.forEach(entry -> lane.makeDue(entry, ticker.read(), ProviderLane.Rank.ASKED));
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
        Trial trial = new Trial(this, lane(candidate));
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
        tell(listener -> listener.changed(Set.of()));
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
            return lane == null ? null : lane.status(ticker.read());
        } finally {
            lock.unlock();
        }
    }

    /** Returns how each provider in force does. */
    public Map<ProviderId, ProviderStatus> statuses() {
        lock.lock();
        try {
            long now = ticker.read();
            Map<ProviderId, ProviderStatus> all = new LinkedHashMap<>();
            lanes.forEach((id, lane) -> all.put(id, lane.status(now)));
            return all;
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
                for (ProviderLane.Call call = lane.next(now); call != null; call = lane.next(now)) {
                    Attempt attempt = new Attempt(this, lane, call);
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

    TrackedReference track(SecretReference reference) {
        ProviderLane lane = lanes.get(reference.provider());
        return lane == null
                ? TrackedReference.invalid(reference, "there is no provider '" + reference.provider() + "'; create it")
                : track(reference, lane);
    }

    static TrackedReference track(SecretReference reference, ProviderLane lane) {
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

    void lookAtNextAddress(TrackedReference known, long now) {
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

    void release(@Nullable TrackedReference known) {
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
        Set<SecretReference> references;
        lock.lock();
        try {
            entry.prune(ticker.read());
            references = entry.references();
        } finally {
            lock.unlock();
        }
        if (!references.isEmpty()) {
            tell(listener -> listener.changed(references));
        }
    }

    /** A listener that throws is its own problem: the others are told, and resolving goes on. */
    void tell(Consumer<ResolverListener> news) {
        for (ResolverListener listener : listeners) {
            try {
                news.accept(listener);
            } catch (RuntimeException | Error e) {
                LOG.warn("a listener of the resolver failed: {}", e.getClass().getName());
            }
        }
    }

    void hold(HeldVersion version, SecretEntry entry) {
        if (version.usableAt(ticker.read())) {
            usable.put(version, entry);
        } else {
            usable.invalidate(version);
        }
    }
}
