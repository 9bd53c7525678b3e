package dev.secretproviders.resolve;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.timing.Jitter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The parts of one resolver, each of which owns its state. {@link EngineLock} lists the parts that the lock guards. */
final class Engine {
    private final EngineLock lock = new EngineLock();
    private final Listeners listeners = new Listeners();
    private final Lanes lanes = new Lanes();
    private final KeyDigester digester;
    private final Clocks clocks;
    private final UsableVersions usable;
    private final References references;

    /**
     * The sources of time and randomness of a resolver.
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

        /** Returns a random moment in the second half of a span, in nanoseconds. */
        long inSecondHalf(Duration span) {
            return Jitter.inSecondHalf(span, random);
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
