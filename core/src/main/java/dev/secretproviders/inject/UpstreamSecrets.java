package dev.secretproviders.inject;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.GatewayInjection;
import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.reference.template.InvalidInjectConfigException;
import dev.secretproviders.reference.template.WrittenReference;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.SecretReference;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the secrets that requests carry to upstreams. It knows the configurations of {@code secret-inject} from the
 * gateway's configuration and from the routes that APISIX has announced. Their references are resolved beforehand, with
 * {@code {consumer}} for each consumer that there is. A reference is resolved only if its provider allows to inject it.
 *
 * <p>Thread-safe. Work happens on the given executor, never on the request path.
 */
public final class UpstreamSecrets implements ConsumerSource.Listener, ResolverListener {
    /** The owner of these references. */
    public static final String OWNER = "inject";

    private static final Logger LOG = LoggerFactory.getLogger(UpstreamSecrets.class);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    /** The first number of a process is random: an event of another process names no values of this one. */
    private static final long NUMBERS = 1L << 52;

    private final Resolver resolver;
    private final Executor worker;
    private final List<InjectListener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicBoolean due = new AtomicBoolean();
    private final AtomicBoolean rebuild = new AtomicBoolean();

    /** Injections in use. One that neither a route nor the gateway's configuration uses any more goes by itself. */
    private final Map<InjectConfig, WeakReference<Injection>> known = new ConcurrentHashMap<>();

    private final AskedConfigurations asked;
    /** References whose values changed since the slots were filled. */
    private final Set<SecretReference> outdated = ConcurrentHashMap.newKeySet();

    private volatile boolean begun;
    private volatile ConsumerSnapshot snapshot = ConsumerSnapshot.EMPTY;
    /** Keeps the injections of the gateway's configuration. */
    private volatile List<Injection> configured = List.of();

    /** The names of values that have ended, until the listeners are told. Used by the worker only. */
    private final Set<String> ended = new HashSet<>();
    /** All slots of the last build. Used by the worker only. */
    private Set<Slot> built = Set.of();
    /** The slots by the references that fill them. Used by the worker only. */
    private Map<SecretReference, List<Slot>> slots = new HashMap<>();
    /** The number of the last slot, for its name. Used by the worker only. */
    private long made = ThreadLocalRandom.current().nextLong(NUMBERS);

    /**
     * Creates it and registers it with the resolver.
     *
     * @param worker runs one task at a time, in order
     */
    public UpstreamSecrets(Resolver resolver, Executor worker) {
        this(resolver, worker, true);
    }

    private UpstreamSecrets(Resolver resolver, Executor worker, boolean begun) {
        this.resolver = resolver;
        this.worker = worker;
        this.begun = begun;
        this.asked = new AskedConfigurations(this::prepare, resolver.ticker());
        resolver.addListener(this);
    }

    /** Creates it for a runner that starts. Configurations can be prepared, and wait for {@link #begin}. */
    public static UpstreamSecrets waiting(Resolver resolver, Executor worker) {
        return new UpstreamSecrets(resolver, worker, false);
    }

    /** Begins to resolve. What is fetched before revocations and the digest key are in force is useless or harmful. */
    public void begin() {
        begun = true;
        update();
    }

    /** Adds a listener, which receives each later change. */
    public void addListener(InjectListener listener) {
        listeners.add(listener);
    }

    /**
     * Prepares a configuration of a route. If it is new, its references begin to be resolved.
     *
     * @param json the JSON of the configuration
     * @throws InvalidInjectConfigException if it is wrong
     */
    public Injection prepare(String json) throws InvalidInjectConfigException {
        return injection(InjectConfig.parse(json), true);
    }

    /**
     * Returns the values of a configuration for a companion.
     *
     * @param json the JSON of the configuration
     * @param consumer the request's consumer; null if it has none
     */
    public InjectAnswer answer(String json, @Nullable String consumer) {
        return asked.answer(json, consumer);
    }

    /** Forgets configurations that are no longer used, with their values. Called each minute. */
    public void tidy() {
        asked.tidy();
        if (known.values().stream().anyMatch(held -> held.get() == null)) {
            rebuild.set(true);
            update();
        }
    }

    /**
     * Returns the injection of a configuration.
     *
     * @param handedOut whether a route gets it, which keeps it for as long as the route needs it
     */
    private Injection injection(InjectConfig config, boolean handedOut) {
        @Nullable Injection[] found = new @Nullable Injection[1];
        boolean[] added = {false};
        known.compute(config, (key, before) -> {
            Injection live = before == null ? null : before.get();
            WeakReference<Injection> kept = before;
            if (kept == null || live == null) {
                live = new Injection(key, resolver.ticker());
                kept = new WeakReference<>(live);
                added[0] = true;
            }
            live.handedOut |= handedOut;
            found[0] = live;
            return kept;
        });
        if (added[0]) {
            rebuild.set(true);
            update();
        }
        return Objects.requireNonNull(found[0]);
    }

    /** Takes the gateway's configuration. Called by one thread at a time. */
    @Override
    public void changed(ConsumerSnapshot next) {
        ConsumerSnapshot earlier = snapshot;
        snapshot = next;
        List<GatewayInjection> places = next.configuration().injections();
        if (!places.equals(earlier.configuration().injections())) {
            configure(places);
        } else if (!anyPerConsumer()) {
            // Only values with {consumer} depend on the consumers, of which there may be a million.
            return;
        }
        rebuild.set(true);
        update();
    }

