package dev.secretproviders.store.protection;

import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.crypto.UnsealException;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store whose values are sealed, each bound to its key, except below the clear prefixes.
 *
 * <p>An entry that something else changed, moved or truncated is distinguished from an absent one. {@link #get} fails
 * and names it, {@link #list} lists it as damaged, and a watch skips it. The status names it until it is intact again.
 */
public final class SealedStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(SealedStore.class);
    private static final int PAGE = 50;

    private final Store store;
    private final Sealer sealer;
    private final Set<String> clearPrefixes;
    private final Set<String> damaged = new ConcurrentSkipListSet<>();

    /** Creates a sealed view of {@code store}, which this closes. */
    public SealedStore(Store store, Sealer sealer, Set<String> clearPrefixes) {
        this.store = store;
        this.sealer = sealer;
        this.clearPrefixes = Set.copyOf(clearPrefixes);
    }

    @Override
    public @Nullable Stored get(String key) throws StoreException {
        Stored entry = store.get(key);
        if (entry == null) {
            damaged.remove(key);
            return null;
        }
        try {
            return opened(entry);
        } catch (UnsealException e) {
            throw new DamagedEntryException(key, entry.revision(), String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public Listing list(Range range) throws StoreException {
        Listing listing = store.list(range);
        List<Stored> entries = new ArrayList<>(listing.entries().size());
        List<String> unreadable = new ArrayList<>(listing.damaged());
        for (Stored entry : listing.entries()) {
            try {
                entries.add(opened(entry));
            } catch (UnsealException e) {
                unreadable.add(entry.key());
            }
        }
        return new Listing(entries, unreadable, listing.revision());
    }

    @Override
    public CommitResult commit(Transaction transaction) throws StoreException {
        Map<String, byte[]> sealed = new HashMap<>();
        transaction.puts().forEach((key, value) -> sealed.put(key, isClear(key) ? value : sealer.seal(key, value)));
        CommitResult result = store.commit(new Transaction(transaction.conditions(), sealed, transaction.deletes()));
        if (result instanceof CommitResult.Committed) {
            damaged.removeAll(sealed.keySet());
            damaged.removeAll(transaction.deletes());
        }
        return result;
    }

    @Override
    public Watch watch(String prefix, long afterRevision, Watcher watcher) {
        return store.watch(prefix, afterRevision, new Watcher() {
            @Override
            public void changed(List<Change> changes) {
                List<Change> readable = new ArrayList<>(changes.size());
                for (Change change : changes) {
                    Stored entry = change.entry();
                    try {
                        readable.add(
                                entry == null ? change : new Change(change.key(), opened(entry), change.revision()));
                    } catch (UnsealException e) {
                        LOG.error("store: {}; the previous value stays in force", e.getMessage());
                    }
                    if (entry == null) {
                        damaged.remove(change.key());
                    }
                }
                if (!readable.isEmpty()) {
                    watcher.changed(readable);
                }
            }

            @Override
            public void lost() {
                watcher.lost();
            }

            @Override
            public void restarted() {
                watcher.restarted();
            }
        });
    }

    /**
     * Rewraps every sealed entry with the current master key, while others read and write. Entries get new revisions.
     * Contents are not opened, so a damaged entry stays damaged.
     *
     * @return how many entries were changed
     */
    public int rewrap() throws StoreException {
        int rewrapped = 0;
        Range page = Range.prefix("").limit(PAGE);
        while (true) {
            List<Stored> entries = store.list(page).entries();
            if (entries.isEmpty()) {
                return rewrapped;
            }
            for (Stored entry : entries) {
                rewrapped += rewrap(entry) ? 1 : 0;
            }
            page = page.from(after(entries.getLast().key()));
        }
    }

    /** Rewraps an entry, and returns whether it was changed. Retries if another writer changes the entry meanwhile. */
    private boolean rewrap(Stored entry) throws StoreException {
        String key = entry.key();
        Stored now = entry;
        while (now != null && !isClear(key) && !sealer.current(now.value())) {
            byte[] value;
            try {
                value = sealer.rewrap(key, now.value());
            } catch (UnsealException e) {
                damaged.add(key);
                return false;
            }
            Transaction change =
                    Transaction.EMPTY.expecting(key, now.revision()).put(key, value);
            if (store.commit(change) instanceof CommitResult.Committed) {
                return true;
            }
            now = store.get(key);
        }
        return false;
    }

    /** Returns where to continue after a key: behind all keys of a clear prefix, which may be many. */
    private String after(String key) {
        return clearPrefixes.stream()
                .filter(key::startsWith)
                .findAny()
                .map(prefix -> prefix + Character.toString(Character.MAX_CODE_POINT))
                .filter(end -> end.compareTo(key) > 0)
                .orElse(key + "\0");
    }

    @Override
    public Status status() {
        Status status = store.status();
        return damaged.isEmpty() || status.problem() != null
                ? status
                : new Status(status.engine(), status.place(), "damaged entries: " + String.join(", ", damaged));
    }

    @Override
    public void close() {
        store.close();
    }

    private boolean isClear(String key) {
        return clearPrefixes.stream().anyMatch(key::startsWith);
    }

    private Stored opened(Stored entry) throws UnsealException {
        if (isClear(entry.key())) {
            return entry;
        }
        try {
            Stored opened = new Stored(entry.key(), sealer.open(entry.key(), entry.value()), entry.revision());
            damaged.remove(entry.key());
            return opened;
        } catch (UnsealException e) {
            damaged.add(entry.key());
            throw e;
        }
    }
}
