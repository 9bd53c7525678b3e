package dev.secretproviders.auth;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKey;
import dev.secretproviders.reference.SecretReference;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
        if (!snapshot.equals(retained)) {
            resolver.retain(references(snapshot));
            retained = snapshot;
        }
        // Read at one moment, so that credentials whose keys are fields of one secret get them from one version.
        Map<SecretReference, Resolution> resolutions = new HashMap<>();
        resolver.resolutions().forEach(resolution -> resolutions.put(resolution.reference(), resolution));
        CredentialIndex.Builder next = new CredentialIndex.Builder();
        for (Consumer consumer : snapshot.consumers().values()) {
            next.consumer(new Identity(consumer.username(), null, consumer.customId()));
            for (Credential credential : consumer.credentials()) {
                Identity identity = new Identity(consumer.username(), credential.id(), consumer.customId());
                add(next, identity, credential.key(), resolutions);
            }
        }
        index = next.build(index.sequence() + 1);
    }

    private static Set<SecretReference> references(ConsumerSnapshot snapshot) {
        Set<SecretReference> wanted = new HashSet<>();
        for (Consumer consumer : snapshot.consumers().values()) {
            for (Credential credential : consumer.credentials()) {
                if (credential.key() instanceof CredentialKey.Referenced referenced) {
                    wanted.add(referenced.reference());
                }
            }
        }
        return wanted;
    }

    private static void add(
            CredentialIndex.Builder next,
            Identity identity,
            CredentialKey key,
            Map<SecretReference, Resolution> resolutions) {
        switch (key) {
            case CredentialKey.Literal literal -> next.current(literal.digest(), identity, null);
            case CredentialKey.Referenced referenced -> {
                // The builder alone decides what is wanted, so each reference has its resolution.
                Resolution resolution = Objects.requireNonNull(resolutions.get(referenced.reference()));
                ResolvedValue current = resolution.current();
                if (current != null) {
                    next.current(current.digest(), identity, current.version());
                    for (ResolvedValue previous : resolution.previous()) {
                        next.previous(previous.digest(), identity, previous.version());
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
