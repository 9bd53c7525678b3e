package dev.secretproviders.store;

import dev.secretproviders.store.Manifest.Root;
import dev.secretproviders.store.Store.Change;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads entries that the manifest covers, and refuses those that are not what it names. Thread-safe. */
final class VerifiedReads {
    private static final Logger LOG = LoggerFactory.getLogger(VerifiedReads.class);
    /** How many entries that are refused are looked at again at a time; all are with the next verification. */
    private static final int MOST_LOOKED_AT = 100;

    private final SealedStore store;
    private final Manifest manifest;
    private final ManifestRoot root;
    private final RefusedEntries refused;

    VerifiedReads(SealedStore store, Manifest manifest, ManifestRoot root, RefusedEntries refused) {
        this.store = store;
        this.manifest = manifest;
        this.root = root;
        this.refused = refused;
    }

    /** Returns the entry of a key that the manifest covers, or null if there is none and must be none. */
    @Nullable
    Stored get(String key) throws StoreException {
        for (int attempt = 1; attempt <= Attempts.MOST; attempt++) {
            Root now = root.get();
            Stored stored;
            try {
                stored = store.get(key);
            } catch (DamagedEntryException e) {
                refused.refuse(key, String.valueOf(e.getMessage()));
                throw e;
            }
            String mismatch = mismatch(now, key, stored);
            if (mismatch == null) {
                refused.accept(key);
                return stored;
            }
            // Each change of a record changes the root: if that is as it was before the record was read, they belong
            // together.
            if (root.refreshed().revision() == now.revision()) {
                refused.refuse(key, mismatch);
                throw new DamagedEntryException(key, stored == null ? 0 : stored.revision(), mismatch, null);
            }
            Attempts.pause(attempt);
        }
        throw Attempts.tooMany();
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

    /** Returns whether a change is what the manifest names, as far as that is known. */
    boolean isRight(Change change) throws StoreException {
        Root now = root.known();
        return now != null && mismatch(now, change.key(), change.entry()) == null;
    }

    /** Returns the entries of a range of which the manifest covers some. */
    Listing list(Range range) throws StoreException {
        Listing listing = store.list(range);
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
                refused.accept(entry.key());
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
        listing.damaged().forEach(key -> refused.refuse(key, key + " cannot be opened"));
        return new Listing(entries, List.copyOf(bad), listing.revision());
    }

    private List<String> expected(Root now, Range range) throws StoreException {
        KeyRange part = KeyRange.of(range);
        Root known = now;
        for (int attempt = 1; attempt <= Attempts.MOST; attempt++) {
            try {
                return manifest.keys(known.node(), part);
            } catch (DamagedEntryException e) {
                Root fresh = root.refreshed();
                if (fresh.revision() == known.revision()) {
                    // The records below it are refused one by one; those that are missing cannot be named.
                    refused.refuse(e.key(), String.valueOf(e.getMessage()));
                    return List.of(e.key());
                }
                known = fresh;
            }
        }
        throw Attempts.tooMany();
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

    /** Looks at every record and at the manifest. */
    void verify() throws StoreException {
        List<String> before = refused.keys();
        Set<String> found = new HashSet<>(damagedNodes());
        for (String prefix : Manifest.covered()) {
            found.addAll(list(prefix).damaged());
        }
        before.stream().filter(key -> !found.contains(key)).forEach(refused::accept);
        refused.tellMended();
    }

    private Listing list(String prefix) throws StoreException {
        return list(Range.prefix(prefix));
    }

    /** Looks at the nodes as they stand in the store; those in memory stay in use. */
    private Set<String> damagedNodes() throws StoreException {
        Set<String> found = new HashSet<>();
        for (String prefix : Manifest.covered()) {
            for (int attempt = 1; attempt <= Attempts.MOST; attempt++) {
                Root now = root.refreshed();
                try {
                    List<String> _ = new Manifest(store).keys(now.node(), KeyRange.of(Range.prefix(prefix)));
                    break;
                } catch (DamagedEntryException e) {
                    if (root.refreshed().revision() == now.revision()) {
                        refused.refuse(e.key(), String.valueOf(e.getMessage()));
                        found.add(e.key());
                        break;
                    }
                }
            }
        }
        return found;
    }

    /** Looks at entries that are refused: another runner may have mended them, which no watch tells of one that is gone. */
    void lookAgainAtRefused() {
        for (String key : refused.keys().stream()
                .filter(Manifest::covers)
                .limit(MOST_LOOKED_AT)
                .toList()) {
            try {
                Stored _ = get(key);
            } catch (DamagedEntryException e) {
                LOG.debug("store: {} is still refused", key);
            } catch (StoreException e) {
                LOG.debug("store: {} cannot be looked at now: {}", key, e.getMessage());
                return;
            }
        }
    }
}
