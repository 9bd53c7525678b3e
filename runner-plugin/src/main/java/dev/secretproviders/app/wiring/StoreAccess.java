package dev.secretproviders.app.wiring;

import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.control.ControlPlane;
import dev.secretproviders.app.logs.LeftOutLog;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.transport.UnixSocketServer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the store, and gives it away for a takeover. Holds the consumers back until the providers of the store are known.
 * Thread-safe.
 */
final class StoreAccess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreAccess.class);
    private static final Duration OPEN_AGAIN = Duration.ofSeconds(1);

    private final Configuration configuration;
    private final Resolver resolver;
    private final CredentialDirectory directory;
    private final Workers workers;
    private final UnixSocketServer server;

    /** Ensures that no snapshot is lost between {@link #early} and the directory. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile @Nullable ControlPlane control;
    /** Closes what hears of revocations while a shared store is given away. */
    private volatile @Nullable Runnable revocations;

    /** The newest consumers until the providers are known. */
    private @Nullable ConsumerSnapshot early;
    /** Whether the store was open once, so that the providers are known. */
    private boolean opened;

    private final CountDownLatch consumersRead = new CountDownLatch(1);
    private final AtomicBoolean following = new AtomicBoolean();
    private final AtomicBoolean opening = new AtomicBoolean();
    private volatile boolean closed;

    StoreAccess(
            Configuration configuration,
            Resolver resolver,
            CredentialDirectory directory,
            Workers workers,
            UnixSocketServer server) {
        this.configuration = configuration;
        this.resolver = resolver;
        this.directory = directory;
        this.workers = workers;
        this.server = server;
    }

    /**
     * Reads the consumers and opens the store.
     *
     * @throws CannotStartException if the store cannot be used and the failure is permanent
     */
    void start() throws CannotStartException {
        if (!remoteStore()) {
            // A store in etcd may be unavailable for long. Consumers that were read meanwhile would become outdated,
            // and the literal key at which reading stops would stay in memory as plain text.
            startConsumers();
        }
        open();
    }

    private ControlPlane plane(boolean again) throws StoreException, CannotStartException {
        return ControlPlane.open(
                configuration,
                configuration.store(),
                resolver,
                directory,
                ServedParts.of(server, workers.upstream()),
                again);
    }

    /**
     * Opens the store, or goes on trying if it is another server that cannot be reached. Does nothing if it was called
     * before.
     */
    void open() throws CannotStartException {
        if (!opening.compareAndSet(false, true)) {
            return;
        }
        try {
            opened(plane(false));
        } catch (StoreException e) {
            if (!remoteStore()) {
                throw new CannotStartException(String.valueOf(e.getMessage()), e);
            }
            LOG.atWarn()
                    .addKeyValue("event", "store.unreachable")
                    .log(
                            "the store cannot be reached: {}; until it can, requests are answered with 503",
                            e.getMessage());
            Thread.ofVirtual().name("store-opening").start(this::keepOpening);
        }
    }

    private void keepOpening() {
        while (!closed) {
            try {
                Thread.sleep(OPEN_AGAIN);
                opened(plane(false));
                LOG.atInfo().addKeyValue("event", "store.reached").log("the store can be reached");
                return;
            } catch (StoreException e) {
                LOG.debug("the store still cannot be reached: {}", e.getMessage());
            } catch (InterruptedException e) {
                return;
            } catch (CannotStartException e) {
                LOG.error("{}", e.getMessage());
                System.exit(CannotStartException.EXIT_CODE);
            }
        }
    }

    /**
     * Closes what only one runner may have open. Requests are still answered, from memory. Revocations that another
     * runner makes in a shared store are in force here all the same.
     *
     * @return how many credentials cannot be decided
     */
    int release() {
        ControlPlane released = control;
        control = null;
        if (released != null) {
            Runnable rest = released.release();
            if (remoteStore()) {
                revocations = rest;
            } else {
                rest.run();
            }
        }
        return directory.undecided();
    }

    /** Ends the hearing of revocations, once the control plane hears them again. */
    private void stopHearing() {
        Runnable rest = revocations;
        revocations = null;
        if (rest != null) {
            rest.run();
        }
    }

    /** Opens again what {@link #release} closed. Returns at once. */
    void reclaim() {
        Thread.ofVirtual().name("store-opening").start(() -> {
            while (!closed && control == null) {
                try {
                    opened(plane(true));
                    stopHearing();
                    LOG.atInfo().addKeyValue("event", "store.reached").log("the store is open again");
                } catch (StoreException | CannotStartException e) {
                    LOG.warn("the store cannot be opened again: {}; trying again", e.getMessage());
                    LockSupport.parkNanos(OPEN_AGAIN.toNanos());
                }
            }
        });
    }

    /**
     * Begins to follow the consumers. While the store is not open, reading stops at the first literal key, because the
     * digest key is not known yet.
     */
    void startConsumers() {
        if (!following.compareAndSet(false, true)) {
            return;
        }
        LeftOutLog leftOut = new LeftOutLog();
        configuration.consumers().start(snapshot -> {
            leftOut.log(snapshot.problems());
            lock.lock();
            try {
                if (opened) {
                    changed(snapshot);
                } else {
                    early = snapshot;
                }
            } finally {
                lock.unlock();
            }
            consumersRead.countDown();
        });
    }

    /** Waits until the consumers were read for the first time. Returns whether they were. */
    boolean awaitConsumers(Duration patience) throws InterruptedException {
        return consumersRead.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void changed(ConsumerSnapshot snapshot) {
        directory.changed(snapshot);
        workers.upstream().changed(snapshot);
    }

    /**
     * Publishes the control plane, then the consumers. Their providers must exist first, or valid keys would be
     * refused. Secrets for upstreams are resolved from here on, too: routes may have named them long before.
     */
    private void opened(ControlPlane plane) {
        configuration.digester().settle();
        lock.lock();
        try {
            control = plane;
            opened = true;
            if (early != null) {
                changed(early);
                early = null;
            }
            workers.upstream().begin();
        } finally {
            lock.unlock();
        }
        if (remoteStore()) {
            startConsumers();
        }
    }

    private boolean remoteStore() {
        return configuration.control().store().remote();
    }

    /** Returns the control plane, or null while the store is not open. */
    @Nullable
    ControlPlane control() {
        return control;
    }

    @Override
    public void close() {
        closed = true;
        ControlPlane open = control;
        if (open != null) {
            open.close();
        }
        stopHearing();
    }
}
