package dev.secretproviders.benchmarks.subject;

import java.io.IOException;

/** The source of a subject's secrets, and its faults. */
interface SecretManager extends AutoCloseable {
    /** A manager without faults. */
    SecretManager NONE = new SecretManager() {};

    /** Changes secrets, 1,000 a minute. */
    default Disturbance.Going rotate() throws InterruptedException {
        throw new UnsupportedOperationException("the secrets of this subject do not change");
    }

    /** Lets it accept connections and not answer. */
    default Disturbance.Going die() throws InterruptedException {
        throw new UnsupportedOperationException("the secrets of this subject are not from a manager");
    }

    /** Makes its secrets permanently unreadable. */
    default void vanish() throws IOException {
        throw new UnsupportedOperationException("the secrets of this subject cannot be hidden");
    }

    @Override
    default void close() {}
}
