package dev.secretproviders.consumer;

import io.etcd.jetcd.Response;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
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
    /** An etcd that was away for longer may have been restored, and have later revisions all the same. */
    private static final Duration LONGEST_WITHOUT_DOUBT = Duration.ofSeconds(10);

    private final Map<String, Long> reached = new HashMap<>();
    private Response.@Nullable Header last;
    private long heardAt;
    private boolean inDoubt;

    /** Returns whether a directory was read. If not, its changes mean nothing. */
    boolean knows(String directory) {
        return reached.containsKey(directory);
    }

    /** Returns the directories that were read. */
    Collection<String> known() {
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

    /** Forgets everything. */
    void forget() {
        reached.clear();
        inDoubt = false;
    }

    /** Notes that etcd is there again, before anything else is. */
    void resumes() {
        inDoubt |= System.nanoTime() - heardAt > LONGEST_WITHOUT_DOUBT.toNanos();
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
     * Takes what etcd says of itself.
     *
     * @throws ConsumerSourceException if it is another cluster, or at an earlier revision or term of Raft than before. A
     *     restored cluster begins with an early term
     */
    void check(Response.Header now) throws ConsumerSourceException {
        Response.Header before = last;
        last = now;
        heardAt = System.nanoTime();
        boolean another = before != null
                && (now.getRaftTerm() < before.getRaftTerm() || now.getClusterId() != before.getClusterId());
        if (another || now.getRevision() < Collections.max(reached.values())) {
            throw new ConsumerSourceException("etcd has another history than before; reading everything again");
        }
    }
}
