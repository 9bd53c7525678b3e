package dev.secretproviders.consumer;

import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    /** Returns what is known of the gateway's nodes. Reads memory only. Callable from any thread. */
    default Nodes nodes() {
        return Nodes.UNKNOWN;
    }

    /**
     * Gives a source whose peer may lose its configuration what keeps the consumers over a restart of the runner; null takes it
     * away. Callable from any thread.
     */
    default void keepWith(@Nullable Keeper keeper) {
        // Most gateways keep their configuration.
    }

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
     * @param name the kind of source: {@code etcd}, {@code admin-api}, {@code file} or {@code standalone-api}
     * @param synced whether a complete set of consumers was read at least once
     * @param lastSuccess when the source last read the gateway's configuration successfully, or null if never
     * @param lastError the current problem, without secrets, or null if there is none
     */
    record Status(
            String name,
            boolean synced,
            @Nullable Instant lastSuccess,
            @Nullable String lastError) {}

    /**
     * What is known of the gateway's nodes besides their configuration, by their addresses, which hold no credentials.
     *
     * @param plugins the names of the plugins that a node has loaded; absent for nodes that do not say
     * @param differences how a node differs from the configuration in force, as a sentence
     */
    record Nodes(Map<URI, Set<String>> plugins, Map<URI, String> differences) {
        static final Nodes UNKNOWN = new Nodes(Map.of(), Map.of());

        /** Copies the maps. */
        public Nodes {
            plugins = Map.copyOf(plugins);
            differences = Map.copyOf(differences);
        }
    }

    /** Keeps consumers for the next process. Used by one thread. Calls block for I/O on local files. */
    interface Keeper {
        /**
         * Returns what was kept last; null if there is nothing that may be used. The receiver wipes it.
         *
         * @throws IOException if that is not known now; the keeper itself reports why
         */
        byte @Nullable [] kept() throws IOException;

        /** Keeps this in place of what was kept. A failure is reported by the keeper itself. */
        void keep(byte[] content);

        /** Returns whether what is in force has to be kept again, though it is the same. */
        boolean isDue();
    }
}
