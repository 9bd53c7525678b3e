package dev.secretproviders.store.protection;

import dev.secretproviders.store.Store;
import dev.secretproviders.store.Store.Change;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.protection.Manifest.Root;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The newest root of the manifest that this runner knows. It never goes back. Thread-safe. */
final class ManifestRoot implements Store.Watcher {
    private static final Logger LOG = LoggerFactory.getLogger(ManifestRoot.class);

    private final Manifest manifest;
    private final SeenCounter seen;
    private final boolean accepting;
    private volatile @Nullable Root root;
    /** Whether the root must be read before it is used, because the outcome of a commit is unknown. */
    private volatile boolean doubtful;

    private volatile @Nullable String problem;

    /** @param accepting whether a store that went back to an earlier state is accepted */
    ManifestRoot(Manifest manifest, SeenCounter seen, boolean accepting) {
        this.manifest = manifest;
        this.seen = seen;
        this.accepting = accepting;
    }

    /** Returns the known root, or null. No I/O. */
    @Nullable
    Root known() {
        return root;
    }

    /** Returns what is wrong with the store as a whole, or null. */
    @Nullable
    String problem() {
        return problem;
    }

    void doubt() {
        doubtful = true;
    }

    /** Lets the next root that is read count, whatever its revision is. Its counter must not go back even so. */
    void forget() {
        root = null;
    }

    /** Returns the known root, or reads it. */
    Root get() throws StoreException {
        Root known = root;
        return known == null || doubtful ? refreshed() : known;
    }

    /** Reads the root. */
    Root refreshed() throws StoreException {
        Root read = manifest.read();
        if (read == null) {
            throw missing();
        }
        return take(read);
    }

    /** Adopts a root that was read, unless a later one is known. Returns the root that is then known. */
    synchronized Root take(Root read) throws StoreException {
        Root known = root;
        if (read.counter() < seen.value() && !accepting) {
            if (known != null && known.revision() > read.revision()) {
                // This root was read before the later one was written.
                return known;
            }
            throw wrong(
                    ("the store went back from change %d to change %d: it was put back to an earlier state. If that was you,"
                                    + " accept it: secret-providers restore --accept. If not, restore a backup. Nothing is changed")
                            .formatted(seen.value(), read.counter()));
        }
        root = read;
        doubtful = false;
        problem = null;
        seen.saw(read.counter());
        return read;
    }

    StoreException missing() {
        return wrong("the store has lost its manifest (" + Manifest.ROOT + "), which this runner has seen at change "
                + seen.value() + ": it was emptied or put back to an earlier state. If that was you, accept it:"
                + " secret-providers restore --accept. If not, restore a backup. Nothing is changed");
    }

    private StoreException wrong(String what) {
        problem = what;
        return new StoreException(what, null);
    }

    /** Another runner wrote it. */
    @Override
    public void changed(List<Change> changes) {
        Root known = root;
        Change last = changes.getLast();
        Stored entry = last.entry();
        if (entry == null) {
            lost();
        } else if (known == null || last.revision() > known.revision()) {
            try {
                Root _ = take(new Root(ManifestNode.read(entry), entry.revision()));
            } catch (StoreException e) {
                LOG.error("store: {}", e.getMessage());
            }
        }
    }

    @Override
    public void lost() {
        try {
            Root _ = refreshed();
        } catch (StoreException e) {
            LOG.error("store: the manifest cannot be followed: {}", e.getMessage());
        }
    }

    @Override
    public void restarted() {
        forget();
        lost();
    }
}
