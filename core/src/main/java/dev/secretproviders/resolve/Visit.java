package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;

/**
 * A reference that is kept resolved until this is closed, in addition to those that consumers use. It shares what is known with
 * them, and is refreshed like them.
 *
 * <p>Thread-safe.
 */
public final class Visit implements AutoCloseable {
    private final Engine engine;
    private final TrackedReference visitor;

    /** Creates it, under the resolver's lock. */
    Visit(Engine engine, SecretReference reference) {
        this.engine = engine;
        this.visitor = engine.references().track(reference);
    }

    /** Returns what the reference stands for now, from memory. */
    public Resolution resolution() {
        try (var _ = engine.lock().hold()) {
            return visitor.resolution(engine.clocks().now());
        }
    }

    /**
     * Waits until the reference has an answer, or an attempt at it failed.
     *
     * @return its resolution; undecided without a failure if the time ran out or the resolver was closed
     */
    public Resolution settle(Duration limit) throws InterruptedException {
        try (var _ = engine.lock().hold()) {
            var _ = engine.lock().await(() -> resolution().wasTried(), limit);
            return resolution();
        }
    }

    /** Returns whether this is the current value. */
    public boolean isCurrent(Secret value) {
        ResolvedValue current = resolution().current();
        return current != null && current.digest().equals(digest(value));
    }

    /** Returns whether this is a previous value within its overlap. */
    public boolean isPrevious(Secret value) {
        KeyDigest digest = digest(value);
        return resolution().previous().stream()
                .anyMatch(previous -> previous.digest().equals(digest));
    }

    private KeyDigest digest(Secret value) {
        return engine.digester().digest(value);
    }

    /** Ends it; what no other reference looks at is forgotten. */
    @Override
    public void close() {
        try (var _ = engine.lock().hold()) {
            engine.references().release(visitor);
        }
    }
}
