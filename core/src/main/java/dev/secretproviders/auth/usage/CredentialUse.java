package dev.secretproviders.auth.usage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/**
 * When a credential was last used, and how often. Marking a use adds to a counter and reads the time of the last use,
 * which is written only about once a second. Times are kept to the second and counts in 32 bits, since there may be a
 * million of these objects.
 *
 * <p>Thread-safe.
 */
public abstract class CredentialUse {
    private static final VarHandle LAST;
    private static final VarHandle LAST_PREVIOUS;
    private static final VarHandle PREVIOUS;
    private static final VarHandle CURRENT;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            LAST = lookup.findVarHandle(CredentialUse.class, "last", int.class);
            LAST_PREVIOUS = lookup.findVarHandle(CredentialUse.class, "lastPrevious", int.class);
            PREVIOUS = lookup.findVarHandle(CredentialUse.class, "previous", int.class);
            CURRENT = lookup.findVarHandle(CredentialUse.class, "current", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int NEVER = Integer.MIN_VALUE;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** In seconds of the resolver's ticker. Differences are correct up to 68 years. */
    private int last = NEVER;

    private int lastPrevious = NEVER;
    /** The unsigned count of uses of a previous version. */
    private int previous;
    /** The unsigned count of uses of the current version since they were last taken. */
    private int current;

    /** Creates the marks of a credential that was never used. */
    protected CredentialUse() {}

    /** Marks a use at {@code now}, in nanoseconds of the ticker. */
    public final void mark(long now) {
        mark(LAST, seconds(now));
        int _ = (int) CURRENT.getAndAdd(this, 1);
    }

    /**
     * Marks a use of a version before the current one. Every such use is counted, since they are few and end with the
     * overlap.
     */
    public final void markPrevious(long now) {
        int seconds = seconds(now);
        mark(LAST, seconds);
        mark(LAST_PREVIOUS, seconds);
        int _ = (int) PREVIOUS.getAndAdd(this, 1);
    }

    /**
     * Marks uses that were counted elsewhere.
     *
     * @param now the time of the last one, in nanoseconds of the ticker
     * @param ofCurrent how many were uses of the current version
     * @param ofPrevious how many were uses of a version before it
     */
    public final void mark(long now, long ofCurrent, long ofPrevious) {
        int seconds = seconds(now);
        if (ofCurrent > 0) {
            mark(LAST, seconds);
            int _ = (int) CURRENT.getAndAdd(this, (int) ofCurrent);
        }
        if (ofPrevious > 0) {
            mark(LAST, seconds);
            mark(LAST_PREVIOUS, seconds);
            int _ = (int) PREVIOUS.getAndAdd(this, (int) ofPrevious);
        }
    }

    /** Adds the uses that the process before this one counted. */
    public final void adopt(long now, UseMarks before) {
        notBefore(LAST, seconds(now) - (int) before.ago());
        if (before.previousAgo() >= 0) {
            notBefore(LAST_PREVIOUS, seconds(now) - (int) before.previousAgo());
        }
        int _ = (int) PREVIOUS.getAndAdd(this, (int) before.previous());
        int _ = (int) CURRENT.getAndAdd(this, (int) before.current());
    }

    private void notBefore(VarHandle field, int seconds) {
        int known = (int) field.getOpaque(this);
        if (known == NEVER || known - seconds < 0) {
            field.setOpaque(this, seconds);
        }
    }

    private static int seconds(long now) {
        int seconds = (int) Math.floorDiv(now, SECOND);
        return seconds == NEVER ? NEVER + 1 : seconds;
    }

    private void mark(VarHandle field, int seconds) {
        if ((int) field.getOpaque(this) != seconds) {
            field.setOpaque(this, seconds);
        }
    }

    /**
     * Copies the marks of the credential's previous object, except the uses that were not taken yet. Call this before
     * this object is used.
     */
    public final void takeOver(CredentialUse before) {
        last = (int) LAST.getOpaque(before);
        lastPrevious = (int) LAST_PREVIOUS.getOpaque(before);
        previous = (int) PREVIOUS.getOpaque(before);
    }

    /** Returns how many times the current version was used since the last call. */
    public final long takeCurrent() {
        return (int) CURRENT.getOpaque(this) == 0 ? 0 : Integer.toUnsignedLong((int) CURRENT.getAndSet(this, 0));
    }

    /** Returns how many times a version before the current one was used. */
    public final long previous() {
        return Integer.toUnsignedLong((int) PREVIOUS.getOpaque(this));
    }

    /** Returns how many seconds ago a version before the current one was last used; below zero for never. */
    public final long previousAgo(long now) {
        return ago(LAST_PREVIOUS, now);
    }

    /** Returns how many seconds ago the credential was last used; below zero for never. */
    public final long ago(long now) {
        return ago(LAST, now);
    }

    private long ago(VarHandle field, long now) {
        int when = (int) field.getOpaque(this);
        return when == NEVER ? -1 : Math.max(0, seconds(now) - when);
    }
}
