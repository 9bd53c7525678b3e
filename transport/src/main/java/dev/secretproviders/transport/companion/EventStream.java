package dev.secretproviders.transport.companion;

import dev.secretproviders.auth.IndexChange;
import dev.secretproviders.transport.wire.Failures;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
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
 * Tells followers which verdicts end, in lines of JSON ({@code docs/reference/companion-protocol.md}). Nothing waits for a follower, and
 * nothing is kept for one.
 *
 * <p>{@link #publish} is thread-safe; all else belongs to one event loop.
 */
public final class EventStream {
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
    /** Changes that wait for the event loop; more become one that ends all verdicts. */
    private static final int MOST_WAITING = 64;

    private static final long SAY_AGAIN = TimeUnit.MINUTES.toNanos(1);

    private final String epoch;
    private final Limits limits;
    private final FollowerStats stats = new FollowerStats();

    /** Guards the two below; held for moments only. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Queue<IndexChange> waiting = new ArrayDeque<>();
    private @Nullable EventLoop loop;

    private final Set<Follower> followers = new LinkedHashSet<>();
    private long sequence;
    private long saidTooMany = System.nanoTime() - SAY_AGAIN;

    /**
     * What a stream grants.
     *
     * @param alive how often each follower hears something
     * @param patience how long a follower may leave unread what was sent to it
     * @param followers how many there may be
     */
    public record Limits(Duration alive, Duration patience, int followers) {
        public static final Limits DEFAULT = new Limits(Duration.ofSeconds(1), Duration.ofSeconds(5), 1024);
    }

    public EventStream(String epoch, Limits limits) {
        this.epoch = epoch;
        this.limits = limits;
    }

    FollowerStats stats() {
        return stats;
    }

    /** Begins to tell, on this event loop, on which all followers are from now on. */
    void start(EventLoop on) {
        lock.lock();
        try {
            loop = on;
        } finally {
            lock.unlock();
        }
        // Not at a fixed rate: a process that was stopped for an hour would make up for it.
        var _ = on.scheduleWithFixedDelay(
                () -> orConnectAnew(this::alive),
                limits.alive().toNanos(),
                limits.alive().toNanos(),
                TimeUnit.NANOSECONDS);
        on.execute(this::tellWhatWaits);
    }

    /** Tells of a change. Changes come in order. */
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
                loop.execute(this::tellWhatWaits);
            }
        } catch (RejectedExecutionException e) {
            LOG.debug("nobody follows any more: the runner stops");
        } finally {
            lock.unlock();
        }
    }

    private void tellWhatWaits() {
        List<IndexChange> changes;
        lock.lock();
        try {
            changes = new ArrayList<>(waiting);
            waiting.clear();
        } finally {
            lock.unlock();
        }
        if (!changes.isEmpty()) {
            orConnectAnew(() -> changes.forEach(this::tell));
            sequence = changes.getLast().sequence();
        }
    }

    /** Whoever is told of a number without what came before it forgets all, so a failure ends in everybody's coming anew. */
    private void orConnectAnew(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            LOG.error("the event stream failed, those who follow it connect anew: {}", Failures.describe(e));
            List.copyOf(followers).forEach(Follower::close);
        }
    }

    private void tell(IndexChange change) {
        // A change that was not heard of, as before the stream began, may have touched anything.
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

    /** A follower whose connection fails leaves in the midst of this. */
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

    /** Welcomes a follower, or turns it away. */
    void join(Follower follower) {
        if (followers.size() >= limits.followers()) {
            stats.tooMany.increment();
            sayTooMany();
            follower.close();
            return;
        }
        followers.add(follower);
        stats.joined.increment();
        to(follower, EventText.hello(ByteBufAllocator.DEFAULT, epoch, sequence));
    }

    private void sayTooMany() {
        long now = System.nanoTime();
        if (now - saidTooMany >= SAY_AGAIN) {
            saidTooMany = now;
            LOG.warn(
                    "more than {} connections want to follow the event stream, the rest are closed: each worker of APISIX"
                            + " needs one; see who else connects to the socket",
                    limits.followers());
        }
    }

    void leave(Follower follower) {
        if (followers.remove(follower)) {
            stats.left.increment();
        }
    }

    /** Tells a follower that reads again that whatever it missed may have touched anything. */
    void catchUp(Follower follower) {
        stats.lagged.increment();
        to(follower, EventText.all(ByteBufAllocator.DEFAULT, sequence));
    }
}
