package dev.secretproviders.store.embedded;

import dev.secretproviders.store.SafeWatcher;
import dev.secretproviders.store.Store.Change;
import dev.secretproviders.store.Store.Watch;
import dev.secretproviders.store.Store.Watcher;
import java.util.List;
import java.util.function.Consumer;

/** A watch of the embedded engine: a thread that reads a {@link ChangeLog} at the watcher's own pace. */
final class LogWatch implements Watch {
    private final ChangeLog log;
    private final String prefix;
    private final Watcher watcher;
    private final Consumer<LogWatch> ended;
    private final Thread thread;
    private volatile boolean closed;

    LogWatch(ChangeLog log, String prefix, long afterRevision, Watcher watcher, Consumer<LogWatch> ended) {
        this.log = log;
        this.prefix = prefix;
        this.watcher = new SafeWatcher(watcher);
        this.ended = ended;
        this.thread = Thread.ofVirtual().name("store-watch").unstarted(() -> run(afterRevision));
    }

    LogWatch start() {
        thread.start();
        return this;
    }

    private void run(long afterRevision) {
        long revision = afterRevision;
        try {
            while (!closed) {
                ChangeLog.Next next = log.after(revision);
                revision = next.revision();
                if (!closed) {
                    tell(next);
                }
            }
        } catch (InterruptedException e) {
            // The watch was closed.
        }
    }

    private void tell(ChangeLog.Next next) {
        switch (next) {
            case ChangeLog.Next.Lost _ -> watcher.lost();
            case ChangeLog.Next.Changes(long _, List<Change> all) -> {
                List<Change> changes = all.stream()
                        .filter(change -> change.key().startsWith(prefix))
                        .toList();
                if (!changes.isEmpty()) {
                    watcher.changed(changes);
                }
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        ended.accept(this);
        thread.interrupt();
    }
}
