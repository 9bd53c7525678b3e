package dev.secretproviders.auth;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The table from a key to its credential, which the request path reads. It is rebuilt for a new set of consumers. When
 * the secret behind a reference changes, it is changed in place, in time proportional to the credentials that hold the
 * reference. A new index reuses the identities of the previous one, which is still read but no longer changed.
 *
 * <p>It contains no keys, only digests. A key that two credentials share is marked as ambiguous. If only one of them
 * holds it as its current key, and the other as its previous one, it belongs to the first.
 *
 * <p>One thread changes the index, any number of threads read it. A key that a credential keeps is found at every
 * moment of a change.
 */
final class CredentialIndex {
    /** The index before the consumers are known: any key may be good. */
    static final CredentialIndex UNKNOWN = unknown();

    private final ConsumerSnapshot snapshot;
    private final KeyTable table;
    private final List<Identity> identities;
    private final ReferringCredentials referring;
    /** All claims to each key that has several. */
    private final Map<KeyDigest, List<KeyClaim>> shared = new HashMap<>();

    private int unresolved;
    private boolean sharedChanged = true;
    /** The credentials affected since the last publication. */
    private AffectedCredentials affected = new AffectedCredentials();
    /** Written after the keys and read before them: a reader that sees zero sees every resolved key. */
    private volatile int undecided;

    private volatile int size;
    private volatile long sequence;
    private volatile List<Set<Identity>> ambiguities = List.of();

    /**
     * Creates an index without keys.
     *
     * @param identities the credentials that may have keys
     * @param referring the identities whose keys are references
     */
    CredentialIndex(ConsumerSnapshot snapshot, List<Identity> identities, List<Identity> referring) {
        this.snapshot = snapshot;
        this.identities = identities;
        this.referring = new ReferringCredentials(referring);
        this.table = new KeyTable(identities.size());
    }

    private static CredentialIndex unknown() {
        CredentialIndex index = new CredentialIndex(ConsumerSnapshot.EMPTY, List.of(), List.of());
        index.unresolved = 1;
        AffectedCredentials _ = index.publish(0);
        return index;
    }

    /** Returns the claim to a key, or null if no credential has it. Read {@link #undecided} first. */
    @Nullable
    KeyClaim find(long[] digest) {
        return table.find(digest);
    }

    /** Returns a consumer by its name, or null if there is none. */
    @Nullable
    Consumer known(String username) {
        return snapshot.consumers().get(username);
    }

    /** Returns the identity of a consumer by its name alone, or null if there is no such consumer. */
    @Nullable
    Identity consumer(String username) {
        Consumer consumer = known(username);
        return consumer == null ? null : new Identity(consumer, null);
    }

    /** Returns how many credentials could not be resolved yet, so that an unknown key may belong to one of them. */
    int undecided() {
        return undecided;
    }

    /** Returns how many keys belong to a single credential. */
    int size() {
        return size;
    }

    /** Returns the credentials that share a key, for each such key. */
    List<Set<Identity>> ambiguities() {
        return ambiguities;
    }

    /** Returns the number of the published state; it grows with each change. */
    long sequence() {
        return sequence;
    }

    /** Returns the credentials, whether they have keys or not. */
    List<Identity> identities() {
        return identities;
    }

    /** Calls {@code action} for each credential whose key is this reference. */
    void forEach(SecretReference reference, java.util.function.Consumer<Identity> action) {
        referring.forEach(reference, action);
    }

    /**
     * Replaces the keys of a credential.
     *
     * @param claims a chain, or {@link KeyClaim#UNDECIDED}, or null for none
     */
    void set(Identity identity, @Nullable KeyClaim claims) {
        KeyClaim before = identity.claims;
        if (same(before, claims)) {
            return;
        }
        if (mayHaveAccepted(before)) {
            affected.add(identity);
        }
        identity.claims = claims;
        if (claims == KeyClaim.UNDECIDED) {
            unresolved++;
            // Published immediately, because a key that is removed next may be good.
            undecided = unresolved;
        } else {
            for (KeyClaim claim = claims; claim != null; claim = claim.next) {
                add(claim);
            }
        }
        if (before == KeyClaim.UNDECIDED) {
            unresolved--;
        } else {
            for (KeyClaim claim = before; claim != null; claim = claim.next) {
                remove(claim);
            }
        }
    }

