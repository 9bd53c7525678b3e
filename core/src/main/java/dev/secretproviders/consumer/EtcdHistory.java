package dev.secretproviders.consumer;

import io.etcd.jetcd.Response;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Up to which revision of etcd each directory is known, so that an outage needs no reading of everything. Tells whether
 * etcd may have another history than before, because it was restored from a backup.
 *
 * <p>Not thread-safe.
 */
final class EtcdHistory {
    private final Duration longestWithoutDoubt;
    private final Map<String, Long> reached = new LinkedHashMap<>();
    private Response.@Nullable Header last;
    private long heardAt;
    private boolean inDoubt;

    /** @param longestWithoutDoubt an etcd that is away for longer may have been restored, and have later revisions all the same */
    EtcdHistory(Duration longestWithoutDoubt) {
        this.longestWithoutDoubt = longestWithoutDoubt;
    }

    /** Returns whether a directory was read. If not, its changes mean nothing. */
    boolean knows(String directory) {
        return reached.containsKey(directory);
    }

    /** Returns the directories that were read, in the order in which they were. */
    List<String> known() {
        return List.copyOf(reached.keySet());
    }

    /** Returns the revision up to which a directory is known, or 0. */
    long revision(String directory) {
        return reached.getOrDefault(directory, 0L);
    }

    /** Notes that a directory is known up to a revision. */
    void reached(String directory, long revision) {
        reached.merge(directory, revision, Math::max);
        heardAt = System.nanoTime();
    }

    /** Notes that a directory is known up to the last change of a response, or up to its revision if it has none. */
    void reached(String directory, WatchResponse response) {
        List<WatchEvent> events = response.getEvents();
        reached(
                directory,
                events.isEmpty()
                        ? response.getHeader().getRevision()
                        : events.getLast().getKeyValue().getModRevision());
    }

    /** Forgets everything. */
    void forget() {
        reached.clear();
        last = null;
        inDoubt = false;
    }

    /** Begins again after an outage. Called before anything else is noted. */
    void resumes() {
        inDoubt |= System.nanoTime() - heardAt > longestWithoutDoubt.toNanos();
    }

    /** Returns whether everything should be read again, since etcd was away for long. */
    boolean inDoubt() {
        return inDoubt;
    }

    /** Notes that everything was read again. */
    void confirmed() {
        inDoubt = false;
    }

    /**
     * Takes what etcd says of itself in an answer.
     *
     * @throws ConsumerSourceException if it is another cluster, or at an earlier revision or term of Raft than before. A
     *     restored cluster begins with an early term
     */
    void check(Response.Header now) throws ConsumerSourceException {
        checkCluster(now);
        Response.Header before = last;
        last = now;
        heardAt = System.nanoTime();
        long latest = reached.isEmpty() ? 0 : Collections.max(reached.values());
        if (now.getRevision() < latest || (before != null && now.getRaftTerm() < before.getRaftTerm())) {
            throw another();
        }
    }

    /**
     * Takes what etcd says of itself with changes. Their revision and term may be earlier than those of an answer.
     *
     * @throws ConsumerSourceException if it is another cluster
     */
    void checkCluster(Response.Header now) throws ConsumerSourceException {
        if (last != null && now.getClusterId() != last.getClusterId()) {
            throw another();
        }
    }

    private static ConsumerSourceException another() {
        return new ConsumerSourceException("etcd has another history than before; reading everything again");
    }
}
