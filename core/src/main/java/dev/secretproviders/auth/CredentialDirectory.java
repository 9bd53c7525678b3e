package dev.secretproviders.auth;

import dev.secretproviders.auth.bounds.BoundsWatch;
import dev.secretproviders.auth.pace.Later;
import dev.secretproviders.auth.pace.Progress;
import dev.secretproviders.auth.proof.ProofMaker;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.auth.usage.CredentialUses;
import dev.secretproviders.auth.usage.LatestUses;
import dev.secretproviders.auth.usage.PreviousUses;
import dev.secretproviders.auth.usage.UseMarks;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the credential index up to date: joins the consumers with the values of their references. When consumers change,
 * or the value of a reference, it changes the index in place, in time for what changed. When providers change, and with
 * them access rules, it builds a new index. Changes that arrive meanwhile go into the next step together.
 *
 * <p>Thread-safe. Building happens on the given executor, never on the request path.
 */
public final class CredentialDirectory implements ConsumerSource.Listener, ResolverListener {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialDirectory.class);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final Resolver resolver;
    private final Executor builder;
    private final Later later;
    private final IndexListeners listeners = new IndexListeners();
    private final Progress progress = new Progress();
    private final AtomicBoolean due = new AtomicBoolean();
    private final WrongKeys wrongKeys;
    private final ClaimMaker maker;
    private final BoundsWatch watch;
    private final UseCounts uses = new UseCounts();
    /** The consumers whose references the resolver keeps, or null for none. Used by the builder only. */
    private @Nullable Wanted retained;
    /** The {@linkplain Resolver#generation generation} of the providers for {@link #retained}. Builder only. */
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

    /**
     * Creates a directory and registers it with the resolver.
     *
     * @param builder runs one task at a time, in order
     * @param makers those of the kinds in use; credentials of other kinds are never accepted
     */
    public CredentialDirectory(Resolver resolver, Executor builder, List<ProofMaker> makers) {
        this(resolver, builder, makers, InstantSource.system(), Later.SYSTEM);
    }

    CredentialDirectory(
            Resolver resolver, Executor builder, List<ProofMaker> makers, InstantSource clock, Later later) {
        this.resolver = resolver;
        this.builder = builder;
        this.maker = new ClaimMaker(makers);
        this.later = later;
        this.watch = new BoundsWatch(clock, later, () -> execute(this::look));
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
            execute(this::updateOrRetry);
        }
    }

    private void execute(Runnable step) {
        try {
            builder.execute(step);
        } catch (RejectedExecutionException e) {
            LOG.debug("the index is no longer updated: the runner stops");
        }
    }

    /** Tells followers if credentials began or ended to count. */
    private void look() {
        if (watch.isDue(index.bounds())) {
            updateOrRetry();
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
     * Waits until a condition holds that depends on what this directory and its resolver say.
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

    /** Returns how many keys, user names or key ids of a kind are accepted now. */
    public int size(CredentialKind kind) {
        return index.size(kind);
    }

    /** Returns how many credentials could not be resolved yet. */
    public int undecided() {
        return index.undecided();
    }

    /** Returns the number of the index in force; it grows with each publication. */
    public long sequence() {
        return index.sequence();
    }

    /** Returns descriptions of the credentials that are refused because they share a key or a user name. */
    public List<String> ambiguities() {
        return index.ambiguities();
    }

    /**
     * Returns when each credential was last used, to the second. Credentials not used since the start of this runner
     * are left out.
     */
    public Map<CredentialName, Instant> lastUses() {
        return UseCounts.last(index.identities(), resolver.ticker().read());
    }

    /**
     * Returns how often credentials were used with a version before the current one, since the start of this runner.
     * Other credentials are left out.
     */
    public Map<CredentialName, PreviousUses> previousUses() {
        return UseCounts.previous(index.identities(), resolver.ticker().read());
    }

    /** Returns what {@link #lastUses} and {@link #previousUses} say of one credential. */
    public LatestUses latestUses(CredentialName name) {
        return UseCounts.latest(index.identity(name), resolver.ticker().read());
    }

    /** Returns how often credentials that hold references were accepted since the last call. */
    public CompletableFuture<List<CredentialUses>> takeUses() {
        return uses.take(builder, () -> index.identities(), resolver.ticker());
    }

    /** Returns the uses of credentials, for the next process of this runner. */
    public List<UseMarks> handUses() {
        return uses.hand(index.identities(), resolver.ticker().read());
    }

    /** Adds the uses that the process before this one counted. */
    public void adoptUses(List<UseMarks> before) {
        uses.adopt(index.identities(), before, resolver.ticker().read());
    }

    /** Returns whether the provider's access rules let a consumer use a reference. */
    public boolean mayUse(Consumer consumer, SecretReference reference) {
        return resolver.access(reference.provider()).allow(consumer.username(), consumer.labels(), reference);
    }

    /** Returns whether the providers' access rules let a consumer use all references of a credential. */
    public boolean mayUse(Consumer consumer, Credential credential) {
        return credential.references().stream().allMatch(reference -> mayUse(consumer, reference));
    }

    /** Returns the credentials with a secret that cannot prove them, and why. */
    public Map<CredentialName, String> problems() {
        return index.problems();
    }

    /** Returns the clock by which credentials begin and end to count. */
    public InstantSource clock() {
        return watch.clock();
    }

    /** Returns the index in force. */
    public CredentialIndex index() {
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
        watch.begin(index.bounds());
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
        // Providers carry access rules. After a failed step, nothing is known of the index.
        if (before == null || generation != retainedFor) {
            build(now.snapshot());
        } else {
            changeInPlace(before, now);
        }
        retained = now;
        retainedFor = generation;
    }

    private void changeInPlace(Wanted before, Wanted now) {
        CredentialIndex current = index;
        List<Identity> retired = now.number() == before.number()
                ? List.of()
                : new ConsumerReplacement(resolver, current, maker).run(before.snapshot(), now.snapshot());
        // References are removed before their values are read, so that a change meanwhile is handled by the next step.
        Set<SecretReference> changed = new HashSet<>();
        outdated.removeIf(changed::add);
        // All values are read at one moment, so that fields of one secret are of one version.
        Set<SecretReference> read = new HashSet<>(changed);
        changed.forEach(reference ->
                current.forEach(reference, identity -> read.addAll(ReferringCredentials.references(identity))));
        Map<SecretReference, Resolution> resolutions = resolver.resolutions(read);
        changed.stream()
                .filter(resolutions::containsKey)
                .forEach(reference -> current.forEach(
                        reference, identity -> current.set(identity, maker.claims(identity, resolutions))));
        watch.tell(current.bounds(), current::affect);
        long number = current.sequence() + 1;
        IndexChange change = current.publish(number).change(number);
        uses.keep(retired, resolver.ticker().read());
        listeners.tell(change);
    }

    private void build(ConsumerSnapshot snapshot) {
        outdated.clear();
        IndexBuild build = new IndexBuild(resolver, index, snapshot, maker);
        CredentialIndex next = build.run();
        IndexChange.Affected affected = build.affected();
        if (retained == null && index != CredentialIndex.UNKNOWN) {
            // There is no index to compare with. Before the first index, no key was accepted.
            affected.addAll();
        }
        watch.tell(next.bounds(), affected::add);
        index = next;
        uses.keep(build.retired(), resolver.ticker().read());
        listeners.tell(affected.change(next.sequence()));
    }
}
