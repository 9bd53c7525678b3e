package dev.secretproviders.resolve;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.crypto.KeyDigester;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The parts of one resolver, each of which owns its state. {@link EngineLock} says which of them the lock guards. */
final class Engine {
    private final EngineLock lock = new EngineLock();
    private final Listeners listeners = new Listeners();
    private final Lanes lanes = new Lanes();
    private final KeyDigester digester;
    private final Clocks clocks;
    private final UsableVersions usable;
    private final References references;

    /**
     * The time and the chance that a resolver works with.
     *
     * @param ticker measures spans, in nanoseconds
     * @param clock tells the time of day
     */
    record Clocks(Ticker ticker, InstantSource clock, RandomGenerator random) {
        static final Clocks SYSTEM =
                new Clocks(Ticker.systemTicker(), InstantSource.system(), RandomGenerator.getDefault());

        long now() {
            return ticker.read();
        }

        Instant instant() {
            return clock.instant();
        }

        /** Returns a random moment of the second half of a span, in nanoseconds. */
        long inSecondHalf(Duration span) {
            long nanos = span.toNanos();
            return nanos / 2 + random.nextLong(nanos / 2 + 1);
        }
    }

    Engine(KeyDigester digester, Clocks clocks, Executor telling, @Nullable ScheduledExecutorService timer) {
        this.digester = digester;
        this.clocks = clocks;
        this.usable = new UsableVersions(lock, clocks, listeners, telling, timer);
        this.references = new References(lanes, usable, clocks);
    }

    EngineLock lock() {
        return lock;
    }

    Listeners listeners() {
        return listeners;
    }

    Lanes lanes() {
        return lanes;
    }

    KeyDigester digester() {
        return digester;
    }

    Clocks clocks() {
        return clocks;
    }

    UsableVersions usable() {
        return usable;
    }

    References references() {
        return references;
    }
}
