package dev.secretproviders.transport.wire;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** The bytes of a body. Nobody changes them. Prints their number, never what they are. */
public final class Content {
    public static final Content NONE = new Content(new byte[0]);

    private final byte[] bytes;

    private Content(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Takes the array over. */
    public static Content owning(byte[] bytes) {
        return bytes.length == 0 ? NONE : new Content(bytes);
    }

    public static Content of(String text) {
        return owning(text.getBytes(StandardCharsets.UTF_8));
    }

    public boolean isEmpty() {
        return bytes.length == 0;
    }

    /** The bytes themselves, only to be read. */
    byte[] bytes() {
        return bytes;
    }

    public String text(Charset charset) {
        return new String(bytes, charset);
    }

    @Override
    public String toString() {
        return bytes.length + " bytes";
    }
}
