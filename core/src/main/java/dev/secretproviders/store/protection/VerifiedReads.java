package dev.secretproviders.store.protection;

import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.KeyRange;
import dev.secretproviders.store.Keys;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store.Change;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.protection.Manifest.Root;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads entries that the manifest covers, and refuses those that do not match it. Thread-safe. */
final class VerifiedReads {
    private static final Logger LOG = LoggerFactory.getLogger(VerifiedReads.class);
    /** How many refused entries are checked again at a time; the next verification checks all. */
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

    /** The store may have another history, so the manifest is read again before it is used. */
    void restarted() {
        root.forget();
    }

    /** Returns the entry of a covered key, or null if the entry is absent and must be absent. */
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
            // Each change of a record changes the root. If the root did not change while the record was read, they
            // belong together.
            if (root.refreshed().revision() == now.revision()) {
                refused.refuse(key, mismatch);
                throw new DamagedEntryException(key, stored == null ? 0 : stored.revision(), mismatch, null);
            }
            Attempts.pause(attempt);
        }
        throw Attempts.tooMany();
    }

    /** Returns why a record does not match the manifest, or null if it does. */
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

    /** Returns whether a change matches the manifest, as far as that is known. */
    boolean isRight(Change change) throws StoreException {
        Root now = root.known();
        return now != null && mismatch(now, change.key(), change.entry()) == null;
    }

    /** Returns the entries of a range that the manifest covers in whole or in part. */
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
                    // The records below the damaged node are refused one by one; missing records cannot be named.
                    refused.refuse(e.key(), String.valueOf(e.getMessage()));
                    return List.of(e.key());
                }
                known = fresh;
            }
        }
        throw Attempts.tooMany();
    }

    /** Reads a record again that was changed since the list was read, or is damaged. */
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

    /** Verifies every record and the manifest. */
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

    /** Verifies the nodes in the store; cached nodes stay in use. */
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

    /**
     * Checks refused entries again. Another runner may have repaired them, and no watch reports that for a missing
     * entry.
     */
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
                LOG.debug("store: {} cannot be checked now: {}", key, e.getMessage());
                return;
            }
        }
    }
}
