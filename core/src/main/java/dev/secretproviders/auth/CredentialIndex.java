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
 * Which credential a key belongs to: what the request path reads. Made anew for another set of consumers, and changed in place when
 * the secret behind a reference changes, in time for the credentials that hold it. One that is made takes identities over from the
 * one before, which is still read, but not changed any more.
 *
 * <p>No key stands in it, only digests. A key that two credentials share is marked as such rather than given to one of them;
 * where one holds it as its current key and another only as the one before its rotation, it is the first one's.
 *
 * <p>One thread changes it, any number read. A key that a credential had and keeps is found at every moment of a change.
 */
final class CredentialIndex {
    /** Before anything is known: any key may be good. */
    static final CredentialIndex UNKNOWN = unknown();

    private final ConsumerSnapshot snapshot;
    private final KeyTable table;
    private final List<Identity> identities;
    private final ReferringCredentials referring;
    /** The claims to keys that there are several claims to. */
    private final Map<KeyDigest, List<KeyClaim>> shared = new HashMap<>();

    private int unresolved;
    private boolean sharedChanged = true;
    /** By what was set since it was published last. */
    private Touched touched = new Touched();
    /** Written after the keys, and read before them: whoever sees it at zero sees every key that was resolved. */
    private volatile int undecided;

    private volatile int size;
    private volatile long sequence;
    private volatile List<Set<Identity>> ambiguities = List.of();

    /**
     * Creates an index without keys.
     *
     * @param identities the credentials that may have keys
     * @param referring those of them whose keys are references
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
        Touched _ = index.publish(0);
        return index;
    }

    /** Returns what is known of a key, or null if no credential has it. Ask for {@link #undecided} before. */
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

    /** Returns how many keys are somebody's. */
    int size() {
        return size;
    }

    /** Returns the credentials that share a key, for each such key. */
    List<Set<Identity>> ambiguities() {
        return ambiguities;
    }

    /** Returns the number of what is in force; it grows with each change. */
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
     * Gives a credential these keys in place of those it had.
     *
     * @param claims a chain, or {@link KeyClaim#UNDECIDED}, or null for none
     */
    void set(Identity identity, @Nullable KeyClaim claims) {
        KeyClaim before = identity.claims;
        if (same(before, claims)) {
            return;
        }
        if (letIn(before)) {
            touched.add(identity);
        }
        identity.claims = claims;
        if (claims == KeyClaim.UNDECIDED) {
            unresolved++;
            // At once: a key that is taken out next may be good.
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
        stand(standing(all));
    }

    private void remove(KeyClaim claim) {
        List<KeyClaim> all = shared.get(claim.digest);
        if (all == null) {
            table.remove(claim.digest);
            return;
        }
        all.removeIf(other -> other == claim);
        sharedChanged = true;
        stand(standing(all));
        if (all.size() == 1) {
            shared.remove(claim.digest);
        }
    }

    /**
     * Returns whether somebody may have been accepted by these keys, and so be remembered: not by what is not there, or not
     * known yet. Who only comes touches no verdict, least of all one that was remembered from before this runner started.
     */
    static boolean letIn(@Nullable KeyClaim claims) {
        return claims != null && claims != KeyClaim.UNDECIDED;
    }

    /** Whose key it was does not have it any more, though that credential itself did not change. */
    private void stand(KeyClaim claim) {
        KeyClaim before = table.get(claim.digest);
        Identity owner = before == null ? null : before.identity();
        if (owner != null && owner != claim.identity()) {
            touched.add(owner);
        }
        table.put(claim);
    }

    /** Adds the credentials that had a key in the index before which is not theirs alone in this one. */
    void addDispossessed(CredentialIndex before, Touched sinceThen) {
        for (KeyDigest digest : shared.keySet()) {
            KeyClaim then = before.table.get(digest);
            KeyClaim now = table.get(digest);
            Identity owner = then == null ? null : then.identity();
            if (owner != null && (now == null || owner != now.identity())) {
                sinceThen.add(owner);
            }
        }
    }

    /** Returns what stands for a key that there are several claims to. */
    private static KeyClaim standing(List<KeyClaim> claims) {
        List<KeyClaim> deciding = deciding(claims);
        KeyClaim first = deciding.getFirst();
        return deciding.stream().allMatch(claim -> claim.identity() == first.identity())
                ? first
                : KeyClaim.ambiguous(first.digest);
    }

    /** The current owner is not in doubt: somebody's old key became somebody else's new one. */
    private static List<KeyClaim> deciding(List<KeyClaim> claims) {
        List<KeyClaim> current =
                claims.stream().filter(claim -> !claim.previous()).toList();
        return current.isEmpty() ? claims : current;
    }

    /**
     * Makes what was set known with a number, which is higher than the one before.
     *
     * @return the credentials that it touches; of an index that was made anew it says nothing
     */
    Touched publish(long number) {
        if (sharedChanged) {
            ambiguities = shared.values().stream()
                    .map(CredentialIndex::owners)
                    .filter(owners -> owners.size() > 1)
                    .toList();
            sharedChanged = false;
        }
        size = table.size() - ambiguities.size();
        undecided = unresolved;
        Touched since = touched;
        touched = new Touched();
        // Last: whoever reads the number finds all that belongs to it.
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
