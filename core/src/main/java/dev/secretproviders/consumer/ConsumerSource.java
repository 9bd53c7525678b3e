package dev.secretproviders.consumer;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Follows the gateway's configuration. Reports each new set of consumers, and where the rest of the configuration uses
 * references. The consumers come first: the rest never delays them, and if it cannot be read, they are reported without
 * it. A source that loses its connection keeps trying and shows that in {@link #status()}. The last reported snapshot
 * stays in force.
 */
public interface ConsumerSource extends AutoCloseable {
    /** The name of the source that has no consumers. */
    String NONE = "none";

    /** Starts following on threads of its own. Returns immediately. Called once. */
    void start(Listener listener);

    /** Returns the state of the source. Callable from any thread. */
    Status status();

    /**
     * Reads APISIX's own secret objects once. Blocks for I/O. Callable from any thread but the one that calls the
     * listener.
     *
     * @throws ConsumerSourceException if they cannot be read
     */
    List<SecretObject> secretObjects() throws ConsumerSourceException, InterruptedException;

    /** Stops following. */
    @Override
    void close();

    /** Receives snapshots. Called by one thread at a time, in order; returns quickly. */
    @FunctionalInterface
    interface Listener {
        void changed(ConsumerSnapshot snapshot);
    }

    /**
     * The state of a source.
     *
     * @param name the kind of source: {@code etcd}, {@code admin-api} or {@code file}
     * @param synced whether a complete set of consumers was read at least once
     * @param lastSuccess when the source last read the gateway's configuration successfully, or null if never
     * @param lastError the current problem, without secrets, or null if there is none
     */
    record Status(
            String name,
            boolean synced,
            @Nullable Instant lastSuccess,
            @Nullable String lastError) {}
}
