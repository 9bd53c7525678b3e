package dev.secretproviders.resolve;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.provider.AccessRules;
import dev.secretproviders.provider.ProviderRegistry.Registered;
import dev.secretproviders.resolve.DueQueue.Urgency;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Resolves the references that are wanted, and keeps them resolved: one fetch for each secret however many references
 * look at it, refreshed at a random moment of the second half of its {@code cache.ttl}, within the provider's concurrency limit. An
 * outage never takes away what is known before {@code cache.stale_ttl}; a manager's word that a secret is gone does at once.
 *
 * <p>Thread-safe; {@link EngineLock} says how. The request path does not come here: it reads an index built from {@link
 * #resolution}.
 */
public final class Resolver implements AutoCloseable {
    private final Engine engine;
    private final FetchScheduler scheduler;

    /** Creates a resolver that works by itself, on virtual threads. */
    public static Resolver start(Collection<Registered> providers, KeyDigester digester) {
        ExecutorService fetching = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("fetch-", 0).factory());
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("resolver-timer").daemon().factory());
        return new Resolver(providers, digester, Engine.Clocks.SYSTEM, fetching, timer);
    }

    Resolver(
            Collection<Registered> providers,
            KeyDigester digester,
            Engine.Clocks clocks,
            Executor fetching,
            @Nullable ScheduledExecutorService timer) {
        this.engine = new Engine(digester, clocks, fetching, timer);
        this.scheduler = new FetchScheduler(engine, fetching, timer);
        try (var _ = engine.lock().hold()) {
            providers.forEach(provider -> engine.lanes().add(lane(provider)));
        }
    }

    private ProviderLane lane(Registered managed) {
        ProviderLane lane = new ProviderLane(managed.provider(), managed.policy());
        managed.provider().onChange(paths -> refresh(lane, paths));
        return lane;
    }

    /** Adds a listener; it is told of what happens from now on. */
    public void addListener(ResolverListener listener) {
        engine.listeners().add(listener);
    }

    /** Hands over what an earlier process knew, before the first {@link #retain}; references then start with it, stale. */
    public void preload(Map<ProviderId, KnownSecret.OfProvider> known) {
        try (var _ = engine.lock().hold()) {
            engine.references().preload(known);
        }
    }

    /** Returns all that a later process may take over, or null while what an earlier one knew was not taken over yet. */
    public @Nullable Map<ProviderId, List<KnownSecret>> known() {
        try (var _ = engine.lock().hold()) {
            if (engine.references().hasPreloaded()) {
                return null;
            }
            long now = engine.clocks().now();
            Map<ProviderId, List<KnownSecret>> known = new LinkedHashMap<>();
            engine.lanes()
                    .forEachInForce((id, lane) -> known.put(
                            id,
                            lane.entries().stream()
                                    .map(entry -> entry.known(now))
                                    .filter(Objects::nonNull)
                                    .toList()));
            return known;
        }
    }

    /**
     * Makes {@code wanted} the set of references to keep resolved. New ones are fetched, in the order of the set; others are
     * forgotten. Returns at once.
     */
    public void retain(Set<SecretReference> wanted) {
        try (var _ = engine.lock().hold()) {
            engine.references().retain(wanted);
        }
        pump();
    }

    /** Returns what the reference stands for now, from memory. One that is not wanted is {@code INVALID}. */
    public Resolution resolution(SecretReference reference) {
        try (var _ = engine.lock().hold()) {
            TrackedReference known = engine.references().wanted(reference);
            return known == null
                    ? Resolution.invalid(reference, "nothing uses it")
                    : known.resolution(engine.clocks().now());
        }
    }

    /** Returns every wanted reference's resolution, from memory. */
    public List<Resolution> resolutions() {
        try (var _ = engine.lock().hold()) {
            long now = engine.clocks().now();
            return engine.references().wanted().stream()
                    .map(known -> known.resolution(now))
                    .toList();
        }
    }

    /** Returns whether each wanted reference has an answer, or an attempt at it failed. */
    public boolean everythingWasTried() {
        try (var _ = engine.lock().hold()) {
            long now = engine.clocks().now();
            return engine.references().wanted().stream().allMatch(known -> known.wasTried(now));
        }
    }

    /** Returns the resolutions of those of these references that are wanted, from memory and as of one moment. */
    public Map<SecretReference, Resolution> resolutions(Set<SecretReference> references) {
        try (var _ = engine.lock().hold()) {
            long now = engine.clocks().now();
            Map<SecretReference, Resolution> resolutions = new HashMap<>();
            for (SecretReference reference : references) {
                TrackedReference known = engine.references().wanted(reference);
                if (known != null) {
                    resolutions.put(reference, known.resolution(now));
                }
            }
            return resolutions;
        }
    }

    /**
     * Waits until a wanted reference has an answer, or an attempt at it failed.
     *
     * @return its resolution; still {@code LOADING} without a failure if the time ran out or the resolver was closed
     */
    public Resolution settle(SecretReference reference, Duration limit) throws InterruptedException {
        try (var _ = engine.lock().hold()) {
            var _ = engine.lock().await(() -> resolution(reference).wasTried(), limit);
            return resolution(reference);
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
        try (var _ = engine.lock().hold()) {
            visit = new Visit(engine, reference);
        }
        pump();
        return visit;
    }

    /** Asks for the secrets of a provider again now, for all of them if {@code paths} is empty. Returns at once. */
    public void refresh(ProviderId id, List<SecretPath> paths) {
        ProviderLane lane;
        try (var _ = engine.lock().hold()) {
            lane = engine.lanes().get(id);
        }
        if (lane != null) {
            refresh(lane, paths);
        }
    }

    private void refresh(ProviderLane lane, List<SecretPath> paths) {
        try (var _ = engine.lock().hold()) {
            long now = engine.clocks().now();
            if (paths.isEmpty()) {
                lane.entries().forEach(entry -> lane.makeDue(entry, now, Urgency.ELEVATED));
            }
            for (SecretPath path : paths) {
                SecretEntry entry = lane.existing(path);
                if (entry != null) {
                    lane.makeDue(entry, now, Urgency.REQUESTED);
                }
            }
        }
        pump();
    }

    /** Asks again now for the secret that a wanted reference means. Returns whether the reference is wanted. */
    public boolean refresh(SecretReference reference) {
        try (var _ = engine.lock().hold()) {
            TrackedReference known = engine.references().wanted(reference);
            if (known == null) {
                return false;
            }
            ProviderLane lane = known.lane();
            if (lane != null) {
                long now = engine.clocks().now();
                known.entries().forEach(entry -> lane.makeDue(entry, now, Urgency.REQUESTED));
            }
        }
        pump();
        return true;
    }

    /**
     * Asks again now for the secrets of a provider whose names match, pinned versions of them included. Returns at once.
     *
     * @return their names
     */
    public Set<String> refreshMatching(ProviderId id, Predicate<String> name) {
        List<SecretPath> paths = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        try (var _ = engine.lock().hold()) {
            for (SecretEntry entry : engine.lanes().entries(id, name)) {
                paths.add(entry.path);
                names.add(entry.path.name());
            }
        }
        if (!paths.isEmpty()) {
            refresh(id, paths);
        }
        return names;
    }

    /** Returns the current versions known of the secret of this name: one, unless references pin others. From memory. */
    public Set<String> currentVersions(ProviderId id, String name) {
        try (var _ = engine.lock().hold()) {
            long now = engine.clocks().now();
            return engine.lanes().entries(id, name::equals).stream()
                    .filter(entry -> entry.path.followsRotation())
                    .map(entry -> entry.current(now))
                    .filter(Objects::nonNull)
                    .map(HeldVersion::id)
                    .collect(Collectors.toSet());
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
        try (var _ = engine.lock().hold()) {
            return engine.lanes().held(id, name, engine.clocks().now());
        }
    }

    /** Makes these the denials in force: what they deny ends now, and is not taken over again while they stand. */
    public void deny(DeniedVersions versions) {
        Set<SecretReference> ended;
        try (var _ = engine.lock().hold()) {
            ended = engine.references().deny(versions);
            engine.lock().signalProgress();
        }
        engine.listeners().tellChanged(ended);
    }

    /**
     * Begins to try a provider next to those in force: every wanted reference to it is resolved through it, which changes
     * nothing until {@link Trial#install}. The caller closes the trial in any case.
     */
    public Trial trial(Registered candidate) {
        return trial(candidate, Set.of());
    }

    /**
     * Begins to try a provider, with references that are not wanted yet.
     *
     * @param also references to resolve as well; they are forgotten when the trial is closed or installed
     */
    public Trial trial(Registered candidate, Set<SecretReference> also) {
        ProviderLane lane = lane(candidate);
        Trial trial;
        try (var _ = engine.lock().hold()) {
            trial = new Trial(engine, scheduler, lane, also);
        }
        pump();
        return trial;
    }

    /** Takes a provider out of force: references to it are invalid from now on. The provider is not closed. */
    public void remove(ProviderId id) {
        try (var _ = engine.lock().hold()) {
            References references = engine.references();
            references.forgetPreloaded(id);
            if (!engine.lanes().remove(id)) {
                return;
            }
            references.replaceWanted(id, known -> {
                references.release(known);
                return references.track(known.reference());
            });
        }
        engine.listeners().tellProvidersChanged();
    }

    /** Returns a number that grows whenever a provider is put in force, replaced or removed. */
    public long generation() {
        return engine.lanes().generation();
    }

    /** Returns which consumers may use the provider's secrets; a provider that is not there is open, since it has none. */
    public AccessRules access(ProviderId id) {
        try (var _ = engine.lock().hold()) {
            ProviderLane lane = engine.lanes().get(id);
            return lane == null ? AccessRules.OPEN : lane.policy.access();
        }
    }

    /** Returns health and statistics of one provider, or null if it is not in force. */
    public @Nullable ProviderStatus status(ProviderId id) {
        try (var _ = engine.lock().hold()) {
            ProviderLane lane = engine.lanes().get(id);
            return lane == null ? null : lane.status(engine.clocks().now());
        }
    }

    /** Returns health and statistics of each provider in force. */
    public Map<ProviderId, ProviderStatus> statuses() {
        try (var _ = engine.lock().hold()) {
            long now = engine.clocks().now();
            Map<ProviderId, ProviderStatus> all = new LinkedHashMap<>();
            engine.lanes().forEachInForce((id, lane) -> all.put(id, lane.status(now)));
            return all;
        }
    }

    /** Returns when a wanted reference is asked for next, or null if it never is or is being asked for right now. */
    public @Nullable Instant nextRefresh(SecretReference reference) {
        try (var _ = engine.lock().hold()) {
            TrackedReference known = engine.references().wanted(reference);
            List<SecretEntry> entries = known == null ? List.of() : known.entries();
            if (entries.isEmpty() || entries.getLast().inFlight()) {
                return null;
            }
            long left = entries.getLast().due() - engine.clocks().now();
            return engine.clocks().instant().plusNanos(Math.max(0, left));
        }
    }

    /** Returns the clock against which {@link HeldVersion#usableAt} is asked, in nanoseconds. */
    public Ticker ticker() {
        return engine.clocks().ticker();
    }

    /** Stops fetching; what is resolved stays readable. Answers still under way are wiped. Providers are not closed. */
    @Override
    public void close() {
        engine.lock().close();
        scheduler.close();
    }

    /** Returns how many versions are in memory, those within their overlap included. */
    long heldVersions() {
        return engine.usable().count();
    }

    /** Starts what is due now. */
    void pump() {
        scheduler.pump();
    }
}
