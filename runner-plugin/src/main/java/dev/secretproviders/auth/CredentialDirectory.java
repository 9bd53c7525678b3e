package dev.secretproviders.auth;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKey;
import dev.secretproviders.crypto.KeyDigest;
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
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the credential index up to date: joins the consumers with what their references stand for. For other consumers or providers it
 * builds a new one; when the value of a reference changes, it changes what belongs to it. Changes that come meanwhile are
 * taken together into the next step.
 *
 * <p>Thread-safe. Building happens on the given executor, never on the request path.
 */
public final class CredentialDirectory implements ConsumerSource.Listener, ResolverListener {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialDirectory.class);

    private final Resolver resolver;
    private final Executor builder;
    private final AtomicBoolean due = new AtomicBoolean();
    /** The consumers whose references the resolver keeps, or null for none; only the builder's. */
    private @Nullable ConsumerSnapshot retained;
    /** The {@linkplain Resolver#generation providers} for which they were chosen; only the builder's. */
    private long retainedFor;

    /** References whose values changed since the index in force took them over. */
    private final Set<SecretReference> outdated = ConcurrentHashMap.newKeySet();

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
        update();
    }

    /** Brings the index up to date soon, because what these references stand for changed. */
    @Override
    public void changed(Set<SecretReference> references) {
        outdated.addAll(references);
        update();
    }

    private void update() {
        if (due.compareAndSet(false, true)) {
            builder.execute(this::updateOrTryAgain);
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
            CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS).execute(this::update);
        }
    }

    private void bringUpToDate() {
        due.set(false);
        if (!consumersKnown) {
            return;
        }
        ConsumerSnapshot snapshot = consumers;
        long generation = resolver.generation();
        if (snapshot.equals(retained) && generation == retainedFor) {
            // Taken out before it is asked what they stand for: what changes meanwhile is looked at once more.
            Set<SecretReference> changed = new HashSet<>();
            outdated.removeIf(changed::add);
            change(index, changed);
        } else {
            outdated.clear();
            index = build(snapshot);
            retained = snapshot;
            retainedFor = generation;
        }
    }

    private void change(CredentialIndex current, Set<SecretReference> changed) {
        // Read at one moment, so that credentials whose keys are fields of one secret get them from one version.
        resolver.resolutions(changed)
                .forEach((reference, resolution) ->
                        current.forEach(reference, identity -> current.set(identity, claims(identity, resolution))));
        current.publish(current.sequence() + 1);
    }

    private CredentialIndex build(ConsumerSnapshot snapshot) {
        Map<ProviderId, AccessRules> rules = new HashMap<>();
        BiPredicate<Consumer, SecretReference> mayUse =
                (consumer, reference) -> rules.computeIfAbsent(reference.provider(), resolver::access)
                        .allow(consumer.username(), consumer.labels(), reference);
        Map<CredentialName, Identity> before = new HashMap<>();
        index.identities().forEach(identity -> before.put(identity.name(), identity));
        List<Identity> all = new ArrayList<>();
        List<Identity> referring = new ArrayList<>();
        for (Consumer consumer : snapshot.consumers().values()) {
            for (Credential credential : consumer.credentials()) {
                Identity identity = new Identity(consumer, credential);
                Identity same = before.get(identity.name());
                if (same != null) {
                    identity.takeOver(same);
                }
                all.add(identity);
                if (credential.key() instanceof CredentialKey.Referenced(SecretReference reference)
                        && mayUse.test(consumer, reference)) {
                    referring.add(identity);
                }
            }
        }
        resolver.retain(references(referring, resolver.ticker().read()));
        Map<SecretReference, Resolution> resolutions = new HashMap<>();
        resolver.resolutions().forEach(resolution -> resolutions.put(resolution.reference(), resolution));
        CredentialIndex next = new CredentialIndex(snapshot, List.copyOf(all), referring);
        for (Identity identity : all) {
            if (identity.credential()
                    instanceof Credential(String _, CredentialKey.Literal(KeyDigest digest, boolean _))) {
                next.set(identity, KeyClaim.of(digest, identity, null, false));
            }
        }
        for (Identity identity : referring) {
            // The builder alone decides what is wanted, so each reference has its resolution.
            next.set(
                    identity,
                    claims(
                            identity,
                            Objects.requireNonNull(resolutions.get(ReferringCredentials.reference(identity)))));
        }
        next.publish(index.sequence() + 1);
        return next;
    }

    private static @Nullable KeyClaim claims(Identity identity, Resolution resolution) {
        ResolvedValue current = resolution.current();
        if (current == null) {
            return resolution.state().undecided() ? KeyClaim.UNDECIDED : null;
        }
        KeyClaim first = KeyClaim.of(current.digest(), identity, current.version(), false);
        KeyClaim last = first;
        for (ResolvedValue previous : resolution.previous()) {
            last.next = KeyClaim.of(previous.digest(), identity, previous.version(), true);
            last = last.next;
        }
        return first;
    }

    /**
     * Those that the providers' access rules allow: what a consumer may not use is not even fetched for it. They are fetched in
     * this order: what was used last comes first, then what was not used since this runner started, by name.
     */
    private static Set<SecretReference> references(List<Identity> referring, long now) {
        return referring.stream()
                .sorted(Comparator.<Identity>comparingLong(identity -> order(identity.ago(now)))
                        .thenComparing(Identity::username))
                .map(ReferringCredentials::reference)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static long order(long ago) {
        return ago < 0 ? Long.MAX_VALUE : ago;
    }

    private static String name(Identity identity) {
        String credential = identity.credentialId();
        return credential == null
                ? "consumer " + identity.username()
                : "credential " + identity.username() + "/" + credential;
    }
}
