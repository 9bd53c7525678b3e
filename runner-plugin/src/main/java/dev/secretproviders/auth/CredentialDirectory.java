package dev.secretproviders.auth;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKey;
import dev.secretproviders.provider.AccessRules;
import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.reference.SecretReference;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the credential index up to date: joins the consumers with what their references stand for, and publishes a new index
 * whenever either changes. Changes that come while an index is being built are taken together into the next one.
 *
 * <p>Thread-safe. Building happens on the given executor, never on the request path.
 */
public final class CredentialDirectory implements ConsumerSource.Listener, ResolverListener {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialDirectory.class);

    private final Resolver resolver;
    private final Executor builder;
    private final AtomicBoolean due = new AtomicBoolean();
    /** The consumers whose references the resolver keeps; only the builder's. */
    private ConsumerSnapshot retained = ConsumerSnapshot.EMPTY;
    /** The {@linkplain Resolver#generation providers} for which they were chosen; only the builder's. */
    private long retainedFor;

    private volatile Map<CredentialName, CredentialUse> uses = Map.of();

    private volatile ConsumerSnapshot consumers = ConsumerSnapshot.EMPTY;
    private volatile boolean consumersKnown;
    private volatile CredentialIndex index = CredentialIndex.UNKNOWN;

    /**
     * Creates a directory and registers it with the resolver.
     *
     * @param builder runs one task at a time, in order
     */
    public CredentialDirectory(Resolver resolver, Executor builder) {
        this.resolver = resolver;
        this.builder = builder;
        resolver.addListener(this);
    }

    /** Takes over a new set of consumers: their references are wanted from now on. */
    @Override
    public void changed(ConsumerSnapshot snapshot) {
        consumers = snapshot;
        consumersKnown = true;
        changed();
    }

    /** Builds a new index soon, because what references stand for changed. */
    @Override
    public void changed() {
        if (due.compareAndSet(false, true)) {
            builder.execute(this::rebuildOrTryAgain);
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
        Instant clock = Instant.now();
        Map<CredentialName, Instant> last = new HashMap<>();
        uses.forEach((name, use) -> {
            long ago = use.ago(now);
            if (ago >= 0) {
                last.put(name, clock.minusNanos(ago).truncatedTo(ChronoUnit.SECONDS));
            }
        });
        return last;
    }

    /**
     * Returns which credentials were used with a version before the current one since this runner started, and how often; those
     * that were not are left out.
     */
    public Map<CredentialName, PreviousUses> previousUses() {
        long now = resolver.ticker().read();
        Instant clock = Instant.now();
        Map<CredentialName, PreviousUses> previous = new HashMap<>();
        uses.forEach((name, use) -> {
            long ago = use.previousAgo(now);
            if (ago >= 0) {
                previous.put(
                        name,
                        new PreviousUses(use.previous(), clock.minusNanos(ago).truncatedTo(ChronoUnit.SECONDS)));
            }
        });
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
    private void rebuildOrTryAgain() {
        try {
            rebuild();
        } catch (RuntimeException | Error e) {
            LOG.error(
                    "the credential index could not be built: {}; trying again",
                    e.getClass().getName());
            CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS).execute(this::changed);
        }
    }

    private void rebuild() {
        due.set(false);
        if (!consumersKnown) {
            return;
        }
        ConsumerSnapshot snapshot = consumers;
        long generation = resolver.generation();
        Map<ProviderId, AccessRules> rules = new HashMap<>();
        BiPredicate<Consumer, SecretReference> mayUse =
                (consumer, reference) -> rules.computeIfAbsent(reference.provider(), resolver::access)
                        .allow(consumer.username(), consumer.labels(), reference);
        if (!snapshot.equals(retained) || generation != retainedFor) {
            resolver.retain(references(snapshot, mayUse, uses, resolver.ticker().read()));
            retained = snapshot;
            retainedFor = generation;
        }
        // Read at one moment, so that credentials whose keys are fields of one secret get them from one version.
        Map<SecretReference, Resolution> resolutions = new HashMap<>();
        resolver.resolutions().forEach(resolution -> resolutions.put(resolution.reference(), resolution));
        CredentialIndex.Builder next = new CredentialIndex.Builder();
        Map<CredentialName, CredentialUse> nextUses = new HashMap<>();
        for (Consumer consumer : snapshot.consumers().values()) {
            next.consumer(new Identity(consumer.username(), null, consumer.customId()));
            for (Credential credential : consumer.credentials()) {
                CredentialName name = new CredentialName(consumer.username(), credential.id());
                CredentialUse use = uses.getOrDefault(name, new CredentialUse());
                nextUses.put(name, use);
                Identity identity = new Identity(consumer.username(), credential.id(), consumer.customId());
                if (credential.key() instanceof CredentialKey.Referenced(SecretReference reference)
                        && !mayUse.test(consumer, reference)) {
                    continue;
                }
                add(next, identity, credential.key(), use, resolutions);
            }
        }
        uses = nextUses;
        index = next.build(index.sequence() + 1);
    }

    /** A reference that a credential holds, and how long ago the credential was used. */
    private record Wanted(SecretReference reference, long ago, String username) {}

    /**
     * Those that the providers' access rules allow: what a consumer may not use is not even fetched for it. They are fetched in
     * this order: what was used last comes first, then what was not used since this runner started, by name.
     */
    private static Set<SecretReference> references(
            ConsumerSnapshot snapshot,
            BiPredicate<Consumer, SecretReference> mayUse,
            Map<CredentialName, CredentialUse> uses,
            long now) {
        List<Wanted> wanted = new ArrayList<>();
        for (Consumer consumer : snapshot.consumers().values()) {
            for (Credential credential : consumer.credentials()) {
                if (credential.key() instanceof CredentialKey.Referenced(SecretReference reference)
                        && mayUse.test(consumer, reference)) {
                    CredentialUse use = uses.get(new CredentialName(consumer.username(), credential.id()));
                    long ago = use == null ? -1 : use.ago(now);
                    wanted.add(new Wanted(reference, ago < 0 ? Long.MAX_VALUE : ago, consumer.username()));
                }
            }
        }
        wanted.sort(Comparator.comparingLong(Wanted::ago).thenComparing(Wanted::username));
        return wanted.stream().map(Wanted::reference).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static void add(
            CredentialIndex.Builder next,
            Identity identity,
            CredentialKey key,
            CredentialUse use,
            Map<SecretReference, Resolution> resolutions) {
        switch (key) {
            case CredentialKey.Literal literal -> next.current(literal.digest(), identity, null, use);
            case CredentialKey.Referenced referenced -> {
                // The builder alone decides what is wanted, so each reference has its resolution.
                Resolution resolution = Objects.requireNonNull(resolutions.get(referenced.reference()));
                ResolvedValue current = resolution.current();
                if (current != null) {
                    next.current(current.digest(), identity, current.version(), use);
                    for (ResolvedValue previous : resolution.previous()) {
                        next.previous(previous.digest(), identity, previous.version(), use);
                    }
                } else if (resolution.state().undecided()) {
                    next.undecided();
                }
            }
        }
    }

    private static String name(Identity identity) {
        return identity.credentialId() == null
                ? "consumer " + identity.username()
                : "credential " + identity.username() + "/" + Objects.requireNonNull(identity.credentialId());
    }
}
