package dev.secretproviders.resolve;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.provider.AccessRules;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.value.KnownSecret;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the wanted references resolved. Each secret is fetched once, however many references use it. It is refreshed at
 * a random moment in the second half of its {@code cache.ttl}, within the provider's concurrency limit. An outage never
 * removes known values before {@code cache.stale_ttl}. A manager's answer that a secret is gone removes them at once.
 *
 * <p>Thread-safe; see {@link EngineLock}. The request path does not call this class: it reads an index built from
 * {@link #resolution}.
 */
public final class Resolver implements AutoCloseable {
    /** The owner of consumers' references. What an earlier process knew is kept at least until it names them. */
    public static final String CONSUMERS = "consumers";

    private final Engine engine;
    private final FetchScheduler scheduler;
    private final Refreshes refreshes;

    /** Creates a resolver that runs by itself, on virtual threads. */
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
        this.refreshes = new Refreshes(engine, scheduler);
        try (var _ = engine.lock().hold()) {
            providers.forEach(provider -> engine.lanes().add(lane(provider)));
        }
    }

    private ProviderLane lane(Registered managed) {
        ProviderLane lane = new ProviderLane(managed.provider(), managed.policy(), engine.lanes());
        managed.provider().onChange(paths -> refreshes.of(lane, paths));
        return lane;
    }

    /** Adds a listener for events from now on. */
    public void addListener(ResolverListener listener) {
        engine.listeners().add(listener);
    }

    /** Removes a listener. It may still receive events that are under way. */
    public void removeListener(ResolverListener listener) {
        engine.listeners().remove(listener);
    }

    /**
     * Adds the state of an earlier process, before the first {@link #retain}. References then start with it, as stale.
     */
    public void preload(Map<ProviderId, KnownSecret.OfProvider> known) {
        try (var _ = engine.lock().hold()) {
            engine.references().preload(known);
        }
    }

    /**
     * Returns the state for a later process, or null while the state of an earlier process still waits to be taken
     * over. The caller wipes it.
     */
    public @Nullable Map<ProviderId, List<KnownSecret>> known() {
        try (var _ = engine.lock().hold()) {
            Preloaded earlier = engine.references().preloaded();
            return earlier.waits()
                    ? null
                    : engine.lanes().known(earlier, engine.clocks().now());
        }
    }

    /**
     * Makes {@code wanted} the references that an owner needs, and how. New ones are fetched in the order of the map.
     * Those that no owner needs any more are forgotten, and their values wiped. A reference that only now needs its
     * value is undecided until it is fetched. Returns at once.
     *
     * @param owner always the same name, such as {@link #CONSUMERS}; there may be 32
     */
    public void retain(String owner, Map<SecretReference, Use> wanted) {
        try (var _ = engine.lock().hold()) {
            engine.references().retain(owner, wanted);
        }
        pump();
    }

    /**
     * Changes what an owner needs: references that it wants from now on, or in another way, and those that it wants no
     * more. Takes time for these only. Returns at once.
     */
    public void change(String owner, Map<SecretReference, Use> wanted, Set<SecretReference> unwanted) {
        try (var _ = engine.lock().hold()) {
            engine.references().change(owner, wanted, unwanted);
        }
        pump();
    }

    /**
     * Returns the current resolution of a reference, from memory. A reference that is not wanted is {@code INVALID}.
     */
    public Resolution resolution(SecretReference reference) {
        try (var _ = engine.lock().hold()) {
            TrackedReference known = engine.references().wanted(reference);
            return known == null
                    ? Resolution.invalid(reference, "nothing uses it")
                    : known.resolution(engine.clocks().now());
        }
    }

    /** Returns the resolutions of all wanted references, from memory. */
    public List<Resolution> resolutions() {
        try (var _ = engine.lock().hold()) {
            return engine.references().resolutions(_ -> true);
        }
    }

    /** Returns the resolutions of the wanted references of which an earlier version is still accepted, from memory. */
    public List<Resolution> overlaps() {
        try (var _ = engine.lock().hold()) {
            return engine.references().overlaps();
        }
    }

    /** Returns whether each wanted reference has an answer, or resolving it failed at least once. */
    public boolean everythingWasTried() {
        try (var _ = engine.lock().hold()) {
            long now = engine.clocks().now();
            return engine.references().wanted().stream().allMatch(known -> known.wasTried(now));
        }
    }

    /** Returns the resolutions of the wanted ones among these references, from memory and as of one moment. */
    public Map<SecretReference, Resolution> resolutions(Set<SecretReference> references) {
        try (var _ = engine.lock().hold()) {
            return engine.references().resolutions(references);
        }
    }

    /** Returns the resolution of each of these references as above, in their order; null if it is not wanted, or for null. */
    public List<@Nullable Resolution> resolutionsOf(List<@Nullable SecretReference> references) {
        try (var _ = engine.lock().hold()) {
            return engine.references().each(references);
        }
    }

    /**
     * Waits until a wanted reference has an answer, or an attempt failed.
     *
     * @return its resolution; {@code LOADING} without a failure if the time ran out or the resolver was closed
     */
    public Resolution settle(SecretReference reference, Duration limit) throws InterruptedException {
        try (var _ = engine.lock().hold()) {
            var _ = engine.lock().await(() -> resolution(reference).wasTried(), limit);
            return resolution(reference);
        }
    }

    /** Begins to keep a reference resolved for a use until the visit is closed, whether or not it is wanted. */
    public Visit visit(SecretReference reference, Use use) {
        Visit visit;
        try (var _ = engine.lock().hold()) {
            visit = new Visit(engine, reference, use);
        }
        pump();
        return visit;
    }

    /** Fetches secrets of a provider again now; all of them if {@code paths} is empty. Returns at once. */
    public void refresh(ProviderId id, List<SecretPath> paths) {
        refreshes.of(id, paths);
    }

    /** Fetches the secret of a wanted reference again now. Returns whether the reference is wanted. */
    public boolean refresh(SecretReference reference) {
        return refreshes.of(reference);
    }

    /**
     * Fetches the secrets of a provider with matching names again now, including their pinned versions, and returns
     * their names. Returns at once.
     */
    public Set<String> refreshMatching(ProviderId id, Predicate<String> name) {
        return refreshes.matching(id, name);
    }

    /** Returns the known current versions of the secret of this name: one, unless references pin others. */
    public Set<String> currentVersions(ProviderId id, String name) {
        try (var _ = engine.lock().hold()) {
            return engine.lanes().currentVersions(id, name, engine.clocks().now());
        }
    }

    /** Returns the versions in memory of the secret of this name. */
    public HeldVersion.OfSecret held(ProviderId id, String name) {
        try (var _ = engine.lock().hold()) {
            return engine.lanes().held(id, name, engine.clocks().now());
        }
    }

    /** Puts denials in force. What they deny ends now, and is not accepted again while they last. */
    public void deny(DeniedVersions versions) {
        Set<SecretReference> ended;
        try (var _ = engine.lock().hold()) {
            ended = engine.references().deny(versions);
            engine.lock().signalProgress();
        }
        engine.listeners().tellChanged(ended);
    }

    /** Does what {@link #trial(Registered, Set)} does, without more references. */
    public Trial trial(Registered candidate) {
        return trial(candidate, Set.of());
    }

    /**
     * Begins to try a provider next to those in force. Every wanted reference to it is resolved through it, without
     * effect until {@link Trial#install}. The caller must close the trial.
     *
     * @param also more references to resolve; they are forgotten when the trial is closed or installed
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
            references.preloaded().forget(id);
            if (!engine.lanes().remove(id)) {
                return;
            }
            references.trackAgain(id);
        }
        engine.listeners().tellProvidersChanged();
    }

    /** Returns a number that grows whenever a provider is put in force, replaced or removed. */
    public long generation() {
        return engine.lanes().generation();
    }

    /** Returns which consumers may use the provider's secrets: all, if it is not known, since it has no secrets. */
    public AccessRules access(ProviderId id) {
        ProviderPolicy policy = policy(id);
        return policy == null ? AccessRules.OPEN : policy.access();
    }

    /** Returns the policy of a provider, or null if it is not in force. */
    public @Nullable ProviderPolicy policy(ProviderId id) {
        try (var _ = engine.lock().hold()) {
            ProviderLane lane = engine.lanes().get(id);
            return lane == null ? null : lane.policy;
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

    /** Returns when a wanted reference is next fetched, or null if it never is or is being fetched now. */
    public @Nullable Instant nextRefresh(SecretReference reference) {
        try (var _ = engine.lock().hold()) {
            TrackedReference known = engine.references().wanted(reference);
            return known == null ? null : known.nextRefresh(engine.clocks());
        }
    }

    /** Returns what {@link #nextRefresh} does for each of these references, in their order. */
    public List<@Nullable Instant> nextRefreshes(List<SecretReference> references) {
        try (var _ = engine.lock().hold()) {
            return engine.references().nextRefreshes(references);
        }
    }

    /** Returns the clock for {@link HeldVersion#usableAt}, in nanoseconds. */
    public Ticker ticker() {
        return engine.clocks().ticker();
    }

    /** Stops fetching; resolved values stay readable. Answers still under way are wiped. Providers are not closed. */
    @Override
    public void close() {
        engine.lock().close();
        scheduler.close();
    }

    /** Returns how many versions are in memory, including those within their overlap. */
    long heldVersions() {
        return engine.usable().count();
    }

    /** Starts what is due now. */
    void pump() {
        scheduler.pump();
    }
}
