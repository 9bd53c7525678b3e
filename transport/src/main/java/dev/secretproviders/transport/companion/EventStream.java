package dev.secretproviders.transport.companion;

import dev.secretproviders.auth.IndexChange;
import dev.secretproviders.transport.wire.Failures;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells followers which verdicts end, in lines of JSON ({@code docs/reference/companion-protocol.md}). It never waits
 * for a follower and queues nothing for one.
 *
 * <p>{@link #publish} is thread-safe. All else belongs to one event loop.
 */
public final class EventStream {
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
    /** The most changes that wait for the event loop. More are replaced by one change that ends all verdicts. */
    private static final int MOST_WAITING = 64;

    private static final long SAY_AGAIN = TimeUnit.MINUTES.toNanos(1);

    private final String epoch;
    private final Limits limits;
    private final FollowerStats stats = new FollowerStats();

    /** Guards {@code waiting} and {@code loop}. Held only briefly. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Queue<IndexChange> waiting = new ArrayDeque<>();
    /** Names of values for upstreams that ended. Guarded like {@code waiting}. */
    private final Set<String> waitingValues = new HashSet<>();

    private @Nullable EventLoop loop;
    /** Whether the end of this runner was announced. */
    private volatile boolean restarting;

    private final Set<Follower> followers = new LinkedHashSet<>();
    private long sequence;
    private long saidTooMany = System.nanoTime() - SAY_AGAIN;

    /**
     * The limits of a stream.
     *
     * @param alive the interval at which each follower receives a line
     * @param patience how long a follower may leave a line unread
     * @param followers the most followers at a time
     */
    public record Limits(Duration alive, Duration patience, int followers) {
        /** A line each second, 5 s to read it, 1024 followers. */
        public static final Limits DEFAULT = new Limits(Duration.ofSeconds(1), Duration.ofSeconds(5), 1024);
    }

    /** Creates a stream that does not send yet. */
    public EventStream(String epoch, Limits limits) {
        this.epoch = epoch;
        this.limits = limits;
    }

    FollowerStats stats() {
        return stats;
    }

    /** Begins to send on this event loop, which also serves all followers from now on. */
    void start(EventLoop on) {
        lock.lock();
        try {
            loop = on;
        } finally {
            lock.unlock();
        }
        // Not at a fixed rate: a process that was suspended for an hour would run all the missed executions.
        var _ = on.scheduleWithFixedDelay(
                () -> orDisconnectAll(this::alive),
                limits.alive().toNanos(),
                limits.alive().toNanos(),
                TimeUnit.NANOSECONDS);
        on.execute(this::sendPending);
    }

    /** Sends a change to all followers. Changes must be published in order. */
    public void publish(IndexChange change) {
        lock.lock();
        try {
            boolean told = !waiting.isEmpty();
            if (waiting.size() < MOST_WAITING) {
                waiting.add(change);
            } else {
                waiting.clear();
                waiting.add(new IndexChange(change.sequence(), true, Set.of()));
            }
            if (!told && loop != null) {
                loop.execute(this::sendPending);
            }
        } catch (RejectedExecutionException e) {
            LOG.debug("a change is not sent: the runner stops");
        } finally {
            lock.unlock();
        }
    }

    /** Tells all followers that values for upstreams ended. */
    public void publishValues(Set<String> names) {
        lock.lock();
        try {
            waitingValues.addAll(names);
            if (loop != null) {
                loop.execute(this::sendPending);
            }
        } catch (RejectedExecutionException e) {
            LOG.debug("ended values are not told: the runner stops");
        } finally {
            lock.unlock();
        }
    }

    /**
     * Tells all followers, and those that join later, that this runner is about to stop for another one.
     *
     * @return ends when the followers were told
     */
    Future<?> announceRestart() {
        return tellRestart(true);
    }

    /** Tells all followers that this runner stays, if they were told that it is about to stop. */
    void cancelRestart() {
        if (restarting) {
            var _ = tellRestart(false);
        }
    }

    private Future<?> tellRestart(boolean expected) {
        restarting = expected;
        lock.lock();
        try {
            if (loop != null) {
                return loop.submit(() -> orDisconnectAll(
                        () -> toAll(EventText.restart(ByteBufAllocator.DEFAULT, sequence, expected), Follower::alive)));
            }
        } catch (RejectedExecutionException e) {
            LOG.debug("followers are not told of a restart: the runner has stopped");
        } finally {
            lock.unlock();
        }
        return GlobalEventExecutor.INSTANCE.newSucceededFuture(null);
    }

    /** Disconnects all followers. */
    void disconnectAll() {
        lock.lock();
        try {
            if (loop != null) {
                loop.execute(() -> List.copyOf(followers).forEach(Follower::close));
            }
        } catch (RejectedExecutionException e) {
            LOG.debug("no follower is left: the runner has stopped");
        } finally {
            lock.unlock();
        }
    }

    private void sendPending() {
        List<IndexChange> changes;
        List<String> values;
        lock.lock();
        try {
            changes = new ArrayList<>(waiting);
            waiting.clear();
            values = List.copyOf(waitingValues);
            waitingValues.clear();
        } finally {
            lock.unlock();
        }
        if (!changes.isEmpty()) {
            orDisconnectAll(() -> changes.forEach(this::send));
            sequence = changes.getLast().sequence();
        }
        if (!values.isEmpty()) {
            orDisconnectAll(() -> toAll(EventText.values(ByteBufAllocator.DEFAULT, sequence, values), Follower::event));
        }
    }

    /** Runs work that sends to followers. A failure disconnects all followers, so that they resynchronise. */
    private void orDisconnectAll(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            LOG.error("the event stream failed; its followers must reconnect: {}", Failures.describe(e));
            List.copyOf(followers).forEach(Follower::close);
        }
    }

    private void send(IndexChange change) {
        // A change that this stream has missed, such as one before its start, may have affected any credential.
        boolean all = change.all() || change.sequence() != sequence + 1;
        sequence = change.sequence();
        (all ? stats.eventsForAll : stats.events).increment();
        ByteBufAllocator allocator = ByteBufAllocator.DEFAULT;
        toAll(all ? EventText.all(allocator, sequence) : EventText.event(allocator, change), Follower::event);
    }

    private void alive() {
        long now = System.nanoTime();
        for (Follower follower : List.copyOf(followers)) {
            if (follower.behind(now) >= limits.patience().toNanos()) {
                stats.tooSlow.increment();
                follower.close();
            }
        }
        toAll(EventText.alive(ByteBufAllocator.DEFAULT, sequence), Follower::alive);
    }

    /**
     * Sends a line to all followers. Iterates over a copy, because a follower whose connection fails leaves meanwhile.
     */
    private void toAll(ByteBuf line, BiConsumer<Follower, ByteBuf> sending) {
        try {
            List.copyOf(followers).forEach(follower -> sending.accept(follower, line));
        } finally {
            line.release();
        }
    }

    private void to(Follower follower, ByteBuf line) {
        try {
            follower.event(line);
        } finally {
            line.release();
        }
    }

    /** Adds a follower, or closes its connection if there are too many. */
    void join(Follower follower) {
        if (followers.size() >= limits.followers()) {
            stats.tooMany.increment();
            logTooMany();
            follower.close();
            return;
        }
        followers.add(follower);
        stats.joined.increment();
        to(follower, EventText.hello(ByteBufAllocator.DEFAULT, epoch, sequence, restarting));
    }

    private void logTooMany() {
        long now = System.nanoTime();
        if (now - saidTooMany >= SAY_AGAIN) {
            saidTooMany = now;
            LOG.warn(
                    "more than {} connections want to follow the event stream, the rest are closed: each worker of APISIX"
                            + " needs one; find out which other processes connect to the socket",
                    limits.followers());
        }
    }

    void leave(Follower follower) {
        if (followers.remove(follower)) {
            stats.left.increment();
        }
    }

    /** Tells a follower that reads again to forget all verdicts, because it missed events. */
    void catchUp(Follower follower) {
        stats.lagged.increment();
        to(follower, EventText.all(ByteBufAllocator.DEFAULT, sequence));
    }
}
