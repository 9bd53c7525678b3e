package dev.secretproviders.store.etcd;

import io.etcd.jetcd.Response;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Up to which revision of etcd each directory is known, so that an outage needs no reading of everything. Tells whether
 * etcd may have another history than before, because it was restored from a backup.
 *
 * <p>Not thread-safe.
 *
 * @param <E> what is thrown if etcd has another history
 */
public final class EtcdHistory<E extends Exception> {
    /** An etcd that is away for longer may have been restored from a backup. */
    public static final Duration LONG_OUTAGE = Duration.ofSeconds(10);

    private final Duration longestWithoutDoubt;
    private final Function<String, E> failure;
    private final Map<String, Long> reached = new LinkedHashMap<>();
    private Response.@Nullable Header last;
    private long heardAt;
    private boolean inDoubt;

    /**
     * Begins with nothing known.
     *
     * @param longestWithoutDoubt an etcd that is away for longer may have been restored, and have later revisions all the
     *     same
     * @param failure makes the exception of a message
     */
    public EtcdHistory(Duration longestWithoutDoubt, Function<String, E> failure) {
        this.longestWithoutDoubt = longestWithoutDoubt;
        this.failure = failure;
    }

    /** Returns whether a directory was read. If not, its changes mean nothing. */
    public boolean knows(String directory) {
        return reached.containsKey(directory);
    }

    /** Returns the directories that were read, in the order in which they were. */
    public List<String> known() {
        return List.copyOf(reached.keySet());
    }

    /** Returns the revision up to which a directory is known, or 0. */
    public long revision(String directory) {
        return reached.getOrDefault(directory, 0L);
    }

    /** Notes that a directory is known up to a revision. */
    public void reached(String directory, long revision) {
        reached.merge(directory, revision, Math::max);
        heardAt = System.nanoTime();
    }

    /** Notes that a directory is known up to the last change of a response, or up to its revision if it has none. */
    public void reached(String directory, WatchResponse response) {
        List<WatchEvent> events = response.getEvents();
        reached(
                directory,
                events.isEmpty()
                        ? response.getHeader().getRevision()
                        : events.getLast().getKeyValue().getModRevision());
    }

    /** Forgets everything. */
    public void forget() {
        reached.clear();
        last = null;
        inDoubt = false;
    }

    /** Begins again after an outage. Called before anything else is noted. */
    public void resumes() {
        inDoubt |= System.nanoTime() - heardAt > longestWithoutDoubt.toNanos();
    }

    /** Returns whether everything should be read again, since etcd was away for long. */
    public boolean inDoubt() {
        return inDoubt;
    }

    /** Notes that everything was read again. */
    public void confirmed() {
        inDoubt = false;
    }

    /**
     * Takes what etcd says of itself in an answer.
     *
     * @throws E if it is another cluster, or at an earlier revision or term of Raft than before. A
     *     restored cluster begins with an early term
     */
    public void check(Response.Header now) throws E {
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
     * @throws E if it is another cluster
     */
    public void checkCluster(Response.Header now) throws E {
        if (last != null && now.getClusterId() != last.getClusterId()) {
            throw another();
        }
    }

    private E another() {
        return failure.apply("etcd has another history than before; reading everything again");
    }
}
