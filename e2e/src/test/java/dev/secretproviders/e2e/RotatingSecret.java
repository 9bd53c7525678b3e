package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.RunnerClient;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A secret that is rotated while its old and new keys are used, as in hand-overs. One thread at a time rotates it; any
 * thread may use it.
 *
 * <p>The right answer to a request depends on its time. The end of the overlap is only known to lie in an interval: as
 * long as the time from the write in the manager to the first request that the new key passed. In it and the margin,
 * any answer is right.
 */
final class RotatingSecret {
    private final String name;
    private final Duration overlap;
    private final Duration margin;
    private final Writer writer;
    private int version;
    private volatile HandOver state;

    /** The state of the keys; times are of {@link System#nanoTime}. */
    private record HandOver(String current, @Nullable String previous, long acceptedUntil, long refusedFrom) {}

    /** Changes the value in the manager. */
    @FunctionalInterface
    interface Writer {
        void write(String secret, String key);
    }

    /** Writes the first version. */
    RotatingSecret(String name, Duration overlap, Duration margin, Writer writer) {
        this.name = name;
        this.overlap = overlap;
        this.margin = margin;
        this.writer = writer;
        this.state = new HandOver(key(0), null, 0, 0);
        writer.write(name, key(0));
    }

    String name() {
        return name;
    }

    String currentKey() {
        return state.current();
    }

    private String key(int number) {
        return "key-of-%s-version-%04d".formatted(name, number);
    }

    /** Writes the next version and waits until it is in force and the overlap of the previous one has ended. */
    void rotate(RunnerClient client, Duration patience) throws InterruptedException {
        String previous = key(version);
        version++;
        String next = key(version);
        // The runner sees the new version after this moment, so the previous key is accepted at least until then.
        long acceptedUntil = System.nanoTime() + overlap.minus(margin).toNanos();
        state = new HandOver(previous, null, 0, 0);
        writer.write(name, next);
        long giveUpAt = System.nanoTime() + patience.toNanos();
        // The owner uses the old key until the new one works.
        while (RunnerProcess.statusFor(client, next) != 200) {
            assertThat(System.nanoTime() - giveUpAt)
                    .as(next + " is accepted in time")
                    .isNegative();
            Thread.sleep(10);
        }
        // The runner saw the new version before this moment, so the previous key is refused from then on at the latest.
        long refusedFrom = System.nanoTime() + overlap.plus(margin).toNanos();
        state = new HandOver(next, previous, acceptedUntil, refusedFrom);
        Thread.sleep(Duration.ofNanos(refusedFrom - System.nanoTime()).plusMillis(300));
    }

    /** Uses the keys once and checks the answers. */
    void use(RunnerClient client, Decisions decisions) {
        HandOver now = state;
        int current = RunnerProcess.statusFor(client, now.current());
        // The answer to a replaced state is not checked: its current key may have ended.
        if (state.equals(now)) {
            decisions.judge(Decisions.Key.CURRENT, current, now.current());
        }
        if (now.previous() != null) {
            usePrevious(client, decisions, now, now.previous());
        }
    }

    private static void usePrevious(RunnerClient client, Decisions decisions, HandOver now, String key) {
        long before = System.nanoTime();
        int status = RunnerProcess.statusFor(client, key);
        long after = System.nanoTime();
        if (after - now.acceptedUntil() < 0) {
            decisions.judge(Decisions.Key.PREVIOUS, status, key);
        } else if (before - now.refusedFrom() > 0) {
            decisions.judge(Decisions.Key.ENDED, status, key);
        }
    }
}
