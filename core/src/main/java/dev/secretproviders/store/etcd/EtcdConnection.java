package dev.secretproviders.store.etcd;

import io.etcd.jetcd.Client;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client of an etcd that all calls of a store share. When etcd cannot be reached, it waits until an endpoint accepts
 * connections, and replaces the client. A client left alone waits longer after each failed attempt, at last two minutes.
 *
 * <p>Thread-safe.
 */
final class EtcdConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EtcdConnection.class);
    /** The shortest time between two renewals: an endpoint may accept connections and yet not answer. */
    private static final Duration BETWEEN = Duration.ofSeconds(1);

    private final EtcdAccess access;
    private volatile Client client;
    /** Waits for etcd; null if it is thought to be there. */
    private @Nullable Thread waiting;

    /** When the next renewal may begin, of {@link System#nanoTime()}. Only one thread at a time renews. */
    private volatile long earliest = System.nanoTime();

    private boolean closed;

    EtcdConnection(EtcdAccess access) {
        this.access = access;
        this.client = access.connect();
    }

    Client client() {
        return client;
    }

    /** Tells that etcd could not be reached by a client. Returns at once. */
    @SuppressWarnings("ReferenceEquality") // A client is one connection, and has no other identity.
    synchronized void lost(Client by) {
        if (by == client && waiting == null && !closed) {
            waiting = Thread.ofVirtual().name("store-connection").start(this::renew);
        }
    }

    /** Waits while etcd is known to be away. Returns at once after {@link #close}. */
    synchronized void awaitReachable() throws InterruptedException {
        while (waiting != null && !closed) {
            wait();
        }
    }

    private void renew() {
        try {
            Thread.sleep(Duration.ofNanos(Math.max(0, earliest - System.nanoTime())));
            access.awaitReachable();
            replace();
        } catch (InterruptedException e) {
            // The connection was closed.
        } catch (RuntimeException e) {
            LOG.error("store: etcd could not be waited for", e);
        } finally {
            goOn();
        }
    }

    private synchronized void replace() {
        if (closed) {
            return;
        }
        Client before = client;
        client = access.connect();
        // Its channel may have come back by itself, so that calls through it are under way.
        CompletableFuture.delayedExecutor(2 * access.timeout().toMillis(), TimeUnit.MILLISECONDS)
                .execute(before::close);
    }

    private synchronized void goOn() {
        earliest = System.nanoTime() + BETWEEN.toNanos();
        waiting = null;
        notifyAll();
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (waiting != null) {
            waiting.interrupt();
        }
        notifyAll();
        client.close();
    }
}
