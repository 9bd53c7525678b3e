package dev.secretproviders.store;

import dev.secretproviders.store.CommitResult.Committed;
import dev.secretproviders.store.CommitResult.Conflict;
import dev.secretproviders.store.Manifest.Root;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sealed store whose tokens, revocations, provider objects, local secrets and audit log cannot go back to an earlier state unseen.
 * A {@link Manifest} of them changes in each transaction that changes one; what it does not name is damaged. The manifest's counter
 * is also kept outside of the store, so that a store that went back as a whole is refused.
 *
 * <p>Whoever writes through this keeps the manifest right. A record that does not match is treated as one that cannot be opened:
 * {@link #get} fails and names it, {@link #list} names it beside the others, and a watch tells that it is damaged. Entries of a list
 * that were changed meanwhile may be later ones than its revision.
 *
 * <p>Thread-safe.
 */
public final class VerifiedStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(VerifiedStore.class);
    private static final int MOST_ATTEMPTS = 60;
    private static final long LONGEST_PAUSE_NANOS = 20_000_000;
    private static final long VERIFY_SECONDS = 300;
    private static final int MOST_NAMED = 20;

    private final SealedStore store;
    private final Manifest manifest;
    private final SeenCounter seen;
    private final InstantSource clock;
    /** So that the threads of this runner do not get in each other's way. */
    private final ReentrantLock writing = new ReentrantLock();

    private final Map<String, String> damaged = new ConcurrentSkipListMap<>();
    private final Set<VerifyingWatcher> watchers = new CopyOnWriteArraySet<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("store-manifest").factory());
    private final ManifestRoot root;
    /** Guarded by {@link #writing}: whether the next commit makes the store the newest. */
    private boolean leap;
    /** Guarded by {@link #writing}; not null until the manifest that it describes is written. */
    private volatile @Nullable Founding founding;

    private volatile @Nullable Instant verifiedAt;
    private @Nullable Watch watch;

    /**
     * A manifest whose root the next commit writes.
     *
     * @param revision of the root that it replaces; 0 for none
     * @param with what else that commit writes
     * @param again whether it replaces one that is there
     */
    private record Founding(ManifestNode root, long revision, Transaction with, boolean again) {}

    private VerifiedStore(SealedStore store, SeenCounter seen, InstantSource clock, boolean accepting) {
        this.store = store;
        this.manifest = new Manifest(store);
        this.seen = seen;
        this.clock = clock;
        this.root = new ManifestRoot(manifest, seen, accepting);
        this.leap = accepting;
    }

    /**
     * Opens the view of a store, which this closes.
     *
     * @param required whether there must be a manifest
     * @param accepting whether a store that went back is accepted, as after a restore; the next commit makes it the newest
     * @throws StoreException if the store cannot be read, or went back
     */
    public static VerifiedStore open(
            SealedStore store, SeenCounter seen, InstantSource clock, boolean required, boolean accepting)
            throws StoreException {
        VerifiedStore verified = new VerifiedStore(store, seen, clock, accepting);
        Root read = verified.manifest.read();
        if (read != null) {
            Root _ = verified.root.take(read);
        } else if (required || (seen.value() > 0 && !accepting)) {
            throw verified.root.missing();
        }
        verified.watch = store.watch(Manifest.ROOT, store.list(Manifest.ROOT).revision(), verified.root);
        return verified;
    }

    /** Returns whether there is a manifest. */
    public boolean founded() {
        return root.known() != null;
    }

    /**
     * Makes the manifest of a store that has none, over what it has now; the next commit writes it. Another runner may do so first;
     * then its manifest is taken.
     *
     * @param with what that commit writes besides, without conditions
     */
    public void found(Transaction with) throws StoreException {
        found(with, false);
    }

    /** Makes the manifest anew, whatever it was; the next commit writes it. For a store that was opened as accepting. */
    public void accept(Transaction with) throws StoreException {
        found(with, true);
    }

    private void found(Transaction with, boolean again) throws StoreException {
        writing.lock();
        try {
            for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
                Root before = manifest.read();
                if (before != null && !again) {
                    Root _ = root.take(before);
                    return;
                }
                long revision = before == null ? 0 : before.revision();
                ManifestNode built = manifest.build(revision);
                if (built != null) {
                    ManifestNode counted = built.at(before == null ? 0 : before.counter());
                    founding = new Founding(counted, revision, with, again);
                    damaged.clear();
                    return;
                }
                pause(attempt);
            }
            throw busy();
        } finally {
            writing.unlock();
        }
    }

    /** Begins to look at everything now and then, and to write the counter beside the store. */
    public void start() {
        var _ = timer.scheduleWithFixedDelay(seen::write, 1, 1, TimeUnit.SECONDS);
        var _ = timer.scheduleWithFixedDelay(this::verifyOrSay, 0, VERIFY_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public @Nullable Stored get(String key) throws StoreException {
        if (!Manifest.covers(key) || founding != null) {
            return store.get(key);
        }
        for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
            Root now = root.get();
            Stored stored;
            try {
                stored = store.get(key);
            } catch (DamagedEntryException e) {
                note(key, String.valueOf(e.getMessage()));
                throw e;
            }
            String mismatch = mismatch(now, key, stored);
            if (mismatch == null) {
                damaged.remove(key);
                return stored;
            }
            // Each change of a record changes the root: if that is as it was before the record was read, they belong
            // together.
            if (root.refreshed().revision() == now.revision()) {
                note(key, mismatch);
                throw new DamagedEntryException(key, mismatch, null);
            }
            pause(attempt);
        }
        throw busy();
    }

    /** Returns why a record is not the one that the manifest names, or null if it is. */
    private @Nullable String mismatch(Root now, String key, @Nullable Stored stored) throws StoreException {
        byte[] expected;
        try {
            expected = manifest.digest(now.node(), key);
        } catch (DamagedEntryException e) {
            return key + " is refused: " + e.getMessage();
        }
        if (stored == null) {
            return expected == null ? null : key + " was deleted by something other than the runner";
        }
        if (expected == null) {
            return key + " was put there by something other than the runner";
        }
        return Arrays.equals(expected, Manifest.digest(key, stored.value()))
                ? null
                : key + " was put back to an earlier state by something other than the runner";
    }

    @Override
    public Listing list(Range range) throws StoreException {
        Listing listing = store.list(range);
        if (!Manifest.coversSome(range.prefix()) || founding != null) {
            return listing;
        }
        Root now = root.get();
        List<Stored> entries = new ArrayList<>();
        Set<String> bad = new TreeSet<>(listing.damaged());
        Set<String> present = new HashSet<>(listing.damaged());
        for (Stored entry : listing.entries()) {
            present.add(entry.key());
            if (Manifest.isNode(entry.key())) {
                continue;
            }
            if (!Manifest.covers(entry.key()) || mismatch(now, entry.key(), entry) == null) {
                damaged.remove(entry.key());
                entries.add(entry);
            } else {
                lookAgain(entry.key(), entries, bad);
            }
        }
        if (range.limit() == 0) {
            for (String key : expected(now, range)) {
                if (!present.contains(key)) {
                    lookAgain(key, entries, bad);
                }
            }
        }
        entries.sort((one, other) ->
                Arrays.compareUnsigned(Keys.utf8(one.key()), Keys.utf8(other.key())) * (range.descending() ? -1 : 1));
        listing.damaged().forEach(key -> note(key, key + " cannot be opened"));
        return new Listing(entries, List.copyOf(bad), listing.revision());
    }

    private List<String> expected(Root now, Range range) throws StoreException {
        KeyRange part = KeyRange.of(range);
        Root known = now;
        for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
            try {
                return manifest.keys(known.node(), part);
            } catch (DamagedEntryException e) {
                Root fresh = root.refreshed();
                if (fresh.revision() == known.revision()) {
                    // The records below it are refused one by one; those that are missing cannot be named.
                    note(e.key(), String.valueOf(e.getMessage()));
                    return List.of(e.key());
                }
                known = fresh;
            }
        }
        throw busy();
    }

    /** A record that was changed since the list was read, or is damaged. */
    private void lookAgain(String key, List<Stored> entries, Set<String> bad) throws StoreException {
        if (!Manifest.covers(key)) {
            bad.add(key);
            return;
        }
        try {
            Stored stored = get(key);
            if (stored != null) {
                entries.add(stored);
            }
        } catch (DamagedEntryException e) {
            bad.add(key);
        }
    }

    @Override
    public CommitResult commit(Transaction transaction) throws StoreException {
        boolean covered = transaction.puts().keySet().stream().anyMatch(Manifest::covers)
                || transaction.deletes().stream().anyMatch(Manifest::covers);
        if (!covered && founding == null) {
            return store.commit(transaction);
        }
        writing.lock();
        try {
            for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
                CommitResult result = attempt(transaction);
                if (!(result instanceof Conflict(Set<String> keys)) || !keys.contains(Manifest.ROOT)) {
                    return result;
                }
                afterConflict();
                Set<String> others = new HashSet<>(keys);
                others.retainAll(transaction.conditions().keySet());
                if (!others.isEmpty()) {
                    return new Conflict(others);
                }
                pause(attempt);
            }
            throw busy();
        } finally {
            writing.unlock();
        }
    }

    private CommitResult attempt(Transaction transaction) throws StoreException {
        Founding first = founding;
        Root base = first == null ? root.get() : new Root(first.root(), first.revision());
        ManifestNode before = base.node();
        Map<String, byte @Nullable []> nodes = new HashMap<>();
        ManifestNode after;
        try {
            after = manifest.change(before, transaction, nodes).at(next(before));
        } catch (DamagedEntryException e) {
            if (root.refreshed().revision() == base.revision()) {
                throw e;
            }
            // Another runner wrote the node since the root was read.
            return new Conflict(Set.of(Manifest.ROOT));
        }
        Transaction whole =
                transaction.expecting(Manifest.ROOT, base.revision()).put(Manifest.ROOT, after.bytes());
        for (Map.Entry<String, byte @Nullable []> node : nodes.entrySet()) {
            byte[] value = node.getValue();
            whole = value == null ? whole.delete(node.getKey()) : whole.put(node.getKey(), value);
        }
        if (first != null) {
            whole = whole.and(first.with());
        }
        CommitResult result;
        try {
            result = store.commit(whole);
        } catch (StoreException | RuntimeException e) {
            root.doubt();
            throw e;
        }
        if (result instanceof Committed(long at)) {
            founding = null;
            leap = false;
            Root _ = root.take(new Root(after, at));
            transaction.puts().keySet().forEach(damaged::remove);
            transaction.deletes().forEach(damaged::remove);
        }
        return result;
    }

    /** After a restore the counter leaps over whatever any runner has seen: none makes a thousand changes a second for long. */
    private long next(ManifestNode before) {
        return (leap ? Math.max(Math.max(before.counter(), seen.value()), clock.millis()) : before.counter()) + 1;
    }

    private void afterConflict() throws StoreException {
        Founding first = founding;
        if (first == null) {
            Root _ = root.refreshed();
            return;
        }
        founding = null;
        found(first.with(), first.again());
    }

    @Override
    public Watch watch(String prefix, long afterRevision, Watcher watcher) {
        if (!Manifest.coversSome(prefix)) {
            return store.watch(prefix, afterRevision, watcher);
        }
        VerifyingWatcher verifying = new VerifyingWatcher(this, prefix, watcher);
        watchers.add(verifying);
        Watch opened = store.watch(prefix, afterRevision, verifying);
        return () -> {
            watchers.remove(verifying);
            opened.close();
        };
    }

    /** Returns whether a change is what the manifest names, as far as that is known. */
    boolean isRight(Change change) throws StoreException {
        Root now = root.known();
        return now != null && mismatch(now, change.key(), change.entry()) == null;
    }

    /**
     * Looks at every record and at the manifest.
     *
     * @return keys of what is refused, and why
     */
    public Map<String, String> verify() throws StoreException {
        Set<String> before = Set.copyOf(damaged.keySet());
        Set<String> found = new HashSet<>(damagedNodes());
        for (String prefix : Manifest.covered()) {
            found.addAll(list(prefix).damaged());
        }
        damaged.keySet().retainAll(found);
        verifiedAt = clock.instant();
        Set<String> mended = new HashSet<>(before);
        mended.removeAll(found);
        watchers.stream()
                .filter(watcher -> mended.stream().anyMatch(watcher::concerns))
                .forEach(VerifyingWatcher::lost);
        return Map.copyOf(damaged);
    }

    /** Looks at the nodes as they stand in the store; those in memory stay in use. */
    private Set<String> damagedNodes() throws StoreException {
        Set<String> found = new HashSet<>();
        for (String prefix : Manifest.covered()) {
            for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
                Root now = root.refreshed();
                try {
                    List<String> _ = new Manifest(store).keys(now.node(), KeyRange.of(Range.prefix(prefix)));
                    break;
                } catch (DamagedEntryException e) {
                    if (root.refreshed().revision() == now.revision()) {
                        note(e.key(), String.valueOf(e.getMessage()));
                        found.add(e.key());
                        break;
                    }
                }
            }
        }
        return found;
    }

    private void verifyOrSay() {
        try {
            Map<String, String> _ = verify();
        } catch (StoreException | RuntimeException e) {
            LOG.warn("the store cannot be verified now: {}", e.getMessage());
        }
    }

    /** Returns what is known of the store's integrity. No I/O. */
    public StoreIntegrity integrity() {
        Root now = root.known();
        return new StoreIntegrity(now == null ? 0 : now.counter(), verifiedAt, damaged, root.problem());
    }

    /** As {@link SealedStore#rewrap}; the counter beside the store is written anew, too. */
    public int rewrap() throws StoreException {
        seen.rewrap();
        return store.rewrap();
    }

    private static StoreException busy() {
        return new StoreException("the store has too many writers at once; try again", null);
    }

    private void note(String key, String why) {
        if (damaged.put(key, why) == null) {
            LOG.error("store: {}; it is refused", why);
            watchers.forEach(watcher -> watcher.damaged(key));
        }
    }

    private static void pause(int attempt) {
        long longest = Math.min(LONGEST_PAUSE_NANOS, attempt * 500_000L);
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(longest));
    }

    @Override
    public Status status() {
        Status status = store.status();
        String whole = root.problem();
        if (status.problem() != null || (whole == null && damaged.isEmpty())) {
            return status;
        }
        String text = whole != null
                ? whole
                : damaged.size() + " entries are refused: "
                        + String.join(
                                "; ",
                                damaged.values().stream().limit(MOST_NAMED).toList());
        return new Status(status.engine(), status.place(), text);
    }

    @Override
    public void close() {
        timer.shutdown();
        if (watch != null) {
            watch.close();
        }
        seen.write();
        store.close();
    }
}
