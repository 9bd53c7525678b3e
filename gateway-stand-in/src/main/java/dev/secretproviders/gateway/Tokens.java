package dev.secretproviders.gateway;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** What all workers share: tokens by configuration key, and the lock around PrepareConf. Thread-safe. */
final class Tokens {
    private record Held(long token, long since) {}

    private final RunnerClient.Options options;
    private final Map<String, Held> held = new HashMap<>();
    private final ReentrantLock prepareLock = new ReentrantLock();

    Tokens(RunnerClient.Options options) {
        this.options = options;
    }

    synchronized OptionalLong find(String key) {
        Held found = held.get(key);
        if (found == null
                || options.ticker().getAsLong() - found.since()
                        >= options.tokenTtl().toNanos()) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(found.token());
    }

    synchronized void store(String key, long token) {
        held.put(key, new Held(token, options.ticker().getAsLong()));
    }

    /** Forgets the tokens of all routes. */
    synchronized void flush() {
        held.clear();
    }

    /** Returns whether the lock was acquired within the wait; if so, the caller must call {@link #unlock}. */
    boolean tryLock() throws InterruptedException {
        return prepareLock.tryLock(options.lockWait().toNanos(), TimeUnit.NANOSECONDS);
    }

    void unlock() {
        prepareLock.unlock();
    }

    /** The eight tokens that one worker remembers, for longer than they are shared. Thread-safe. */
    static final class OfWorker {
        private static final int CAPACITY = 8;

        private record Remembered(long version, long token, long since) {}

        private final RunnerClient.Options options;
        private final LinkedHashMap<String, Remembered> remembered = new LinkedHashMap<>(16, 0.75f, true);

        OfWorker(RunnerClient.Options options) {
            this.options = options;
        }

        synchronized OptionalLong find(String cacheKey, long version) {
            Remembered found = remembered.get(cacheKey);
            if (found == null
                    || found.version() != version
                    || options.ticker().getAsLong() - found.since()
                            >= options.workerTokenTtl().toNanos()) {
                return OptionalLong.empty();
            }
            return OptionalLong.of(found.token());
        }

        synchronized void remember(String cacheKey, long version, long token) {
            remembered.put(
                    cacheKey, new Remembered(version, token, options.ticker().getAsLong()));
            if (remembered.size() > CAPACITY) {
                remembered.pollFirstEntry();
            }
        }

        synchronized void flush() {
            remembered.clear();
        }
    }
}
