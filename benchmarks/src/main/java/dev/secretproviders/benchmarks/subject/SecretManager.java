package dev.secretproviders.benchmarks.subject;

import java.io.IOException;

/** Where a subject's secrets come from, and what can be done to it. */
interface SecretManager extends AutoCloseable {
    /** Nothing can be done to it. */
    SecretManager NONE = new SecretManager() {};

    /** Lets secrets change, 1,000 a minute. */
    default Disturbance.Going rotate() throws InterruptedException {
        throw new UnsupportedOperationException("the secrets of this subject do not change");
    }

    /** Lets it take connections and say nothing. */
    default Disturbance.Going die() throws InterruptedException {
        throw new UnsupportedOperationException("the secrets of this subject are not from a manager");
    }

    /** Makes its secrets unreadable for good. */
    default void vanish() throws IOException {
        throw new UnsupportedOperationException("the secrets of this subject cannot be hidden");
    }

    @Override
    default void close() {}
}
