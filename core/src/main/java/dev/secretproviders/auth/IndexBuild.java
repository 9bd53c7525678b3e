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
 * Builds one credential index. Unchanged identities stay the same objects: they keep their last use, and old objects
 * are not allocated again.
 *
 * <p>A failed build leaves the claims of identities incomplete, so the next index must not be compared with the
 * previous one.
 */
final class IndexBuild {
    private final Resolver resolver;
    private final CredentialIndex before;
    private final ConsumerSnapshot snapshot;
    private final AffectedCredentials affected = new AffectedCredentials();

    private final List<Identity> all = new ArrayList<>();
    /** The identities whose keys are references that they may use. */
    private final List<Identity> referring = new ArrayList<>();
    /** The identities of the previous index that are not in the next one. */
    private final List<Identity> retired = new ArrayList<>();
    /** The positions of {@link #referring} in the list of all identities. */
    private final BitSet mayRefer = new BitSet();

    /** Prepares an index for these consumers, which replaces the previous one. */
    IndexBuild(Resolver resolver, CredentialIndex before, ConsumerSnapshot snapshot) {
        this.resolver = resolver;
        this.before = before;
        this.snapshot = snapshot;
    }

    /** Makes the resolver keep the references of these consumers, and returns an index with the next number. */
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
            if (!same && CredentialIndex.mayHaveAccepted(had)) {
                affected.add(identity);
            }
        }
        next.addFormerOwners(before, affected);
        AffectedCredentials _ = next.publish(before.sequence() + 1);
        return next;
    }

    /** Returns the credentials that the build affected. */
    AffectedCredentials affected() {
        return affected;
    }

    /** Returns the identities of the previous index that the next one replaces or lacks. */
    List<Identity> retired() {
        return retired;
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
        // Remaining identities were removed or replaced.
        retired.addAll(known.values());
        retired.stream()
                .filter(identity -> CredentialIndex.mayHaveAccepted(identity.claims))
                .forEach(affected::add);
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
        // Only the builder decides which references are kept, so each reference has a resolution.
        return claims(identity, Objects.requireNonNull(resolutions.get(ReferringCredentials.reference(identity))));
    }

    /** Returns the claims of a credential by the resolution of its reference. */
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
     * Returns the references that the providers' access rules allow; a forbidden reference is not even fetched. They
     * are fetched in this order: recently used ones first, then those not used since the start of this runner, by name.
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
