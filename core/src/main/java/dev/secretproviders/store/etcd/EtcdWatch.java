package dev.secretproviders.store.etcd;

import dev.secretproviders.store.SafeWatcher;
import dev.secretproviders.store.Store.Change;
import dev.secretproviders.store.Store.Watch;
import dev.secretproviders.store.Store.Watcher;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.timing.Backoff;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Response;
import io.etcd.jetcd.common.exception.ErrorCode;
import io.etcd.jetcd.common.exception.EtcdException;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A watch of the etcd engine: a thread that follows etcd from the last revision it reported. jetcd's own resuming is
 * not used, because it continues from the newest revision and skips what happened meanwhile. If etcd was restored or
 * replaced, everything has to be read again. After a long outage it has to be read again, too, once the changes since
 * were reported.
 */
final class EtcdWatch implements Watch {
    private static final Logger LOG = LoggerFactory.getLogger(EtcdWatch.class);
    /** How often a silent etcd is asked whether it is still there. */
    private static final long LOOK_MILLIS = 3_000;
    /** How long changes since a long outage may take to arrive, before everything has to be read again. */
    private static final long CATCH_UP_MILLIS = 1_000;

    /** A watch has one directory, whatever its prefix is. */
    private static final String ALL = "";

    private static final Backoff PAUSES = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2));

    private final EtcdStore store;
    private final ByteSequence prefix;
    private final Watcher watcher;
    private final Thread thread = Thread.ofVirtual().name("store-watch").unstarted(this::run);
    /** Up to which revision every change was reported. */
    private final EtcdHistory<StoreException> history;

    private volatile boolean closed;
    private int failures;

    EtcdWatch(EtcdStore store, ByteSequence prefix, long afterRevision, Watcher watcher) {
        this.store = store;
        this.prefix = prefix;
        this.history = new EtcdHistory<>(EtcdHistory.LONG_OUTAGE, reason -> store.failed(reason, null));
        history.reached(ALL, afterRevision);
        this.watcher = new SafeWatcher(watcher);
    }

    /** A response or a failure of etcd; neither of the two if the client was closed, since there is another one. */
    private record News(
            @Nullable WatchResponse response, @Nullable Throwable failure) {}

    EtcdWatch start() {
        thread.start();
        return this;
    }

    private void run() {
        while (!closed) {
            try {
                follow();
            } catch (StoreException e) {
                if (failures++ == 0 && !closed) {
                    LOG.warn("store: {}; the watch goes on when etcd answers", e.getMessage());
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                failures++;
                LOG.error("store: the watch failed and begins again", e);
            }
            try {
                Thread.sleep(PAUSES.pause(failures + 1));
                store.connection().awaitReachable();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Follows etcd until it fails or the state is uncertain. */
    private void follow() throws StoreException, InterruptedException {
        Client client = store.connection().client();
        try {
            follow(client);
        } catch (StoreException e) {
            if (EtcdAccess.isAway(e)) {
                store.connection().lost(client);
            }
            throw e;
        }
    }

    private void follow(Client client) throws StoreException, InterruptedException {
        history.resumes();
        look();
        BlockingQueue<News> queue = new LinkedBlockingQueue<>();
        WatchOption option = WatchOption.builder()
                .isPrefix(true)
                .withRevision(history.revision(ALL) + 1)
                .withProgressNotify(true)
                .withRequireLeader(true)
                .build();
        try (var _ = client.getWatchClient()
                .watch(
                        prefix,
                        option,
                        io.etcd.jetcd.Watch.listener(
                                response -> queue.add(new News(response, null)),
                                failure -> queue.add(new News(null, failure)),
                                () -> queue.add(new News(null, null))))) {
            while (!closed) {
                News news = queue.poll(history.inDoubt() ? CATCH_UP_MILLIS : LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (news == null) {
                    look();
                } else if (news.response() != null) {
                    tell(news.response());
                } else {
                    if (news.failure() != null) {
                        failed(news.failure());
                    }
                    return;
                }
                if (history.inDoubt()) {
                    restarted(store.look());
                }
            }
        }
    }

    /** Fails if etcd has another history. The watch would otherwise wait for a later revision than a restored etcd has. */
    private void look() throws StoreException {
        Response.Header now = store.look();
        if (failures > 0 && !closed) {
            LOG.info("store: etcd answers again; the watch goes on");
        }
        failures = 0;
        try {
            history.check(now);
        } catch (StoreException e) {
            restarted(now);
            throw e;
        }
    }

    private void failed(Throwable failure) throws StoreException {
        if (failure instanceof EtcdException etcd && etcd.getErrorCode() == ErrorCode.OUT_OF_RANGE) {
            forget(store.look());
            if (!closed) {
                watcher.lost();
            }
            return;
        }
        throw store.failed("the watch of etcd ended: " + EtcdAccess.describe(failure), failure);
    }

    private void restarted(Response.Header now) throws StoreException {
        forget(now);
        if (!closed) {
            watcher.restarted();
        }
    }

    private void forget(Response.Header now) throws StoreException {
        history.forget();
        history.check(now);
        history.reached(ALL, now.getRevision());
    }

    /** Reports the changes of each revision; a response has whole revisions. */
    private void tell(WatchResponse response) throws StoreException {
        try {
            history.checkCluster(response.getHeader());
        } catch (StoreException e) {
            restarted(store.look());
            throw e;
        }
        List<Change> together = new ArrayList<>();
        for (WatchEvent event : response.getEvents()) {
            KeyValue pair = event.getKeyValue();
            if (pair.getModRevision() <= history.revision(ALL)) {
                // Everything was read at a later revision meanwhile.
                continue;
            }
            if (!together.isEmpty() && together.getLast().revision() != pair.getModRevision()) {
                tell(together);
                together.clear();
            }
            if (!store.isMarker(pair)) {
                together.add(change(event, pair));
            }
        }
        tell(together);
        history.reached(ALL, response);
    }

    private Change change(WatchEvent event, KeyValue pair) throws StoreException {
        return switch (event.getEventType()) {
            case PUT -> new Change(store.relative(pair), store.stored(pair), pair.getModRevision());
            case DELETE -> new Change(store.relative(pair), null, pair.getModRevision());
            case UNRECOGNIZED -> throw store.failed("etcd sent an event of an unknown type", null);
        };
    }

    private void tell(List<Change> changes) {
        if (!changes.isEmpty() && !closed) {
            watcher.changed(List.copyOf(changes));
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        store.ended(this);
    }
}
