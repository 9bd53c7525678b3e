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
 * Keeps the credential index up to date: joins the consumers with what their references stand for. For other consumers or providers it
 * builds a new one; when the value of a reference changes, it changes what belongs to it. Changes that come meanwhile are
 * taken together into the next step.
 *
 * <p>Builds are paced, and only for other consumers: rotations and revocations change the index at once, also while a build is put off.
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
    /** Whether a build waits for the end of a rest; only the builder's. */
    private boolean putOff;
    /** The consumers whose references the resolver keeps, or null for none; only the builder's. */
    private @Nullable Wanted retained;
    /** The {@linkplain Resolver#generation providers} for which they were chosen; only the builder's. */
    private long retainedFor;

    /** References whose values changed since the index in force took them over. */
    private final Set<SecretReference> outdated = ConcurrentHashMap.newKeySet();

    private volatile ConsumerSnapshot consumers = ConsumerSnapshot.EMPTY;
    private volatile Wanted wanted = new Wanted(0, ConsumerSnapshot.EMPTY);

    private volatile boolean consumersKnown;
    private volatile CredentialIndex index = CredentialIndex.UNKNOWN;

    /**
     * The first snapshot with the consumers that there are now; later ones differ in the rest of the gateway's configuration.
     *
     * @param number grows with each other set of consumers, of which there may be too many to compare again and again
     */
    private record Wanted(long number, ConsumerSnapshot snapshot) {}

    /** How something is done after a time. */
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

    /** Returns what is known of keys that were nobody's. */
    public WrongKeys wrongKeys() {
        return wrongKeys;
    }

    /** Adds a listener; it is told of each change from now on. */
    public void addListener(IndexListener listener) {
        listeners.add(listener);
    }

    /** Takes over a new set of consumers: their references are wanted from now on. Called by one thread at a time. */
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

    /** Brings the index up to date soon, because what these references stand for changed. */
    @Override
    public void changed(Set<SecretReference> references) {
        outdated.addAll(references);
        progress.happenedOneOfMany();
        update();
    }

    /** Whether it was found or not: it was tried. */
    @Override
    public void fetched(ProviderId provider, String path, FetchOutcome outcome) {
        progress.happenedOneOfMany();
    }

    @Override
    public void availability(ProviderId provider, boolean answers, String detail) {
        progress.happenedOneOfMany();
    }

    private void update() {
        if (due.compareAndSet(false, true)) {
            try {
                builder.execute(this::updateOrTryAgain);
            } catch (RejectedExecutionException e) {
                LOG.debug("the index is not brought up to date any more: the runner stops");
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

    /**
     * Returns whether there is nothing to wait for after a start: every key can be told to be good or wrong, or else it was tried to
     * find out and could not be.
     */
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

    /** Returns the number of the index in force; it grows with each one published. */
    public long sequence() {
        return index.sequence();
    }

    /** Returns which credentials are refused because they share a key, in words. */
    public List<String> ambiguities() {
        return index.ambiguities().stream()
                .map(sharers -> sharers.stream().map(CredentialDirectory::name).collect(Collectors.joining(" and "))
                        + " have the same key; it is refused for all of them until they differ")
                .toList();
    }

    /** Returns when each credential was last used, to a second; those never used since this runner started are left out. */
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
     * Returns which credentials were used with a version before the current one since this runner started, and how often; those
     * that were not are left out.
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

    /** Returns whether the provider's access rules let a consumer use a reference. */
    public boolean mayUse(Consumer consumer, SecretReference reference) {
        return resolver.access(reference.provider()).allow(consumer.username(), consumer.labels(), reference);
    }

    CredentialIndex index() {
        return index;
    }

    /** An index that cannot be built must not stay away in silence: what was revoked is still in the one before it. */
    private void updateOrTryAgain() {
        try {
            bringUpToDate();
        } catch (RuntimeException | Error e) {
            LOG.error(
                    "the credential index could not be built: {}; trying again",
                    e.getClass().getName());
            // Whatever was done of it: the next one is built from nothing.
            retained = null;
            later.run(this::update, TRY_AGAIN);
        }
        progress.happened();
    }

    private void bringUpToDate() {
        due.set(false);
        if (!consumersKnown) {
            return;
        }
        Wanted now = wanted;
        Wanted before = retained;
        long generation = resolver.generation();
        // Access rules come with a provider, so another one is not put off; nor is a build after one that failed.
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
        // Taken out before it is asked what they stand for: what changes meanwhile is looked at once more.
        Set<SecretReference> changed = new HashSet<>();
        outdated.removeIf(changed::add);
        CredentialIndex current = index;
        // Read at one moment, so that credentials whose keys are fields of one secret get them from one version.
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
        Touched touched = build.touched();
        if (retained == null && index != CredentialIndex.UNKNOWN) {
            // There is nothing that it could be compared with. Before the first one nobody was accepted.
            touched.addAll();
        }
        index = next;
        tell(touched.change(next.sequence()));
    }

    /** A listener that throws is its own problem: the index is in force, and the others are told. */
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