    static boolean same(@Nullable KeyClaim some, @Nullable KeyClaim others) {
        KeyClaim one = some;
        KeyClaim other = others;
        while (one != null && other != null && one.same(other)) {
            one = one.next;
            other = other.next;
        }
        return one == null && other == null;
    }

    private void add(KeyClaim claim) {
        List<KeyClaim> all = shared.get(claim.digest);
        KeyClaim only = table.get(claim.digest);
        if (all == null && only == null) {
            table.put(claim);
            return;
        }
        if (all == null) {
            all = new ArrayList<>();
            all.add(only);
            shared.put(claim.digest, all);
        }
        all.add(claim);
        sharedChanged = true;
        putDeciding(decidingClaim(all));
    }

    private void remove(KeyClaim claim) {
        List<KeyClaim> all = shared.get(claim.digest);
        if (all == null) {
            table.remove(claim.digest);
            return;
        }
        all.removeIf(other -> other == claim);
        sharedChanged = true;
        putDeciding(decidingClaim(all));
        if (all.size() == 1) {
            shared.remove(claim.digest);
        }
    }

    /**
     * Returns whether a request may have been accepted by these claims, so that a follower may remember a verdict.
     * Absent or undecided claims accept none. A credential that is only added therefore affects no verdict, in
     * particular none from before this runner's start.
     */
    static boolean mayHaveAccepted(@Nullable KeyClaim claims) {
        return claims != null && claims != KeyClaim.UNDECIDED;
    }

    /**
     * Puts a claim into the table. The previous owner of the key counts as affected, although its credential did not
     * change.
     */
    private void putDeciding(KeyClaim claim) {
        KeyClaim before = table.get(claim.digest);
        Identity owner = before == null ? null : before.identity();
        if (owner != null && owner != claim.identity()) {
            affected.add(owner);
        }
        table.put(claim);
    }

    /** Adds the credentials that owned a key in the previous index and do not own it alone in this one. */
    void addFormerOwners(CredentialIndex before, AffectedCredentials sinceThen) {
        for (KeyDigest digest : shared.keySet()) {
            KeyClaim then = before.table.get(digest);
            KeyClaim now = table.get(digest);
            Identity owner = then == null ? null : then.identity();
            if (owner != null && (now == null || owner != now.identity())) {
                sinceThen.add(owner);
            }
        }
    }

    /** Returns the entry of a key that has several claims. */
    private static KeyClaim decidingClaim(List<KeyClaim> claims) {
        List<KeyClaim> deciding = deciding(claims);
        KeyClaim first = deciding.getFirst();
        return deciding.stream().allMatch(claim -> claim.identity() == first.identity())
                ? first
                : KeyClaim.ambiguous(first.digest);
    }

    /** Returns the claims that decide about a key. A current claim outweighs those of previous versions. */
    private static List<KeyClaim> deciding(List<KeyClaim> claims) {
        List<KeyClaim> current =
                claims.stream().filter(claim -> !claim.previous()).toList();
        return current.isEmpty() ? claims : current;
    }

    /**
     * Publishes the changes under a number, which is higher than the previous one.
     *
     * @return the affected credentials; meaningless for a newly built index
     */
    AffectedCredentials publish(long number) {
        if (sharedChanged) {
            ambiguities = shared.values().stream()
                    .map(CredentialIndex::owners)
                    .filter(owners -> owners.size() > 1)
                    .toList();
            sharedChanged = false;
        }
        size = table.size() - ambiguities.size();
        undecided = unresolved;
        AffectedCredentials since = affected;
        affected = new AffectedCredentials();
        // Written last, so that a reader of the number sees all changes up to it.
        sequence = number;
        return since;
    }

    private static Set<Identity> owners(List<KeyClaim> claims) {
        Set<Identity> owners = new LinkedHashSet<>();
        deciding(claims).forEach(claim -> {
            Identity owner = claim.identity();
            if (owner != null) {
                owners.add(owner);
            }
        });
        return owners;
    }
}
