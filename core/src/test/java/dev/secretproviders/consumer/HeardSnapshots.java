package dev.secretproviders.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/** Starts a source and records its snapshots in order. */
final class HeardSnapshots implements AutoCloseable {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration OFTEN = Duration.ofMillis(5);

    private final List<ConsumerSnapshot> told = new CopyOnWriteArrayList<>();
    private final ConsumerSource source;
    private final AtomicBoolean failing;

    HeardSnapshots(ConsumerSource source) {
        this(source, false);
    }

    /** @param failing whether the first snapshot is answered with an exception */
    HeardSnapshots(ConsumerSource source, boolean failing) {
        this.source = source;
        this.failing = new AtomicBoolean(failing);
        source.start(this::hear);
    }

    private void hear(ConsumerSnapshot snapshot) {
        if (failing.getAndSet(false)) {
            throw new IllegalStateException("this snapshot is not taken");
        }
        told.add(snapshot);
    }

    /** Answers the next snapshot with an exception. */
    void failOnce() {
        failing.set(true);
    }

    /** Returns the first snapshot that matches. Waits at most {@code atMost}. */
    ConsumerSnapshot await(Duration atMost, Predicate<ConsumerSnapshot> wanted) {
        awaitThat(atMost, () -> !told.isEmpty() && wanted.test(told.getLast()));
        return told.getLast();
    }

    ConsumerSnapshot await(Predicate<ConsumerSnapshot> wanted) {
        return await(LONG, wanted);
    }

    /** Waits until the consumers are exactly these. */
    ConsumerSnapshot awaitConsumers(String... usernames) {
        return await(snapshot -> snapshot.consumers().keySet().equals(Set.of(usernames)));
    }

    /** Waits until the gateway's other objects were reported, too. */
    void awaitComplete() {
        await(snapshot -> snapshot.configuration().unseen().isEmpty());
    }

    /** Waits until the source reports an error. */
    String awaitError(String part) {
        awaitThat(
                LONG,
                () -> source.status().lastError() != null
                        && Objects.requireNonNull(source.status().lastError()).contains(part));
        return Objects.requireNonNull(source.status().lastError());
    }

    void awaitNoError() {
        awaitThat(
                LONG,
                () -> source.status().lastError() == null && source.status().synced());
    }

    List<ConsumerSnapshot> all() {
        return List.copyOf(told);
    }

    ConsumerSource source() {
        return source;
    }

    ConsumerSource.Status status() {
        return source.status();
    }

    private void awaitThat(Duration atMost, Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(atMost)
                .pollDelay(Duration.ZERO)
                .pollInterval(OFTEN)
                .until(condition);
    }

    static Consumer consumer(ConsumerSnapshot snapshot, String username) {
        assertThat(snapshot.consumers()).containsKey(username);
        return Objects.requireNonNull(snapshot.consumers().get(username));
    }

    @Override
    public void close() {
        source.close();
    }
}
