package dev.secretproviders.consumer;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Follows the gateway's configuration and tells of each new set of consumers, and of where references stand in the rest of it.
 * The consumers come first; the rest never holds them up, and when it cannot be read, they are told without it. A source that loses its connection keeps
 * trying and says so in {@link #status()}; what it told last stays in force.
 */
public interface ConsumerSource extends AutoCloseable {
    /** The name of the source that there is without one. */
    String NONE = "none";

    /** Starts following on threads of its own; returns at once. Called once. */
    void start(Listener listener);

    /** Returns what the source is doing. Any thread. */
    Status status();

    /**
     * Reads APISIX's own secret objects, once, now. Blocks while the gateway's configuration is asked; any thread but the one that
     * tells the listener.
     *
     * @throws ConsumerSourceException if they cannot be read
     */
    List<SecretObject> secretObjects() throws ConsumerSourceException, InterruptedException;

    /** Stops following. */
    @Override
    void close();

    /** Who is told. Called by one thread at a time, in order; returns soon. */
    @FunctionalInterface
    interface Listener {
        void changed(ConsumerSnapshot snapshot);
    }

    /**
     * What a source is doing.
     *
     * @param name the kind of source: {@code etcd}, {@code admin-api} or {@code file}
     * @param synced whether a complete set of consumers was read at least once
     * @param lastSuccess when the source last heard from the gateway's configuration, or null if never
     * @param lastError what is wrong now, without secrets, or null if nothing is
     */
    record Status(
            String name,
            boolean synced,
            @Nullable Instant lastSuccess,
            @Nullable String lastError) {}
}