    private void configure(List<GatewayInjection> places) {
        List<Injection> before = configured;
        configured = places.stream()
                .map(GatewayInjection::config)
                .filter(Objects::nonNull)
                .distinct()
                .map(config -> injection(config, false))
                .toList();
        Set<Injection> staying = Set.copyOf(configured);
        before.stream().filter(injection -> !staying.contains(injection)).forEach(this::forgetUnlessHandedOut);
    }

    private boolean anyPerConsumer() {
        return known.values().stream().anyMatch(held -> {
            Injection injection = held.get();
            return injection != null && injection.perConsumer();
        });
    }

    private void forgetUnlessHandedOut(Injection injection) {
        var _ = known.computeIfPresent(injection.config(), (config, held) -> injection.handedOut ? held : null);
    }

    @Override
    public void changed(Set<SecretReference> references) {
        if (references.isEmpty()) {
            // Providers changed, and with them what may be injected.
            rebuild.set(true);
        } else {
            outdated.addAll(references);
        }
        update();
    }

    private void update() {
        if (begun && due.compareAndSet(false, true)) {
            try {
                worker.execute(this::updateOrRetry);
            } catch (RejectedExecutionException e) {
                LOG.debug("secrets for upstreams are no longer updated: the runner stops");
            }
        }
    }

    private void updateOrRetry() {
        try {
            due.set(false);
            if (rebuild.getAndSet(false)) {
                build();
            }
            fillOutdated();
            if (!ended.isEmpty()) {
                listeners.forEach(listener -> tell(listener, ended));
                ended.clear();
            }
        } catch (RuntimeException | Error e) {
            LOG.error(
                    "the secrets for upstreams could not be updated: {}; trying again",
                    e.getClass().getName());
            rebuild.set(true);
            CompletableFuture.delayedExecutor(TRY_AGAIN.toNanos(), TimeUnit.NANOSECONDS)
                    .execute(this::update);
        }
    }

    private static void tell(InjectListener listener, Set<String> changed) {
        try {
            listener.changed(Set.copyOf(changed));
        } catch (RuntimeException | Error e) {
            LOG.error("a listener of injected values failed: {}", e.getClass().getName());
        }
    }

    private void build() {
        Map<String, Slot.Requester> consumers = new HashMap<>();
        for (Consumer consumer : anyPerConsumer() ? snapshot.consumers().values() : List.<Consumer>of()) {
            if (WrittenReference.canStand(consumer.username())) {
                consumers.put(consumer.username(), new Slot.Requester(consumer.username(), consumer.labels()));
            }
        }
        known.values().removeIf(injection -> injection.get() == null);
        Set<Slot> all = new LinkedHashSet<>();
        for (WeakReference<Injection> held : known.values()) {
            Injection injection = held.get();
            if (injection != null) {
                setSlots(injection, consumers);
                all.addAll(injection.slots());
            }
        }
        Map<SecretReference, List<Slot>> byReference = new HashMap<>();
        Set<SecretReference> wanted = new LinkedHashSet<>();
        for (Slot slot : all) {
            slot.references()
                    .forEach(reference -> byReference
                            .computeIfAbsent(reference, absent -> new ArrayList<>())
                            .add(slot));
            wanted.addAll(Filling.allowed(slot, resolver));
        }
        // A configuration or a consumer is gone, or a consumer has other labels. Nothing updates these values any more.
        built.stream().filter(slot -> !all.contains(slot)).forEach(slot -> ended.add(slot.name));
        built = all;
        slots = byReference;
        // References are removed before their values are read, so that a change meanwhile is handled by the next step.
        outdated.clear();
        resolver.retain(OWNER, Use.VALUE.of(wanted));
        all.forEach(this::fill);
    }

    private void setSlots(Injection injection, Map<String, Slot.Requester> consumers) {
        Map<Slot.Requester, Slot> before = new HashMap<>();
        Slot shared = null;
        for (Slot slot : injection.slots()) {
            if (slot.consumer == null) {
                shared = slot;
            } else {
                before.put(slot.consumer, slot);
            }
        }
        if (!injection.perConsumer()) {
            injection.set(shared == null ? newSlot(injection, null) : shared, Map.of());
            return;
        }
        Map<String, Slot> next = HashMap.newHashMap(consumers.size());
        consumers.forEach((name, consumer) -> {
            Slot slot = before.remove(consumer);
            next.put(name, slot == null ? newSlot(injection, consumer) : slot);
        });
        injection.set(null, next);
    }

    private Slot newSlot(Injection injection, Slot.@Nullable Requester consumer) {
        return new Slot(Long.toString(++made), injection.config(), consumer);
    }

    private void fillOutdated() {
        Set<SecretReference> now = new HashSet<>();
        outdated.removeIf(now::add);
        Set<Slot> concerned = new LinkedHashSet<>();
        now.forEach(reference -> concerned.addAll(slots.getOrDefault(reference, List.of())));
        concerned.forEach(this::fill);
    }

    private void fill(Slot slot) {
        if (slot.fill(Filling.of(slot, resolver))) {
            ended.add(slot.name);
        }
    }

    /** Returns what is wrong now with the configurations in use; those without a problem are left out. */
    public Map<InjectConfig, List<InjectProblem>> problems() {
        Map<InjectConfig, List<InjectProblem>> problems = new HashMap<>();
        known.values().forEach(held -> {
            Injection injection = held.get();
            if (injection != null) {
                injection
                        .slots()
                        .forEach(slot -> problems.computeIfAbsent(injection.config(), absent -> new ArrayList<>())
                                .addAll(slot.problems()));
            }
        });
        problems.values().removeIf(List::isEmpty);
        return problems;
    }
}
