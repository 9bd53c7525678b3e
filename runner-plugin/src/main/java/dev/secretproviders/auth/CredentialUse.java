package dev.secretproviders.auth;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/**
 * When a credential was last used. One for each credential, kept across indexes. Marking is a read, and about once a second a
 * write: the request path must not make processors share a cache line for each request.
 */
final class CredentialUse {
    private static final VarHandle LAST;
    private static final VarHandle LAST_PREVIOUS;
    private static final VarHandle PREVIOUS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            LAST = lookup.findVarHandle(CredentialUse.class, "last", long.class);
            LAST_PREVIOUS = lookup.findVarHandle(CredentialUse.class, "lastPrevious", long.class);
            PREVIOUS = lookup.findVarHandle(CredentialUse.class, "previous", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final long NEVER = Long.MIN_VALUE;
    private static final long STEP = TimeUnit.SECONDS.toNanos(1);

    /** In nanoseconds of the resolver's ticker. */
    private long last = NEVER;

    private long lastPrevious = NEVER;
    private long previous;

    /** Notes a use. */
    void mark(long now) {
        mark(LAST, now);
    }

    /** Notes a use of a version before the current one, each of which is counted: there are few, and not for long. */
    void markPrevious(long now) {
        mark(now);
        mark(LAST_PREVIOUS, now);
        long _ = (long) PREVIOUS.getAndAdd(this, 1L);
    }

    private void mark(VarHandle field, long now) {
        long before = (long) field.getOpaque(this);
        if (before == NEVER || now - before >= STEP) {
            field.setOpaque(this, now);
        }
    }

    /** Returns how many times a version before the current one was used. */
    long previous() {
        return (long) PREVIOUS.getOpaque(this);
    }

    /** Returns how many nanoseconds ago a version before the current one was last used, to a second; below zero for never. */
    long previousAgo(long now) {
        return ago(LAST_PREVIOUS, now);
    }

    /** Returns how many nanoseconds ago it was last used, to a second; below zero for never. */
    long ago(long now) {
        return ago(LAST, now);
    }

    private long ago(VarHandle field, long now) {
        long when = (long) field.getOpaque(this);
        return when == NEVER ? -1 : Math.max(0, now - when);
    }
}
