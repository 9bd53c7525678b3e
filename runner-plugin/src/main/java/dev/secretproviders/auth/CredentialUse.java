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

    static {
        try {
            LAST = MethodHandles.lookup().findVarHandle(CredentialUse.class, "last", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final long NEVER = Long.MIN_VALUE;
    private static final long STEP = TimeUnit.SECONDS.toNanos(1);

    /** In nanoseconds of the resolver's ticker. */
    private long last = NEVER;

    /** Notes a use. */
    void mark(long now) {
        long before = (long) LAST.getOpaque(this);
        if (before == NEVER || now - before >= STEP) {
            LAST.setOpaque(this, now);
        }
    }

    /** Returns how many nanoseconds ago it was last used, to a second; below zero for never. */
    long ago(long now) {
        long when = (long) LAST.getOpaque(this);
        return when == NEVER ? -1 : Math.max(0, now - when);
    }
}
