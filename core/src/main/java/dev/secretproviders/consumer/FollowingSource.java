package dev.secretproviders.consumer;

import dev.secretproviders.timing.Backoff;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Base of all sources: one thread that follows the configuration. After a failure it logs the reason, and begins again
 * after a pause that grows with each failure in a row. The last snapshot stays in force meanwhile.
 */
abstract class FollowingSource implements ConsumerSource {
    private static final Logger LOG = LoggerFactory.getLogger(FollowingSource.class);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);
    /** Short, since {@link #awaitPeer} waits for the peer. */
    private static final Backoff PAUSES_AWAY = new Backoff(SHORTEST_PAUSE, Duration.ofSeconds(1));

    private final String name;
    private final Backoff backoff;
    private volatile Status status;
    private volatile boolean closed;
    private @Nullable Thread thread;
    private @Nullable Listener listener;
    private @Nullable ConsumerSnapshot told;
    private int failures;

    FollowingSource(String name, Duration longestPause) {
        this.name = name;
        this.backoff = new Backoff(SHORTEST_PAUSE, longestPause);
        this.status = new Status(name, false, null, null);
    }

    /**
     * Follows the configuration, and reports each new set with {@link #tell}. Returns or throws when it has to begin
     * again.
     */
    abstract void follow() throws ConsumerSourceException, InterruptedException;

    /** Waits for a peer that could not be reached, before it is followed again. */
    void awaitPeer() throws InterruptedException {
        // Most sources are found by trying.
    }

    @Override
    public final synchronized void start(Listener who) {
        if (listener != null) {
            throw new IllegalStateException("already started");
        }
        listener = who;
        thread = Thread.ofPlatform().daemon().name("consumers-" + name).start(this::run);
    }

    @Override
    public final Status status() {
        return status;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (thread != null) {
            thread.interrupt();
        }
    }

    /** Calls the listener if anything changed, and records a successful read. */
    final void tell(ConsumerSnapshot snapshot) {
        if (!status.synced()) {
            LOG.atInfo()
                    .addKeyValue("event", "source.connected")
                    .addKeyValue("source", name)
                    .addKeyValue("consumers", snapshot.consumers().size())
                    .log(
                            "consumers are read from {}: {}",
                            name,
                            snapshot.consumers().size());
        }
        recordUnchanged();
        Listener who = listener;
        if (who != null && !snapshot.equals(told)) {
            who.changed(snapshot);
            told = snapshot;
        }
        status = new Status(name, true, status.lastSuccess(), null);
    }

    /** Records a successful read without a change. */
    final void recordUnchanged() {
        failures = 0;
        if (status.synced() && status.lastError() != null) {
            LOG.atInfo()
                    .addKeyValue("event", "source.connected")
                    .addKeyValue("source", name)
                    .log("consumers from {} are read again", name);
        }
        status = new Status(name, status.synced(), Instant.now(), null);
    }

    private void run() {
        while (!closed) {
            boolean away = false;
            try {
                follow();
            } catch (ConsumerSourceException e) {
                away = e.isAway();
                failed(String.valueOf(e.getMessage()));
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                failedUnexpectedly(e);
            }
            try {
                Thread.sleep((away ? PAUSES_AWAY : backoff).pause(failures + 1));
                if (away) {
                    awaitPeer();
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                failedUnexpectedly(e);
            }
        }
    }

    private void failedUnexpectedly(Throwable failure) {
        // The message of an unexpected exception may quote secret content.
        String kind = failure.getClass().getName();
        failed("unexpected " + kind);
        LOG.debug("consumers from {}", name, new IllegalStateException(kind));
    }

    private void failed(String problem) {
        if (failures++ == 0 && !closed) {
            LOG.atWarn()
                    .addKeyValue("event", "source.lost")
                    .addKeyValue("source", name)
                    .log("consumers from {}: {}; the last known ones stay in force", name, problem);
        }
        status = new Status(name, status.synced(), status.lastSuccess(), problem);
    }
}
