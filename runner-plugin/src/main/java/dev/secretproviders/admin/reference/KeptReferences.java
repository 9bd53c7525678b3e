package dev.secretproviders.admin.reference;

import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.Visit;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * References that stay resolved for a while, because a consumer is about to get them. Its requests then find the value
 * in memory, and none of them waits for the manager.
 *
 * <p>Thread-safe.
 */
final class KeptReferences {
    /** Longer than the runner takes to see a change of a consumer. */
    static final Duration TIME = Duration.ofMinutes(2);

    private static final int MOST = 10_000;

    private final Resolver resolver;
    private final Executor later;
    private final int most;
    /** The oldest is first. */
    private final Map<Kept, Held> held = new LinkedHashMap<>();

    private record Kept(SecretReference reference, Use use) {}

    /**
     * A reference that stays resolved.
     *
     * @param since by the resolver's clock, in nanoseconds
     */
    private record Held(Visit visit, long since) {}

    KeptReferences(Resolver resolver) {
        this(
                resolver,
                CompletableFuture.delayedExecutor(
                        TIME.toMillis(),
                        TimeUnit.MILLISECONDS,
                        end -> Thread.ofVirtual().name("kept-references").start(end)),
                MOST);
    }

    /**
     * Creates an object without references.
     *
     * @param later runs a task when {@link #TIME} is over
     * @param most how many references are kept; the oldest one ends for one more
     */
    KeptReferences(Resolver resolver, Executor later, int most) {
        this.resolver = resolver;
        this.later = later;
        this.most = most;
    }

    /**
     * Resolves a reference, and keeps it resolved for {@link #TIME} from now if it has a value.
     *
     * @param limit how long to wait for an answer
     */
    Resolution keep(SecretReference reference, Use use, Duration limit) throws InterruptedException {
        Visit visit = resolver.visit(reference, use);
        boolean holds = false;
        try {
            Resolution resolution = visit.settle(limit);
            holds = resolution.current() != null;
            if (holds) {
                hold(new Kept(reference, use), visit);
            }
            return resolution;
        } finally {
            if (!holds) {
                visit.close();
            }
        }
    }

    private void hold(Kept kept, Visit visit) {
        List<Held> ended = new ArrayList<>();
        synchronized (held) {
            Held before = held.remove(kept);
            if (before != null) {
                ended.add(before);
            }
            held.put(kept, new Held(visit, resolver.ticker().read()));
            Iterator<Held> oldest = held.values().iterator();
            if (held.size() > most) {
                ended.add(oldest.next());
                oldest.remove();
            }
        }
        ended.forEach(one -> one.visit().close());
        later.execute(this::endOld);
    }

    /** Ends those whose time is over. */
    private void endOld() {
        long limit = resolver.ticker().read() - TIME.toNanos();
        List<Held> ended = new ArrayList<>();
        synchronized (held) {
            held.values().removeIf(one -> one.since() - limit <= 0 && ended.add(one));
        }
        ended.forEach(one -> one.visit().close());
    }
}
