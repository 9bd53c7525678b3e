package dev.secretproviders.store.protection;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArraySet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The refused entries, and the watches that are notified of them. Thread-safe. */
final class RefusedEntries {
    private static final Logger LOG = LoggerFactory.getLogger(RefusedEntries.class);
    private static final int MOST_NAMED = 20;

    /** The reason of each refusal, by key. */
    private final Map<String, String> refused = new ConcurrentSkipListMap<>();
    /** Keys that are correct again; watchers are not notified yet. */
    private final Set<String> mended = ConcurrentHashMap.newKeySet();

    private final Set<VerifyingWatcher> watchers = new CopyOnWriteArraySet<>();

    void add(VerifyingWatcher watcher) {
        watchers.add(watcher);
    }

    void remove(VerifyingWatcher watcher) {
        watchers.remove(watcher);
    }

    /** Records that an entry is refused. */
    void refuse(String key, String why) {
        mended.remove(key);
        if (refused.put(key, why) == null) {
            LOG.error("store: {}; it is refused", why);
            watchers.forEach(watcher -> watcher.damaged(key));
        }
    }

    /** Records that an entry is correct. */
    void accept(String key) {
        if (refused.remove(key) != null) {
            mended.add(key);
        }
    }

    /**
     * Makes watchers read entries again that are no longer refused. The finder does not call this, since it may be a
     * watcher.
     */
    void tellMended() {
        Set<String> told = Set.copyOf(mended);
        mended.removeAll(told);
        watchers.stream()
                .filter(watcher -> told.stream().anyMatch(watcher::concerns))
                .forEach(VerifyingWatcher::lost);
    }

    /** Returns the keys of the refused entries. */
    List<String> keys() {
        return List.copyOf(refused.keySet());
    }

    /** Returns the reasons by key. */
    Map<String, String> all() {
        return Map.copyOf(refused);
    }

    /** Returns the reasons in one line. */
    String text() {
        return refused.size() + " entries are refused: "
                + String.join("; ", refused.values().stream().limit(MOST_NAMED).toList());
    }
}
