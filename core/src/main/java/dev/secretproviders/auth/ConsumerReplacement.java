package dev.secretproviders.auth;

import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts changed consumers into an index in place, with the references that the resolver keeps for them. Takes time for
 * the changed ones, however many there are. Used once.
 */
final class ConsumerReplacement {
    private final Resolver resolver;
    private final CredentialIndex index;
    private final ClaimMaker maker;

    private final List<Identity> retired = new ArrayList<>();
    private final List<Identity> added = new ArrayList<>();
    /** The added ones that may use all of their references. */
    private final Set<Identity> allowed = new HashSet<>();

    ConsumerReplacement(Resolver resolver, CredentialIndex index, ClaimMaker maker) {
        this.resolver = resolver;
        this.index = index;
        this.maker = maker;
    }

    /**
     * Makes the changes. The index is published by the caller.
     *
     * @return the credentials that are no longer in the index
     */
    List<Identity> run(ConsumerSnapshot before, ConsumerSnapshot now) {
        now.changes(before, this::replace);
        added.sort(IndexBuild.lastUsedFirst(resolver.ticker().read()));
        resolveWhatIsHeld();
        Map<SecretReference, Resolution> resolutions = resolver.resolutions(references(allowed));
        index.beginReplacing();
        for (Identity identity : added) {
            index.add(identity);
            index.set(identity, allowed.contains(identity) ? maker.claims(identity, resolutions) : null);
        }
        retired.forEach(index::remove);
        index.endReplacing(now);
        return retired;
    }

    private void replace(@Nullable Consumer before, @Nullable Consumer now) {
        Map<CredentialName, Identity> known = new HashMap<>();
        if (before != null) {
            index.identities(before.username()).forEach(identity -> known.put(identity.name(), identity));
        }
        retired.addAll(known.values());
        if (now == null) {
            return;
        }
        for (Credential credential : now.credentials()) {
            Identity identity = new Identity(now, credential);
            Identity earlier = known.get(identity.name());
            if (earlier != null) {
                identity.takeOver(earlier);
            }
            added.add(identity);
            if (credential.references().stream()
                    .allMatch(reference ->
                            resolver.access(reference.provider()).allow(now.username(), now.labels(), reference))) {
                allowed.add(identity);
            }
        }
    }

    /** Tells the resolver which references are needed now. A forbidden one is not even fetched. */
    private void resolveWhatIsHeld() {
        Set<SecretReference> concerned = new LinkedHashSet<>();
        Set<SecretReference> unwanted = new HashSet<>();
        Map<SecretReference, Use> wanted = new LinkedHashMap<>();
        ReferringCredentials referring = index.referring();
        retired.forEach(referring::remove);
        for (Identity identity : added) {
            if (allowed.contains(identity)) {
                referring.add(identity);
                concerned.addAll(ReferringCredentials.references(identity));
            }
        }
        concerned.addAll(references(retired));
        for (SecretReference reference : concerned) {
            Use use = use(reference, referring);
            if (use == null) {
                unwanted.add(reference);
            } else {
                wanted.put(reference, use);
            }
        }
        resolver.change(Resolver.CONSUMERS, wanted, unwanted);
    }

    /** Returns for what a reference is used now; null if no credential holds it. */
    private static @Nullable Use use(SecretReference reference, ReferringCredentials referring) {
        Use use = referring.isKey(reference) ? Use.DIGEST : null;
        for (Identity holder : referring.others(reference)) {
            Credential credential = holder.credential();
            if (credential != null && credential.needsValueOf(reference)) {
                return Use.VALUE;
            }
            use = Use.DIGEST;
        }
        return use;
    }

    private static Set<SecretReference> references(Iterable<Identity> identities) {
        Set<SecretReference> references = new LinkedHashSet<>();
        identities.forEach(identity -> references.addAll(ReferringCredentials.references(identity)));
        return references;
    }
}
