package dev.secretproviders.auth;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the credential index up to date: joins the consumers with the values of their references. When consumers or
 * providers change, it builds a new index. When the value of a reference changes, it updates the index in place.
 * Changes that arrive meanwhile go into the next step together.
 *
 * <p>Only builds for changed consumers are paced. Rotations and revocations change the index immediately, even while a
 * build is postponed.
 *
 * <p>Thread-safe. Building happens on the given executor, never on the request path.
 */
public final class CredentialDirectory implements ConsumerSource.Listener, ResolverListener {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialDirectory.class);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final Resolver resolver;
    private final Executor builder;
    private final Later later;
    private final List<IndexListener> listeners = new CopyOnWriteArrayList<>();
    private final Progress progress = new Progress();
    private final AtomicBoolean due = new AtomicBoolean();

    private final WrongKeys wrongKeys;
    private final BuildPace pace;
    private final UseCounts uses = new UseCounts();
    /** Whether a build waits for the end of a rest. Used by the builder only. */
    private boolean putOff;
    /** The consumers whose references the resolver keeps, or null for none. Used by the builder only. */
    private @Nullable Wanted retained;
    /**
     * The {@linkplain Resolver#generation generation} of the providers for {@link #retained}. Used by the builder only.
     */
    private long retainedFor;

    /** References whose values changed since the index in force read them. */
    private final Set<SecretReference> outdated = ConcurrentHashMap.newKeySet();

    private volatile ConsumerSnapshot consumers = ConsumerSnapshot.EMPTY;
    private volatile Wanted wanted = new Wanted(0, ConsumerSnapshot.EMPTY);

    private volatile boolean consumersKnown;
    private volatile CredentialIndex index = CredentialIndex.UNKNOWN;

    /**
     * The first snapshot with the current consumers. Later snapshots differ only in the rest of the gateway's
     * configuration.
     *
     * @param number grows with each different set of consumers, because comparing large sets repeatedly is expensive
     */
    private record Wanted(long number, ConsumerSnapshot snapshot) {}

    /** Runs a task after a delay. */
    @FunctionalInterface
    interface Later {
        void run(Runnable task, Duration delay);
    }

    /**
     * Creates a directory and registers it with the resolver.
     *
     * @param builder runs one task at a time, in order
     */
    public CredentialDirectory(Resolver resolver, Executor builder) {
        this(
                resolver,
                builder,
                new BuildPace(),
                (task, delay) -> CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS)
                        .execute(task));
    }

    CredentialDirectory(Resolver resolver, Executor builder, BuildPace pace, Later later) {
        this.resolver = resolver;
        this.builder = builder;
        this.pace = pace;
        this.later = later;
        this.wrongKeys = new WrongKeys(resolver.ticker());
        resolver.addListener(this);
    }

    /** Returns the statistics of keys that matched no credential. */
    public WrongKeys wrongKeys() {
        return wrongKeys;
    }

    /** Adds a listener, which receives each later change. */
    public void addListener(IndexListener listener) {
        listeners.add(listener);
    }

    /** Takes a new set of consumers, whose references are resolved from now on. Called by one thread at a time. */
    @Override
    public void changed(ConsumerSnapshot snapshot) {
        Wanted before = wanted;
        if (!snapshot.consumers().equals(before.snapshot().consumers())) {
            wanted = new Wanted(before.number() + 1, snapshot);
        }
        consumers = snapshot;
        consumersKnown = true;
        progress.happened();
        update();
    }

    /** Schedules an update of the index, because the values of these references changed. */
    @Override
    public void changed(Set<SecretReference> references) {
        outdated.addAll(references);
        progress.happenedBatched();
        update();
    }

    /** Whether it was found or not: it was tried. */
    @Override
    public void fetched(ProviderId provider, String path, FetchOutcome outcome, @Nullable String version) {
        progress.happenedBatched();
    }

    @Override
    public void availability(ProviderId provider, boolean answers, String detail) {
        progress.happenedBatched();
    }

    private void update() {
        if (due.compareAndSet(false, true)) {
            try {
                builder.execute(this::updateOrRetry);
            } catch (RejectedExecutionException e) {
                LOG.debug("the index is no longer updated: the runner stops");
            }
        }
    }

    /** Returns the consumers in force. */
    public ConsumerSnapshot consumers() {
        return consumers;
    }

    /** Returns whether a complete set of consumers was read at least once. */
    public boolean consumersKnown() {
        return consumersKnown;
    }

    /** Returns whether start-up is complete: every credential is resolved, or resolving it failed at least once. */
    public boolean settled() {
        CredentialIndex current = index;
        return current.undecided() == 0
                || (current != CredentialIndex.UNKNOWN && resolver.everythingWasTried() && !due.get());
    }

    /**
     * Waits until a condition holds that depends on what this directory and its resolver say; it is looked at whenever that may have
     * changed.
     *
     * @return whether it held before the time ran out
     */
    public boolean await(BooleanSupplier condition, Duration patience) throws InterruptedException {
        return progress.await(condition, patience);
    }

    /** Returns how many keys are accepted now. */
    public int size() {
        return index.size();
    }

    /** Returns how many credentials could not be resolved yet. */
    public int undecided() {
        return index.undecided();
    }

    /** Returns the number of the index in force; it grows with each publication. */
    public long sequence() {
        return index.sequence();
    }

    /** Returns descriptions of the credentials that are refused because they share a key. */
    public List<String> ambiguities() {
        return index.ambiguities().stream()
                .map(sharers -> sharers.stream().map(CredentialDirectory::name).collect(Collectors.joining(" and "))
                        + " have the same key; it is refused for all of them until they differ")
                .toList();
    }

    /**
     * Returns when each credential was last used, to the second. Credentials not used since the start of this runner
     * are left out.
     */
    public Map<CredentialName, Instant> lastUses() {
        long now = resolver.ticker().read();
        Instant clock = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Map<CredentialName, Instant> last = new HashMap<>();
        for (Identity identity : index.identities()) {
            long ago = identity.ago(now);
            if (ago >= 0) {
                last.put(identity.name(), clock.minusSeconds(ago));
            }
        }
        return last;
    }

    /**
     * Returns how often credentials were used with a version before the current one, since the start of this runner.
     * Other credentials are left out.
     */
    public Map<CredentialName, PreviousUses> previousUses() {
        long now = resolver.ticker().read();
        Instant clock = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Map<CredentialName, PreviousUses> previous = new HashMap<>();
        for (Identity identity : index.identities()) {
            long ago = identity.previousAgo(now);
            if (ago >= 0) {
                previous.put(identity.name(), new PreviousUses(identity.previous(), clock.minusSeconds(ago)));
            }
        }
        return previous;
    }

    /** Returns how often credentials whose keys are references were accepted since the last call. */
    public CompletableFuture<List<CredentialUses>> takeUses() {
        return uses.take(builder, () -> index.identities(), resolver.ticker());
    }

    /** Returns whether the provider's access rules let a consumer use a reference. */
    public boolean mayUse(Consumer consumer, SecretReference reference) {
        return resolver.access(reference.provider()).allow(consumer.username(), consumer.labels(), reference);
    }

    CredentialIndex index() {
        return index;
    }

    /** Updates the index. Logs a failure and retries, since the previous index may still contain revoked keys. */
    private void updateOrRetry() {
        try {
            updateIndex();
        } catch (RuntimeException | Error e) {
            LOG.error(
                    "the credential index could not be built: {}; trying again",
                    e.getClass().getName());
            // The failed update may be incomplete, so the next index is built from scratch.
            retained = null;
            later.run(this::update, TRY_AGAIN);
        }
        progress.happened();
    }

    private void updateIndex() {
        due.set(false);
        if (!consumersKnown) {
            return;
        }
        Wanted now = wanted;
        Wanted before = retained;
        long generation = resolver.generation();
        // A build for changed providers is not postponed, since they carry access rules. Nor is a build after a failed
        // one.
        boolean inPlace = before != null && generation == retainedFor;
        if (before != null && inPlace && now.number() != before.number()) {
            long rest = pace.left();
            inPlace = rest > 0;
            if (inPlace && !putOff) {
                putOff = true;
                later.run(this::update, Duration.ofNanos(rest));
            }
        }
        if (inPlace) {
            changeInPlace();
        } else {
            putOff = false;
            pace.build(() -> build(now.snapshot()));
            retained = now;
            retainedFor = generation;
        }
    }

    private void changeInPlace() {
        // References are removed before their values are read, so that a change meanwhile is handled by the next step.
        Set<SecretReference> changed = new HashSet<>();
        outdated.removeIf(changed::add);
        CredentialIndex current = index;
        // All values are read at one moment, so that credentials whose keys are fields of one secret get them from one
        // version.
        resolver.resolutions(changed)
                .forEach((reference, resolution) -> current.forEach(
                        reference, identity -> current.set(identity, IndexBuild.claims(identity, resolution))));
        long number = current.sequence() + 1;
        tell(current.publish(number).change(number));
    }

    private void build(ConsumerSnapshot snapshot) {
        outdated.clear();
        IndexBuild build = new IndexBuild(resolver, index, snapshot);
        CredentialIndex next = build.run();
        AffectedCredentials affected = build.affected();
        if (retained == null && index != CredentialIndex.UNKNOWN) {
            // There is no index to compare with. Before the first index, no key was accepted.
            affected.addAll();
        }
        index = next;
        uses.keep(build.retired(), resolver.ticker().read());
        tell(affected.change(next.sequence()));
    }

    /** Calls all listeners. A listener that throws affects neither the index in force nor the other listeners. */
    private void tell(IndexChange change) {
        for (IndexListener listener : listeners) {
            try {
                listener.changed(change);
            } catch (RuntimeException | Error e) {
                LOG.error("a listener of the index failed: {}", e.getClass().getName());
            }
        }
    }

    private static String name(Identity identity) {
        String credential = identity.credentialId();
        return credential == null
                ? "consumer " + identity.username()
                : "credential " + identity.username() + "/" + credential;
    }
}
