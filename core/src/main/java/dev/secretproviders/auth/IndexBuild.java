package dev.secretproviders.auth;

import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.provider.AccessRules;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    private final ClaimMaker maker;
    private final IndexChange.Affected affected = new IndexChange.Affected();

    private final List<Identity> all = new ArrayList<>();
    /** The identities that hold references and may use all of them. */
    private final List<Identity> referring = new ArrayList<>();
    /** The identities of the previous index that are not in the next one. */
    private final List<Identity> retired = new ArrayList<>();
    /** The positions in the list of all identities of those that hold a reference that they may not use. */
    private final BitSet denied = new BitSet();

    /** Prepares an index for these consumers, which replaces the previous one. */
    IndexBuild(Resolver resolver, CredentialIndex before, ConsumerSnapshot snapshot, ClaimMaker maker) {
        this.resolver = resolver;
        this.before = before;
        this.snapshot = snapshot;
        this.maker = maker;
    }

    /** Makes the resolver keep the references of these consumers, and returns an index with the next number. */
    CredentialIndex run() {
        identify();
        resolver.retain(Resolver.CONSUMERS, references());
        Map<SecretReference, Resolution> resolutions = new HashMap<>();
        resolver.resolutions().forEach(resolution -> resolutions.put(resolution.reference(), resolution));
        CredentialIndex next = new CredentialIndex(snapshot, List.copyOf(all), referring);
        for (int i = 0; i < all.size(); i++) {
            Identity identity = all.get(i);
            KeyClaim had = identity.claims;
            KeyClaim has = denied.get(i) ? null : maker.claims(identity, resolutions);
            boolean same = CredentialIndex.same(had, has);
            identity.claims = null;
            next.set(identity, same ? had : has);
            if (!same
                    && (CredentialIndex.mayHaveAccepted(had) || (before.isKnown() && CredentialIndex.isLimited(has)))) {
                affected.add(identity);
            }
        }
        next.addFormerOwners(before, affected);
        IndexChange.Affected _ = next.publish(before.sequence() + 1);
        return next;
    }

    /** Returns the credentials that the build affected. */
    IndexChange.Affected affected() {
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
                CredentialName name = CredentialName.of(consumer, credential);
                Identity identity = identity(consumer, credential, same ? known.remove(name) : known.get(name), same);
                List<SecretReference> references = credential.references();
                if (!references.stream()
                        .allMatch(reference -> rules.computeIfAbsent(reference.provider(), resolver::access)
                                .allow(consumer.username(), consumer.labels(), reference))) {
                    denied.set(all.size());
                } else if (!references.isEmpty()) {
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

    /**
     * Returns the references that the providers' access rules allow; a forbidden reference is not even fetched. They
     * are fetched in this order: recently used ones first, then those not used since the start of this runner, by name.
     */
    private Map<SecretReference, Use> references() {
        long now = resolver.ticker().read();
        Map<SecretReference, Use> uses = new LinkedHashMap<>();
        referring.stream()
                .sorted(lastUsedFirst(now))
                .forEach(identity -> addReferences(Objects.requireNonNull(identity.credential()), uses));
        return uses;
    }

    /** Returns the order of credentials in which their references are fetched. */
    static Comparator<Identity> lastUsedFirst(long now) {
        return Comparator.<Identity>comparingLong(identity -> order(identity.ago(now)))
                .thenComparing(Identity::username);
    }

    private static void addReferences(Credential credential, Map<SecretReference, Use> uses) {
        for (SecretReference reference : credential.references()) {
            if (credential.needsValueOf(reference)) {
                uses.put(reference, Use.VALUE);
            } else {
                uses.putIfAbsent(reference, Use.DIGEST);
            }
        }
    }

    private static long order(long ago) {
        return ago < 0 ? Long.MAX_VALUE : ago;
    }
}
