package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A reference that is kept resolved until this is closed, in addition to those that consumers use. It shares their
 * state and is refreshed like them.
 *
 * <p>Thread-safe.
 */
public final class Visit implements AutoCloseable {
    private final Engine engine;
    private final TrackedReference visitor;

    /** Creates it, under the resolver's lock. */
    Visit(Engine engine, SecretReference reference, Use use) {
        this.engine = engine;
        this.visitor = engine.references().track(reference, TrackedReference.Owners.of(use));
    }

    /**
     * Resolves a reference once, whether or not it is wanted.
     *
     * @return its resolution; undecided without a failure if the time ran out
     */
    public static Resolution lookUp(Resolver resolver, SecretReference reference, Duration limit)
            throws InterruptedException {
        try (Visit visit = resolver.visit(reference, Use.DIGEST)) {
            return visit.settle(limit);
        }
    }

    /** Returns the current resolution of the reference, from memory. */
    public Resolution resolution() {
        try (var _ = engine.lock().hold()) {
            return visitor.resolution(engine.clocks().now());
        }
    }

    /**
     * Waits until the reference has an answer, or an attempt failed.
     *
     * @return its resolution; undecided without a failure if the time ran out or the resolver was closed
     */
    public Resolution settle(Duration limit) throws InterruptedException {
        try (var _ = engine.lock().hold()) {
            var _ = engine.lock().await(() -> resolution().wasTried(), limit);
            return resolution();
        }
    }

    /**
     * Asks the manager again if there is a value already, and waits until the manager confirmed it or an attempt failed.
     *
     * @param resolver the resolver of this visit
     * @return its resolution; that of before if the time ran out
     */
    public Resolution confirm(Resolver resolver, Duration limit) throws InterruptedException {
        Resolution before = resolution();
        ResolvedValue known = before.current();
        if (known == null) {
            return settle(limit);
        }
        Instant verified = known.version().verifiedAt();
        List<SecretPath> paths;
        try (var _ = engine.lock().hold()) {
            paths = visitor.entries().stream().map(entry -> entry.path).toList();
        }
        resolver.refresh(before.reference().provider(), paths);
        try (var _ = engine.lock().hold()) {
            var _ = engine.lock().await(() -> isAfter(verified), limit);
            return resolution();
        }
    }

    private boolean isAfter(Instant verified) {
        Resolution now = resolution();
        return now.failure() != null
                || now.current() == null
                || now.current().version().verifiedAt().isAfter(verified);
    }

    /** Returns whether this is the current value. */
    public boolean isCurrent(Secret value) {
        ResolvedValue current = resolution().current();
        return current != null && current.digest().equals(digest(value));
    }

    /** Returns whether this is a previous value within its overlap. */
    public boolean isPrevious(Secret value) {
        KeyDigest digest = digest(value);
        return resolution().previousValues().stream()
                .anyMatch(previous -> previous.digest().equals(digest));
    }

    private KeyDigest digest(Secret value) {
        return engine.digester().digestStored(value);
    }

    /** Ends the visit; secrets that no other reference uses are forgotten. */
    @Override
    public void close() {
        try (var _ = engine.lock().hold()) {
            engine.references().release(visitor);
        }
    }
}
