package dev.secretproviders.auth;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.NameDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The claims to the attributes of one kind of credential, by digest or print. An attribute that two credentials share is
 * marked as ambiguous. If only one of them holds it as its current one, and the other as its previous one, it belongs to
 * the first.
 *
 * <p>One thread changes the table, any number of threads read it. An attribute that a credential keeps is found at
 * every moment of a change.
 */
final class CredentialTable {
    /** Replaced once at most, by one with the same claims. */
    private volatile KeyTable table;
    /** All claims to each attribute that has several. */
    private final Map<KeyDigest, List<KeyClaim>> shared = new HashMap<>();

    /** While changes are held back: the claims to each attribute that changes. */
    private @Nullable Map<KeyDigest, List<KeyClaim>> held;

    private int unresolved;
    private int unproven;
    private boolean sharedChanged = true;
    /** Written after the claims and read before them: a reader that sees zero sees every resolved attribute. */
    private volatile int undecided;

    private volatile int size;
    private volatile List<Set<Identity>> ambiguities = List.of();

    /**
     * Creates a table with room for {@code expected} claims.
     *
     * @param names whether the attributes are names, which prove nothing
     */
    CredentialTable(int expected, boolean names) {
        this.table = names ? KeyTable.ofNames(expected) : new KeyTable(expected);
    }

    /** Returns the claim to a key, or null if no credential has it. Read {@link #undecided} first. */
    @Nullable
    KeyClaim find(long[] digest) {
        return table.find(digest);
    }

    /**
     * Returns the claim to a name, or null if no credential has it. Read {@link #undecided} first. As long as all names are
     * in the gateway's configuration, they are found by their prints. Otherwise all are found by their digests, so that the
     * time does not tell which names exist.
     */
    @Nullable
    KeyClaim find(KeyDigester digester, byte[] bytes, int offset, int length) {
        KeyTable now = table;
        return now.byPrint()
                ? now.findName(digester.printOf(bytes, offset, length))
                : now.find(digester.digestOf(bytes, offset, length));
    }

    /** Returns the claim to an attribute, or null if no credential has it. Read {@link #undecided} first. */
    @Nullable
    KeyClaim get(KeyDigest digest) {
        return table.get(digest);
    }

    /** Returns how many attributes could not be resolved yet, so that an unknown one may be among them. */
    int undecided() {
        return undecided;
    }

    /** Returns how many proofs of known attributes could not be resolved yet. Used by the builder only. */
    int unproven() {
        return unproven;
    }

    /** Returns how many attributes belong to a single credential. */
    int size() {
        return size;
    }

    /** Returns the credentials that share an attribute, for each such attribute. */
    List<Set<Identity>> ambiguities() {
        return ambiguities;
    }

    /** Counts one credential that is not in the table, so that no attribute is known to be wrong. */
    void addUnresolved() {
        unresolved++;
    }

    /**
     * Replaces the claims of a credential.
     *
     * @param claims a chain, or {@link KeyClaim#UNDECIDED}, or null for none
     */
    void set(Identity identity, @Nullable KeyClaim claims, IndexChange.Affected affected) {
        KeyClaim before = identity.claims;
        identity.claims = claims;
        if (claims == KeyClaim.UNDECIDED) {
            unresolved++;
            // Published immediately, because a claim that is removed next may be good.
            undecided = unresolved;
        } else {
            for (KeyClaim claim = claims; claim != null; claim = claim.next) {
                makePlaceFor(claim);
                add(claim, affected);
            }
        }
        if (before == KeyClaim.UNDECIDED) {
            unresolved--;
        } else {
            for (KeyClaim claim = before; claim != null; claim = claim.next) {
                remove(claim, affected);
            }
        }
        unproven += unproven(claims) - unproven(before);
    }

    /** Lets all names be found by their digests from the first one on that has no print. */
    private void makePlaceFor(KeyClaim claim) {
        KeyTable now = table;
        if (now.byPrint() && !(claim.digest instanceof NameDigest)) {
            table = now.byDigest();
        }
    }

