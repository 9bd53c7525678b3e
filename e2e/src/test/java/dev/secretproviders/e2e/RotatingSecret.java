package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.e2e.PresentedKind.Shown;
import dev.secretproviders.gateway.GatewayRequest;
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
    private final PresentedKind kind;
    private final String target;
    private final Duration overlap;
    private final Duration margin;
    private final Writer writer;
    private int version;
    private volatile HandOver state;

    /** The state of the keys; times are of {@link System#nanoTime}. */
    private record HandOver(Shown current, @Nullable Shown previous, long acceptedUntil, long refusedFrom) {}

    /** Changes the value in the manager. */
    @FunctionalInterface
    interface Writer {
        void write(String secret, String value);
    }

    /** Sends a request and returns the status of its answer. */
    @FunctionalInterface
    interface Asking {
        int status(PresentedKind kind, GatewayRequest request);

        /** Asks the runner as APISIX does. */
        static Asking of(RunnerClient client) {
            return (kind, request) -> RunnerProcess.status(client.call(request, kind.route()));
        }
    }

    /** Writes the first version of an API key. */
    RotatingSecret(String name, Duration overlap, Duration margin, Writer writer) {
        this(name, PresentedKind.KEY, "/orders", overlap, margin, writer);
    }

    /**
     * Writes the first version.
     *
     * @param name of the secret and of its consumer
     * @param target of the requests
     */
    RotatingSecret(String name, PresentedKind kind, String target, Duration overlap, Duration margin, Writer writer) {
        this.name = name;
        this.kind = kind;
        this.target = target;
        this.overlap = overlap;
        this.margin = margin;
        this.writer = writer;
        Shown first = shown(0);
        this.state = new HandOver(first, null, 0, 0);
        writer.write(name, first.written());
    }

    String name() {
        return name;
    }

    /** Returns the consumer's plugin with a reference, in YAML. */
    String plugin(String reference) {
        return kind.plugin(name, reference);
    }

    private Shown shown(int number) {
        return kind.shown(target, name, "the-secret-of-%s-version-%04d".formatted(name, number));
    }

    /** Waits until the current version is accepted. */
    void awaitAccepted(Asking asking, Duration patience) throws InterruptedException {
        awaitAccepted(asking, state.current(), patience);
    }

    private void awaitAccepted(Asking asking, Shown shown, Duration patience) throws InterruptedException {
        long giveUpAt = System.nanoTime() + patience.toNanos();
        while (asking.status(kind, shown.request()) != 200) {
            assertThat(System.nanoTime() - giveUpAt)
                    .as("%s, version %d, is accepted in time", name, version)
                    .isNegative();
            Thread.sleep(10);
        }
    }

    /** Writes the next version and waits until it is in force and the overlap of the previous one has ended. */
    void rotate(Asking asking, Duration patience) throws InterruptedException {
        Shown previous = state.current();
        version++;
        Shown next = shown(version);
        // The runner sees the new version after this moment, so the previous key is accepted at least until then.
        long acceptedUntil = System.nanoTime() + overlap.minus(margin).toNanos();
        state = new HandOver(previous, null, 0, 0);
        writer.write(name, next.written());
        // The owner uses the old key until the new one works.
        awaitAccepted(asking, next, patience);
        // The runner saw the new version before this moment, so the previous key is refused from then on at the latest.
        long refusedFrom = System.nanoTime() + overlap.plus(margin).toNanos();
        state = new HandOver(next, previous, acceptedUntil, refusedFrom);
        Thread.sleep(Duration.ofNanos(refusedFrom - System.nanoTime()).plusMillis(300));
    }

    /** Uses the keys once and checks the answers. */
    @SuppressWarnings("ReferenceEquality") // The state was not replaced meanwhile, not even by an equal one.
    void use(Asking asking, Decisions decisions) {
        HandOver now = state;
        int current = asking.status(kind, now.current().request());
        // The answer to a replaced state is not checked: its current key may have ended.
        if (state == now) {
            decisions.judge(Decisions.Key.CURRENT, current, name);
        }
        if (now.previous() != null) {
            usePrevious(asking, decisions, now, now.previous());
        }
    }

    private void usePrevious(Asking asking, Decisions decisions, HandOver now, Shown previous) {
        long before = System.nanoTime();
        int status = asking.status(kind, previous.request());
        long after = System.nanoTime();
        if (after - now.acceptedUntil() < 0) {
            decisions.judge(Decisions.Key.PREVIOUS, status, name);
        } else if (before - now.refusedFrom() > 0) {
            decisions.judge(Decisions.Key.ENDED, status, name);
        }
    }
}
