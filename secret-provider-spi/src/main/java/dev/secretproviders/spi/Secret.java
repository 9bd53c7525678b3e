package dev.secretproviders.spi;

import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.function.Function;

/**
 * A secret value in memory. It prints {@code ***}, has no {@code equals} that could leak its content by timing, and is
 * wiped by {@link #close}.
 *
 * <p>Thread-safe: only {@link #close} changes the value. Its owner closes it after the last use.
 */
public final class Secret implements AutoCloseable {
    private final byte[] value;
    private volatile boolean closed;

    private Secret(byte[] value) {
        this.value = value;
    }

    /** Returns a secret that owns {@code bytes}. The caller must not use the array again. */
    public static Secret owning(byte[] bytes) {
        return new Secret(bytes);
    }

    /** Returns a secret with the UTF-8 bytes of {@code text}. The string itself cannot be wiped. */
    public static Secret ofUtf8(String text) {
        return new Secret(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Lets {@code reader} read the bytes. It must neither change nor keep them.
     *
     * @throws IllegalStateException if the secret was closed, even while it was read
     */
    public <T> T use(Function<byte[], T> reader) {
        checkOpen();
        T read = reader.apply(value);
        // What was read during the wiping is not the value.
        VarHandle.acquireFence();
        checkOpen();
        return read;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the secret was closed");
        }
    }

    /** Returns whether the secret was closed. */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Returns the value as a string, for a client library that takes only strings. The name makes each such use easy to
     * find.
     *
     * @throws IllegalStateException if the secret was closed
     */
    public String reveal() {
        return use(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    /** Returns the number of bytes. */
    public int length() {
        return value.length;
    }

    /** Returns whether both have the same bytes. The time reveals nothing but the lengths. */
    public boolean matches(Secret other) {
        return use(mine -> other.use(theirs -> MessageDigest.isEqual(mine, theirs)));
    }

    /** Overwrites the value. */
    @Override
    public void close() {
        closed = true;
        VarHandle.fullFence();
        Arrays.fill(value, (byte) 0);
    }

    @Override
    public String toString() {
        return "***";
    }
}
