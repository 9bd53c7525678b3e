package dev.secretproviders.store.protection;

import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.CommitResult.Committed;
import dev.secretproviders.store.CommitResult.Conflict;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.protection.Manifest.Root;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sealed store that detects when tokens, revocations, provider objects, local secrets, certificates or the audit log go
 * back to an earlier state. A {@link Manifest} of them changes in each transaction that changes one; a record that does not match
 * it is damaged. The manifest's counter is also kept outside the store, so that a store that went back as a whole is
 * refused.
 *
 * <p>Writes through this class keep the manifest correct. A record that does not match is treated as one that cannot be
 * opened: {@link #get} fails and names it, {@link #list} lists it as damaged, and a watch reports it as damaged.
 * Entries of a list that were changed meanwhile may be newer than its revision.
 *
 * <p>Thread-safe.
 */
public final class VerifiedStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(VerifiedStore.class);
    private static final long VERIFY_SECONDS = 300;

    private final SealedStore store;
    private final Manifest manifest;
    private final SeenCounter seen;
    private final InstantSource clock;
    /** Serializes the writes of this runner's threads, so that they do not conflict with each other. */
    private final ReentrantLock writing = new ReentrantLock();

    private final RefusedEntries refused = new RefusedEntries();
    private final VerifiedReads reads;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("store-manifest").factory());
    private final ManifestRoot root;
    /** Guarded by {@link #writing}: whether the next commit raises the counter above all that any runner has seen. */
    private boolean leap;
    /** Guarded by {@link #writing}; not null until the manifest that it describes is written. */
    private volatile @Nullable Founding founding;

    private volatile @Nullable Instant verifiedAt;
    /** The root's revision when refused entries were last checked; for the timer only. */
    private long lookedAt;

    private @Nullable Watch watch;

    /**
     * A manifest whose root the next commit writes.
     *
     * @param revision of the root that it replaces; 0 for none
     * @param with the other changes of that commit
     * @param again whether it replaces an existing one
     */
    private record Founding(ManifestNode root, long revision, Transaction with, boolean again) {}

    private VerifiedStore(SealedStore store, SeenCounter seen, InstantSource clock, boolean accepting) {
        this.store = store;
        this.manifest = new Manifest(store);
        this.seen = seen;
        this.clock = clock;
        this.root = new ManifestRoot(manifest, seen, accepting);
        this.reads = new VerifiedReads(store, manifest, root, refused);
        this.leap = accepting;
    }

    /**
     * Opens the view of a store, which this closes.
     *
     * @param required whether there must be a manifest
     * @param accepting whether a store that went back is accepted, as after a restore; the next commit makes it the
     *     newest one
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
     * Makes the manifest of a store that has none, over its current records. The next commit writes it. If another
     * runner writes one first, that one is used.
     *
     * @param with the other changes of that commit, without conditions
     */
    public void found(Transaction with) throws StoreException {
        found(with, false);
    }

    /**
     * Replaces the manifest by a new one over the current records; the next commit writes it. For a store that was
     * opened as accepting.
     */
    public void accept(Transaction with) throws StoreException {
        found(with, true);
    }

    private void found(Transaction with, boolean again) throws StoreException {
        writing.lock();
        try {
            for (int attempt = 1; attempt <= Attempts.MOST; attempt++) {
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
                    refused.keys().forEach(refused::accept);
                    return;
                }
                Attempts.pause(attempt);
            }
            throw Attempts.tooMany();
        } finally {
            writing.unlock();
        }
    }

    /** Starts to verify the store periodically, and to write the counter outside the store. */
    public void start() {
        var _ = timer.scheduleWithFixedDelay(this::everySecond, 1, 1, TimeUnit.SECONDS);
        var _ = timer.scheduleWithFixedDelay(this::verifyOrSay, 0, VERIFY_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public @Nullable Stored get(String key) throws StoreException {
        if (!Manifest.covers(key) || founding != null) {
            return store.get(key);
        }
        return reads.get(key);
    }

    @Override
    public Listing list(Range range) throws StoreException {
        return !Manifest.coversSome(range.prefix()) || founding != null ? store.list(range) : reads.list(range);
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
            for (int attempt = 1; attempt <= Attempts.MOST; attempt++) {
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
                Attempts.pause(attempt);
            }
            throw Attempts.tooMany();
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
            transaction.puts().keySet().forEach(refused::accept);
            transaction.deletes().forEach(refused::accept);
        }
        return result;
    }

    /**
     * Returns the next counter. After a restore it leaps over every counter that any runner can have seen, since no
     * runner makes a thousand changes a second for long.
     */
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
        VerifyingWatcher verifying = new VerifyingWatcher(reads, prefix, watcher);
        refused.add(verifying);
        Watch opened = store.watch(prefix, afterRevision, verifying);
        return () -> {
            refused.remove(verifying);
            opened.close();
        };
    }

    /**
     * Verifies every record and the manifest.
     *
     * @return the refused keys, with the reasons
     */
    public Map<String, String> verify() throws StoreException {
        reads.verify();
        verifiedAt = clock.instant();
        return refused.all();
    }

    private void everySecond() {
        try {
            seen.write();
            Root now = root.known();
            if (now != null && now.revision() != lookedAt) {
                lookedAt = now.revision();
                reads.lookAgainAtRefused();
            }
            refused.tellMended();
        } catch (RuntimeException e) {
            LOG.warn("refused entries of the store cannot be checked now: {}", e.toString());
        }
    }

    private void verifyOrSay() {
        try {
            Map<String, String> _ = verify();
        } catch (StoreException | RuntimeException e) {
            LOG.warn("the store cannot be verified now: {}", e.getMessage());
        }
    }

    /** Returns the known integrity of the store. No I/O. */
    public StoreIntegrity integrity() {
        Root now = root.known();
        return new StoreIntegrity(now == null ? 0 : now.counter(), verifiedAt, refused.all(), root.problem());
    }

    /** Does the same as {@link SealedStore#rewrap}, and writes the counter outside the store again, too. */
    public int rewrap() throws StoreException {
        seen.rewrap();
        return store.rewrap();
    }

    @Override
    public Status status() {
        Status status = store.status();
        String whole = root.problem();
        if (status.problem() != null || (whole == null && refused.keys().isEmpty())) {
            return status;
        }
        String text = whole != null ? whole : refused.text();
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
