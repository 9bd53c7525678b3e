package dev.secretproviders.auth.bounds;

import dev.secretproviders.auth.pace.Later;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Consumer;

/**
 * Notices when credentials begin or end to count. A request looks at the time itself. Those who remember verdicts have
 * to be told. It looks again at each moment of the bounds, and each second, since the clock may be set.
 *
 * <p>Not thread-safe, except {@link #clock}.
 */
public final class BoundsWatch {
    private static final long LONGEST = Duration.ofSeconds(1).toMillis();

    private final InstantSource clock;
    private final Later later;
    private final Runnable look;
    /** Until when moments were told. */
    private long told;

    private boolean waiting;

    /**
     * Creates a watch.
     *
     * @param clock the clock by which credentials begin and end
     * @param look makes the owner look at {@link #isDue}
     */
    public BoundsWatch(InstantSource clock, Later later, Runnable look) {
        this.clock = clock;
        this.later = later;
        this.look = look;
        this.told = clock.millis();
    }

    /** Returns the clock. */
    public InstantSource clock() {
        return clock;
    }

    /** Passes the credentials with a moment that came since the last call. */
    public <C> void tell(Bounds<C> bounds, Consumer<C> action) {
        long now = clock.millis();
        bounds.between(told, now, action);
        told = now;
    }

    /** Returns whether a moment came since {@link #tell}. Looks again in time, if there are any. */
    public boolean isDue(Bounds<?> bounds) {
        waiting = false;
        boolean due = bounds.between(told, clock.millis());
        begin(bounds);
        return due;
    }

    /** Begins to look, if there are moments to look for. */
    public void begin(Bounds<?> bounds) {
        if (!waiting && !bounds.isEmpty()) {
            waiting = true;
            long now = clock.millis();
            later.run(look, Duration.ofMillis(Math.min(LONGEST, Math.max(1, bounds.next(now) - now))));
        }
    }
}
