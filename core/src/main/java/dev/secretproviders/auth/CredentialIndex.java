package dev.secretproviders.auth;

import dev.secretproviders.auth.bounds.Bounds;
import dev.secretproviders.auth.proof.HeldProof;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.trie.Trie;
import dev.secretproviders.trie.TrieBuilder;
import dev.secretproviders.validity.Validity;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tables from what a request shows to its credential, which the request path reads. They are rebuilt when
 * providers change. When consumers change, or the secret behind a reference, they are changed in place, in time
 * proportional to the credentials concerned. A new index reuses the identities of the previous one, which is still read
 * but no longer changed.
 *
 * <p>The index contains no API keys, user names or passwords, only digests.
 *
 * <p>One thread changes the index, any number of threads read it.
 */
public final class CredentialIndex {
    /** The index before the consumers are known: any credential may be good. */
    static final CredentialIndex UNKNOWN = unknown();

    private volatile ConsumerSnapshot snapshot;
    /** The table of API keys, apart from the others because most requests need it. */
    private final CredentialTable keys;

    private final Map<CredentialKind, CredentialTable> tables = new EnumMap<>(CredentialKind.class);
    private final TrieBuilder<Identity> credentials = new TrieBuilder<>(CredentialIndex::hash);
    private volatile Trie<Identity> identities = Trie.empty(CredentialIndex::hash);
    private final ReferringCredentials referring = new ReferringCredentials();
    /** The credentials with secrets that prove nothing, and why. */
    private final ProofNotes unusable = new ProofNotes();
    /** The credentials with secrets that are weak, and in what way. */
    private final ProofNotes weak = new ProofNotes();

    /** When credentials begin or end to count. */
    private final Bounds<Identity> bounds = new Bounds<>();

    /** The credentials affected since the last publication. */
    private IndexChange.Affected affected = new IndexChange.Affected();

    private volatile int undecided;
    private volatile long sequence;

    /**
     * Creates an index without claims.
     *
     * @param identities the credentials that may have claims
     * @param referring the identities that hold references
     */
    CredentialIndex(ConsumerSnapshot snapshot, List<Identity> identities, List<Identity> referring) {
        this.snapshot = snapshot;
        identities.forEach(credentials::add);
        referring.forEach(this.referring::add);
        Map<CredentialKind, Integer> sizes = new EnumMap<>(CredentialKind.class);
        identities.forEach(identity -> sizes.merge(kind(identity), 1, Integer::sum));
        for (CredentialKind kind : CredentialKind.values()) {
            tables.put(kind, new CredentialTable(sizes.getOrDefault(kind, 0), kind != CredentialKind.KEY_AUTH));
        }
        this.keys = table(CredentialKind.KEY_AUTH);
    }

    private static CredentialIndex unknown() {
        CredentialIndex index = new CredentialIndex(ConsumerSnapshot.EMPTY, List.of(), List.of());
        index.tables.values().forEach(CredentialTable::addUnresolved);
        IndexChange.Affected _ = index.publish(0);
        index.undecided = 1;
        return index;
    }

    private static CredentialKind kind(Identity identity) {
        Credential credential = identity.credential();
        if (credential == null) {
            throw new IllegalArgumentException("a consumer by its name alone has no claims");
        }
        return credential.kind();
    }

    /** Returns the table of API keys. */
    CredentialTable keys() {
        return keys;
    }

    /** Returns the table of a kind. */
    CredentialTable table(CredentialKind kind) {
        return Objects.requireNonNull(tables.get(kind));
    }

    /** Returns whether the consumers were read once, so that this index says which credentials there are. */
    public boolean isKnown() {
        return this != UNKNOWN;
    }

    /** Returns a consumer by its name, or null if there is none. */
    @Nullable
    Consumer known(String username) {
        return snapshot.consumers().get(username);
    }

    /** Returns the identity of a consumer by its name alone, or null if there is no such consumer. */
    public @Nullable Identity consumer(String username) {
        Consumer consumer = known(username);
        return consumer == null ? null : new Identity(consumer, null);
    }

    /** Returns how many credentials could not be resolved yet. */
    int undecided() {
        return undecided;
    }

    /** Returns how many claims belong to a single credential. */
    int size() {
        return tables.values().stream().mapToInt(CredentialTable::size).sum();
    }

    /** Returns how many claims of a kind belong to a single credential. */
    int size(CredentialKind kind) {
        return table(kind).size();
    }

    /** Returns descriptions of the credentials that are refused because they share an attribute. */
    List<String> ambiguities() {
        List<String> all = new ArrayList<>();
        tables.values().forEach(table -> table.ambiguities().forEach(sharers -> all.add(described(sharers))));
        return all;
    }

    private static String described(Set<Identity> sharers) {
        Credential first = sharers.iterator().next().credential();
        return sharers.stream().map(CredentialIndex::described).collect(Collectors.joining(" and "))
                + " have the same " + (first == null ? "key" : first.attributeField())
                + "; it is refused for all of them until they differ";
    }

    private static String described(Identity identity) {
        String credential = identity.credentialId();
        return credential == null
                ? "consumer " + identity.username()
                : "credential " + identity.username() + "/" + credential;
    }

    /** Returns the credentials with a secret that cannot prove them, and why. */
    Map<CredentialName, String> problems() {
        return unusable.published();
    }

    /** Returns the credentials with secrets that are weaker than their standard demands, with the remedy. */
    public Map<CredentialName, String> weaknesses() {
        return weak.published();
    }

