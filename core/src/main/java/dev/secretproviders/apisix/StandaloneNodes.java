package dev.secretproviders.apisix;

import dev.secretproviders.apisix.StandaloneNode.Version;
import dev.secretproviders.provider.shared.Causes;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes of an API-driven standalone APISIX, each of which gets its configuration by itself. The newest configuration counts, so
 * that a consumer that was removed stays removed while one node lags.
 *
 * <p>An older configuration of another node counts only once no node has had a newer one for a minute. Until then the node may lag.
 *
 * <p>One thread looks and takes. Any thread may ask for the rest.
 */
public final class StandaloneNodes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StandaloneNodes.class);
    /** Longer than a pusher takes from the first node to the last. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final List<Watched> nodes = new ArrayList<>();
    private final LongSupplier nanos;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("standalone-node-", 0).factory());

    /** The node whose configuration is in force; null if it is one of an earlier process. */
    private volatile @Nullable Watched followed;

    private @Nullable Version taken;
    /** Since when there is only an older configuration. */
    private @Nullable Long olderSince;

    private volatile Map<URI, String> differences = Map.of();

    /** What a look found. */
    public sealed interface Found {
        /** What is in force is right. */
        record Same() implements Found {}

        /** This node has the configuration to take. */
        record Moved(StandaloneNode node) implements Found {}

        /**
         * There is nothing to take.
         *
         * @param problem why
         * @param empty whether every node answered that it has no configuration, as after its start
         */
        record Nothing(String problem, boolean empty) implements Found {}
    }

    /** What a node answered last. */
    private sealed interface Answer {
        record Unknown() implements Answer {}

        record Configured(Version version) implements Answer {}

        record Empty() implements Answer {}

        record Away(String problem) implements Answer {}
    }

    /** Creates the nodes; the clients are closed with it. */
    public StandaloneNodes(List<AdminApiClient> clients) {
        this(clients, System::nanoTime);
    }

    StandaloneNodes(List<AdminApiClient> clients, LongSupplier nanos) {
        this.nanos = nanos;
        clients.forEach(client -> nodes.add(new Watched(new StandaloneNode(client))));
    }

    /** Asks all nodes. Waits for the one that is followed; for all of them if that does not help. */
    public Found look() throws InterruptedException {
        nodes.forEach(Watched::ask);
        Watched first = followed;
        if (first != null) {
            first.await();
        }
        if (first == null || !(first.answer instanceof Answer.Configured)) {
            for (Watched node : nodes) {
                node.await();
            }
        }
        Found found = choose();
        compare();
        return found;
    }

    /** Says that the configuration of a node is in force now. */
    public void take(StandaloneNode node, Version version) {
        followed = nodes.stream().filter(one -> one.node == node).findFirst().orElse(null);
        taken = version;
        olderSince = null;
    }

    /** Says that the configuration that an earlier process took is in force. */
    public void takeEarlier(Version version) {
        taken = version;
    }

    /** Returns the node whose configuration is in force; null if there is none. */
    public @Nullable StandaloneNode followed() {
        Watched node = followed;
        return node == null ? null : node.node;
    }

    /** Returns the nodes that have differed from what is in force for a minute, each with how it differs. */
    public Map<URI, String> differences() {
        return differences;
    }

    private Found choose() {
        Watched newest = null;
        Version version = null;
        for (Watched node : nodes) {
            // Answers may change meanwhile.
            if (node.answer instanceof Answer.Configured(Version its)
                    && (version == null
                            || its.modified() > version.modified()
                            || (its.modified() == version.modified() && node == followed))) {
                newest = node;
                version = its;
            }
        }
        if (newest == null || version == null) {
            return nothing();
        }
        Version before = taken;
        if (before == null || (newest == followed && !version.equals(before))) {
            return new Found.Moved(newest.node);
        }
        if (version.digest().equals(before.digest())) {
            olderSince = null;
            Watched source = followed;
            if (source == null) {
                // An earlier process kept the consumers only.
                return new Found.Moved(newest.node);
            }
            if (!(source.answer instanceof Answer.Configured)) {
                take(newest.node, version);
            }
            return new Found.Same();
        }
        boolean lags = nodes.size() > 1 && newest != followed && version.modified() < before.modified();
        if (lags && !hasWaited()) {
            return new Found.Nothing(
                    "APISIX at " + newest.node.place() + " has an older configuration than the one in force", false);
        }
        return new Found.Moved(newest.node);
    }

    private boolean hasWaited() {
        Long since = olderSince;
        if (since == null) {
            olderSince = nanos.getAsLong();
            return false;
        }
        return nanos.getAsLong() - since >= PATIENCE.toNanos();
    }

    private Found nothing() {
        // A node that is away may serve a newer configuration.
        boolean empty = nodes.stream().allMatch(node -> node.answer instanceof Answer.Empty);
        // If only some of them are empty, what keeps the others away is the thing to mend.
        Watched said = nodes.stream()
                .filter(node -> node.answer instanceof Answer.Away)
                .findFirst()
                .orElse(nodes.getFirst());
        return new Found.Nothing(said.problem() + (nodes.size() == 1 ? "" : "; no other node has one either"), empty);
    }

    /** Tells of nodes that differ from what is in force for longer than a push takes. */
    private void compare() {
        Version now = taken;
        if (nodes.size() == 1 || now == null) {
            return;
        }
        Map<URI, String> found = new LinkedHashMap<>();
        for (Watched node : nodes) {
            String difference = node.difference(now);
            URI place = node.node.place();
            if (difference != null) {
                found.put(place, difference);
                if (!differences.containsKey(place)) {
                    LOG.warn("{}", difference);
                }
            } else if (differences.containsKey(place)) {
                LOG.info("APISIX at {} has the configuration in force", place);
            }
        }
        differences = Map.copyOf(found);
    }

    @Override
    public void close() {
        threads.shutdownNow();
        nodes.forEach(node -> node.node.close());
    }

    /** A node with what it answered last. */
    private final class Watched {
        private final StandaloneNode node;
        private @Nullable Future<?> question;
        private volatile Answer answer = new Answer.Unknown();
        private @Nullable Long differsSince;

        Watched(StandaloneNode node) {
            this.node = node;
        }

        void ask() {
            if (question == null || question.isDone()) {
                question = threads.submit(this::answer);
            }
        }

        private void answer() {
            try {
                Version version = node.version();
                answer = version == null ? new Answer.Empty() : new Answer.Configured(version);
            } catch (AdminApiException e) {
                answer = new Answer.Away(String.valueOf(e.getMessage()));
            } catch (InterruptedException e) {
                // The source is being closed.
                Thread.currentThread().interrupt();
            }
        }

        void await() throws InterruptedException {
            Future<?> asked = question;
            if (asked == null) {
                return;
            }
            try {
                asked.get();
            } catch (ExecutionException e) {
                // The message of an unexpected exception may quote the admin key.
                answer = new Answer.Away("APISIX at " + node.place() + " cannot be asked: unexpected "
                        + Causes.root(e).getClass().getName());
            }
        }

        String problem() {
            return switch (answer) {
                case Answer.Away(String problem) -> problem;
                case Answer.Empty _ ->
                    "APISIX at " + node.place() + " has no configuration, as after its start, until one is pushed";
                case Answer.Unknown _, Answer.Configured _ -> "APISIX at " + node.place() + " was not asked yet";
            };
        }

        /** Returns how it differs, once it has for long enough; else null. */
        @Nullable
        String difference(Version inForce) {
            boolean differs = !(answer instanceof Answer.Configured(Version its)
                    && its.digest().equals(inForce.digest()));
            if (!differs) {
                differsSince = null;
                return null;
            }
            Long since = differsSince;
            if (since == null) {
                differsSince = nanos.getAsLong();
                return null;
            }
            if (nanos.getAsLong() - since < PATIENCE.toNanos()) {
                return null;
            }
            return answer instanceof Answer.Configured
                    ? "APISIX at " + node.place() + " has had another configuration than the one in force for a minute"
                    : problem();
        }
    }
}
