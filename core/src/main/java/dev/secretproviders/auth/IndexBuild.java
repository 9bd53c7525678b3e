package dev.secretproviders.auth;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKey;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.provider.AccessRules;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One making of the credential index. Who is the same as before stays the same object: it keeps when it was used, and what has
 * long been in memory stays there.
 *
 * <p>One that fails leaves the claims of identities half done: the next one is not to be compared with what was before.
 */
final class IndexBuild {
    private final Resolver resolver;
    private final CredentialIndex before;
    private final ConsumerSnapshot snapshot;
    private final Touched touched = new Touched();

    private final List<Identity> all = new ArrayList<>();
    /** Those of them whose keys are references that they may use. */
    private final List<Identity> referring = new ArrayList<>();
    /** The places of these in the list of all. */
    private final BitSet mayRefer = new BitSet();

    /** Prepares the making of an index for these consumers, in place of another. */
    IndexBuild(Resolver resolver, CredentialIndex before, ConsumerSnapshot snapshot) {
        this.resolver = resolver;
        this.before = before;
        this.snapshot = snapshot;
    }

    /** Makes the references of these consumers the wanted ones, and returns an index with the next number. */
    CredentialIndex run() {
        identify();
        resolver.retain(references());
        Map<SecretReference, Resolution> resolutions = new HashMap<>();
        resolver.resolutions().forEach(resolution -> resolutions.put(resolution.reference(), resolution));
        CredentialIndex next = new CredentialIndex(snapshot, List.copyOf(all), referring);
        for (int i = 0; i < all.size(); i++) {
            Identity identity = all.get(i);
            KeyClaim had = identity.claims;
            KeyClaim has = mayRefer.get(i) ? resolved(identity, resolutions) : literal(identity);
            boolean same = CredentialIndex.same(had, has);
            identity.claims = null;
            next.set(identity, same ? had : has);
            if (!same && CredentialIndex.letIn(had)) {
                touched.add(identity);
            }
        }
        next.addDispossessed(before, touched);
        Touched _ = next.publish(before.sequence() + 1);
        return next;
    }

    /** Returns the credentials that it touched. */
    Touched touched() {
        return touched;
    }

    private void identify() {
        Map<CredentialName, Identity> known = new HashMap<>();
        before.identities().forEach(identity -> known.put(identity.name(), identity));
        Map<ProviderId, AccessRules> rules = new HashMap<>();
        for (Consumer consumer : snapshot.consumers().values()) {
            boolean same = consumer.equals(before.known(consumer.username()));
            for (Credential credential : consumer.credentials()) {
                CredentialName name = new CredentialName(consumer.username(), credential.id());
                Identity identity = identity(consumer, credential, same ? known.remove(name) : known.get(name), same);
                if (credential.key() instanceof CredentialKey.Referenced(SecretReference reference)
                        && rules.computeIfAbsent(reference.provider(), resolver::access)
                                .allow(consumer.username(), consumer.labels(), reference)) {
                    mayRefer.set(all.size());
                    referring.add(identity);
                }
                all.add(identity);
            }
        }
        // Who is left is gone, or somebody else by the same name.
        known.values().stream()
                .filter(identity -> CredentialIndex.letIn(identity.claims))
                .forEach(touched::add);
    }

    private static Identity identity(
            Consumer consumer, Credential credential, @Nullable Identity known, boolean sameConsumer) {
        if (known != null && sameConsumer) {
            known.renew(consumer, credential);
            return known;
        }
        Identity identity = new Identity(consumer, credential);
        if (known != null) {
            identity.takeOver(known);
        }
        return identity;
    }

    private static @Nullable KeyClaim literal(Identity identity) {
        Credential credential = identity.credential();
        return credential != null && credential.key() instanceof CredentialKey.Literal(KeyDigest digest, boolean _)
                ? KeyClaim.of(digest, identity, null, false)
                : null;
    }

    private static @Nullable KeyClaim resolved(Identity identity, Map<SecretReference, Resolution> resolutions) {
        // The builder alone decides what is wanted, so each reference has its resolution.
        return claims(identity, Objects.requireNonNull(resolutions.get(ReferringCredentials.reference(identity))));
    }

    /** Returns what a credential claims by what its reference stands for. */
    static @Nullable KeyClaim claims(Identity identity, Resolution resolution) {
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
    private Set<SecretReference> references() {
        long now = resolver.ticker().read();
        return referring.stream()
                .sorted(Comparator.<Identity>comparingLong(identity -> order(identity.ago(now)))
                        .thenComparing(Identity::username))
                .map(ReferringCredentials::reference)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static long order(long ago) {
        return ago < 0 ? Long.MAX_VALUE : ago;
    }
}
