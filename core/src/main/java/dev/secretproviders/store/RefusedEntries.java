package dev.secretproviders.store;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArraySet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The entries that are refused, and those who are told of it. Thread-safe. */
final class RefusedEntries {
    private static final Logger LOG = LoggerFactory.getLogger(RefusedEntries.class);
    private static final int MOST_NAMED = 20;

    /** Why each is refused. */
    private final Map<String, String> refused = new ConcurrentSkipListMap<>();
    /** Those that are right again; watchers are not told yet. */
    private final Set<String> mended = ConcurrentHashMap.newKeySet();

    private final Set<VerifyingWatcher> watchers = new CopyOnWriteArraySet<>();

    void add(VerifyingWatcher watcher) {
        watchers.add(watcher);
    }

    void remove(VerifyingWatcher watcher) {
        watchers.remove(watcher);
    }

    /** Notes that an entry is refused. */
    void refuse(String key, String why) {
        mended.remove(key);
        if (refused.put(key, why) == null) {
            LOG.error("store: {}; it is refused", why);
            watchers.forEach(watcher -> watcher.damaged(key));
        }
    }

    /** Notes that an entry is what it should be. */
    void accept(String key) {
        if (refused.remove(key) != null) {
            mended.add(key);
        }
    }

    /** Has watchers read again what is no longer refused. Not done by who finds it, since that may be a watcher. */
    void tellMended() {
        Set<String> told = Set.copyOf(mended);
        mended.removeAll(told);
        watchers.stream()
                .filter(watcher -> told.stream().anyMatch(watcher::concerns))
                .forEach(VerifyingWatcher::lost);
    }

    /** Returns the keys of what is refused. */
    List<String> keys() {
        return List.copyOf(refused.keySet());
    }

    /** Returns keys and reasons. */
    Map<String, String> all() {
        return Map.copyOf(refused);
    }

    /** Returns the reasons in one line. */
    String text() {
        return refused.size() + " entries are refused: "
                + String.join("; ", refused.values().stream().limit(MOST_NAMED).toList());
    }
}
