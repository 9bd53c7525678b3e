package dev.secretproviders.gateway;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Immutable bytes: the body of a frame, of a request or of an answer. Prints its length, never its content. */
public final class Body {
    /** No bytes. */
    public static final Body EMPTY = new Body(new byte[0]);

    private final byte[] bytes;

    private Body(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Copies the bytes. */
    public static Body of(byte... bytes) {
        return bytes.length == 0 ? EMPTY : new Body(bytes.clone());
    }

    /** Returns a body with the UTF-8 bytes of a text. */
    public static Body of(String text) {
        return owning(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns a body that owns the array: the caller must not use it any more. */
    static Body owning(byte[] bytes) {
        return bytes.length == 0 ? EMPTY : new Body(bytes);
    }

    /** Returns a copy of the bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Returns the bytes themselves, which must not be changed. */
    byte[] array() {
        return bytes;
    }

    /** Returns the bytes read as UTF-8. */
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Returns the length in bytes. */
    public int length() {
        return bytes.length;
    }

    /** Returns whether there is no byte. */
    public boolean isEmpty() {
        return bytes.length == 0;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Body body && Arrays.equals(bytes, body.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return bytes.length + " bytes";
    }
}
