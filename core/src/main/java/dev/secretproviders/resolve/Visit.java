package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;

/**
 * A reference that is kept resolved for as long as somebody looks at it, beside those that consumers want. It shares what is
 * known with them, and is refreshed like them.
 *
 * <p>Thread-safe.
 */
public final class Visit implements AutoCloseable {
    private final Resolver resolver;
    private final TrackedReference visitor;

    /** Creates it, under the resolver's lock. */
    Visit(Resolver resolver, SecretReference reference) {
        this.resolver = resolver;
        this.visitor = resolver.track(reference);
        resolver.lookAtNextAddress(visitor, resolver.ticker.read());
    }

    /** Returns what the reference stands for now, from memory. */
    public Resolution resolution() {
        resolver.lock.lock();
        try {
            return visitor.resolution(resolver.ticker.read());
        } finally {
            resolver.lock.unlock();
        }
    }

    /**
     * Waits until the reference has an answer, or an attempt at it failed.
     *
     * @return its resolution; undecided without a failure if the time ran out or the resolver was closed
     */
    public Resolution settle(Duration limit) throws InterruptedException {
        long left = limit.toNanos();
        resolver.lock.lock();
        try {
            while (true) {
                Resolution now = visitor.resolution(resolver.ticker.read());
                if (now.wasTried() || left <= 0 || resolver.closed) {
                    return now;
                }
                left = resolver.settled.awaitNanos(left);
            }
        } finally {
            resolver.lock.unlock();
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
        return resolver.digester.digest(value);
    }

    /** Ends it; what nobody else wants is forgotten. */
    @Override
    public void close() {
        resolver.lock.lock();
        try {
            resolver.release(visitor);
        } finally {
            resolver.lock.unlock();
        }
    }
}