    /** Returns the number of the published state; it grows with each change. */
    public long sequence() {
        return sequence;
    }

    private static long hash(Identity identity) {
        return hash(identity.username(), identity.credentialId());
    }

    private static long hash(String username, @Nullable String id) {
        return Trie.hash(hash(username), id == null ? 0 : id.hashCode());
    }

    private static int hash(String username) {
        return Trie.spread(username.hashCode());
    }

    /** Returns the published credentials, whether they have claims or not. */
    Trie<Identity> identities() {
        return identities;
    }

    /** Returns the published credential of this name, or null if there is none. */
    public @Nullable Identity identity(CredentialName name) {
        return identities.find(
                hash(name.username(), name.id()),
                identity -> identity.username().equals(name.username())
                        && Objects.equals(identity.credentialId(), name.id())
                        && kind(identity) == name.kind());
    }

    /** Returns the credentials of a consumer. */
    List<Identity> identities(String username) {
        List<Identity> of = new ArrayList<>(1);
        credentials.forEach(hash(username), identity -> {
            if (identity.username().equals(username)) {
                of.add(identity);
            }
        });
        return of;
    }

    /** Returns the credentials by their references, for the builder. */
    ReferringCredentials referring() {
        return referring;
    }

    /** Begins to replace consumers. Until {@link #endReplacing}, no change of claims is seen by a reader. */
    void beginReplacing() {
        tables.values().forEach(CredentialTable::hold);
    }

    /** Adds a credential without claims. */
    void add(Identity identity) {
        credentials.add(identity);
    }

    /** Removes a credential with its claims. */
    void remove(Identity identity) {
        set(identity, null);
        credentials.remove(identity);
        referring.remove(identity);
    }

    /** Ends {@link #beginReplacing}. */
    void endReplacing(ConsumerSnapshot now) {
        tables.values().forEach(table -> table.release(affected));
        snapshot = now;
    }

    /** Calls {@code action} for each credential that holds this reference; twice if two of its fields do. */
    void forEach(SecretReference reference, java.util.function.Consumer<Identity> action) {
        referring.forEach(reference, action);
    }

    /**
     * Replaces the claims of a credential.
     *
     * @param claims a chain, or {@link KeyClaim#UNDECIDED}, or null for none
     */
    void set(Identity identity, @Nullable KeyClaim claims) {
        KeyClaim before = identity.claims;
        if (same(before, claims)) {
            return;
        }
        if (mayHaveAccepted(before) || isLimited(claims)) {
            affected.add(identity);
        }
        table(kind(identity)).set(identity, claims, affected);
        forEachValidity(before, validity -> bounds.remove(identity, validity));
        forEachValidity(claims, validity -> bounds.add(identity, validity));
        note(identity, claims);
    }

    /** Returns when credentials begin or end to count. */
    Bounds<Identity> bounds() {
        return bounds;
    }

    private static void forEachValidity(@Nullable KeyClaim claims, java.util.function.Consumer<Validity> action) {
        for (KeyClaim claim = claims; claim != null; claim = claim.next) {
            claim.forEachValidity(action);
        }
    }

    /** Adds a credential of which decisions change with the next publication, although its claims stay. */
    void affect(Identity identity) {
        affected.add(identity);
    }

    /** Notes whether a credential has a secret that proves nothing, or is weak. */
    private void note(Identity identity, @Nullable KeyClaim claims) {
        String problem = null;
        String weakness = null;
        for (KeyClaim claim = claims; claim != null; claim = claim.next) {
            if (claim instanceof ProvableClaim provable) {
                for (HeldProof proof : provable.proofs()) {
                    if (!proof.previous()) {
                        problem = proof.proof() instanceof HeldProof.Unusable(String why) ? why : problem;
                        weakness = proof.proof().weakness();
                    }
                }
            }
        }
        unusable.put(identity, problem);
        weak.put(identity, weakness);
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

    /**
     * Returns whether a request may have been accepted by these claims, so that a follower may remember a verdict.
     * Absent or undecided claims accept none. A credential that is only added therefore affects no verdict, in
     * particular none from before this runner's start.
     */
    static boolean mayHaveAccepted(@Nullable KeyClaim claims) {
        return claims != null && claims != KeyClaim.UNDECIDED;
    }

    /**
     * Returns whether claims count at certain times only, or not at all. Such a credential is told although it is new,
     * so that those who follow when credentials count learn of it.
     */
    static boolean isLimited(@Nullable KeyClaim claims) {
        boolean[] limited = {false};
        forEachValidity(claims, validity -> limited[0] |= !validity.isUnlimited());
        return limited[0];
    }

    /** Adds the credentials that owned an attribute in the previous index and do not own it alone in this one. */
    void addFormerOwners(CredentialIndex before, IndexChange.Affected sinceThen) {
        tables.forEach((kind, table) -> table.addFormerOwners(before.table(kind), sinceThen));
    }

    /**
     * Publishes the changes under a number, which is higher than the previous one.
     *
     * @return the affected credentials; meaningless for a newly built index
     */
    IndexChange.Affected publish(long number) {
        int all = 0;
        for (CredentialTable table : tables.values()) {
            table.publish();
            all += table.undecided() + table.unproven();
        }
        undecided = all;
        identities = credentials.trie();
        unusable.publish();
        weak.publish();
        IndexChange.Affected since = affected;
        affected = new IndexChange.Affected();
        // Written last, so that a reader of the number sees all changes up to it.
        sequence = number;
        return since;
    }
}
