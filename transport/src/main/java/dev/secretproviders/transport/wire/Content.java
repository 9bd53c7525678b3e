package dev.secretproviders.transport.wire;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** The bytes of a body, which are never changed. {@link #toString} shows only their number. */
public final class Content {
    /** The empty body. */
    public static final Content NONE = new Content(new byte[0]);

    private final byte[] bytes;

    private Content(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Returns a body that owns the array. The caller must not change the array afterwards. */
    public static Content owning(byte[] bytes) {
        return bytes.length == 0 ? NONE : new Content(bytes);
    }

    /** Returns the UTF-8 bytes of a text. */
    public static Content of(String text) {
        return owning(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns whether there are no bytes. */
    public boolean isEmpty() {
        return bytes.length == 0;
    }

    /** Returns the bytes without copying them. The caller must not change them. */
    byte[] bytes() {
        return bytes;
    }

    /** Returns the bytes as text. */
    public String text(Charset charset) {
        return new String(bytes, charset);
    }

    @Override
    public String toString() {
        return bytes.length + " bytes";
    }
}