    private static int unproven(@Nullable KeyClaim claims) {
        return claims instanceof ProvableClaim claim && claim.undecided() ? 1 : 0;
    }

    /**
     * Holds changes back until {@link #release}, so that an attribute that goes from one credential to another is never
     * ambiguous or unknown meanwhile.
     */
    void hold() {
        held = new LinkedHashMap<>();
    }

    /** Makes the changes that were held back: first those of attributes that a credential has, then the others. */
    void release(IndexChange.Affected affected) {
        Map<KeyDigest, List<KeyClaim>> changes = held == null ? Map.of() : held;
        held = null;
        changes.forEach((digest, claims) -> {
            if (claims.size() > 1) {
                shared.put(digest, claims);
                sharedChanged = true;
            } else {
                sharedChanged |= shared.remove(digest) != null;
            }
            if (!claims.isEmpty()) {
                putDeciding(decidingClaim(claims), affected);
            }
        });
        changes.forEach((digest, claims) -> {
            if (claims.isEmpty()) {
                table.remove(digest);
            }
        });
    }

    /** Returns the claims to an attribute whose change is held back, to be changed. */
    private List<KeyClaim> held(Map<KeyDigest, List<KeyClaim>> changes, KeyDigest digest) {
        return changes.computeIfAbsent(digest, _ -> {
            List<KeyClaim> all = shared.get(digest);
            KeyClaim only = table.get(digest);
            return new ArrayList<>(all != null ? all : only != null ? List.of(only) : List.of());
        });
    }

    private void add(KeyClaim claim, IndexChange.Affected affected) {
        if (held != null) {
            held(held, claim.digest).add(claim);
            return;
        }
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
        putDeciding(decidingClaim(all), affected);
    }

    private void remove(KeyClaim claim, IndexChange.Affected affected) {
        if (held != null) {
            held(held, claim.digest).removeIf(other -> other == claim);
            return;
        }
        List<KeyClaim> all = shared.get(claim.digest);
        if (all == null) {
            table.remove(claim.digest);
            return;
        }
        all.removeIf(other -> other == claim);
        sharedChanged = true;
        putDeciding(decidingClaim(all), affected);
        if (all.size() == 1) {
            shared.remove(claim.digest);
        }
    }

    /**
     * Puts a claim into the table. The previous owner of the attribute counts as affected, although its credential did
     * not change.
     */
    private void putDeciding(KeyClaim claim, IndexChange.Affected affected) {
        KeyClaim before = table.get(claim.digest);
        Identity owner = before == null ? null : before.identity();
        if (owner != null && owner != claim.identity()) {
            affected.add(owner);
        }
        table.put(claim);
    }

    /** Adds the credentials that owned an attribute in the previous table and do not own it alone in this one. */
    void addFormerOwners(CredentialTable before, IndexChange.Affected sinceThen) {
        for (KeyDigest digest : shared.keySet()) {
            KeyClaim then = before.table.get(digest);
            KeyClaim now = table.get(digest);
            Identity owner = then == null ? null : then.identity();
            if (owner != null && (now == null || owner != now.identity())) {
                sinceThen.add(owner);
            }
        }
    }

    /** Returns the entry of an attribute that has several claims. */
    private static KeyClaim decidingClaim(List<KeyClaim> claims) {
        List<KeyClaim> deciding = deciding(claims);
        KeyClaim first = deciding.getFirst();
        return deciding.stream().allMatch(claim -> claim.identity() == first.identity())
                ? first
                : KeyClaim.ambiguous(first);
    }

    /** Returns the claims that decide about an attribute. A current claim outweighs those of previous versions. */
    private static List<KeyClaim> deciding(List<KeyClaim> claims) {
        List<KeyClaim> current =
                claims.stream().filter(claim -> !claim.previous()).toList();
        return current.isEmpty() ? claims : current;
    }

    /** Publishes the changes. */
    void publish() {
        if (sharedChanged) {
            ambiguities = shared.values().stream()
                    .map(CredentialTable::owners)
                    .filter(owners -> owners.size() > 1)
                    .toList();
            sharedChanged = false;
        }
        size = table.size() - ambiguities.size();
        undecided = unresolved;
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
