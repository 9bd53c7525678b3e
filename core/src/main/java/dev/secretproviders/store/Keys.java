package dev.secretproviders.store;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Keys as bytes, the same for every engine. */
public final class Keys {
    private static final int LONGEST = 1_024;

    private Keys() {}

    /** Returns the bytes of a key. An invalid key is an error of the caller. */
    public static byte[] bytes(String key) {
        byte[] bytes = utf8(key);
        if (bytes.length == 0 || bytes.length > LONGEST) {
            throw new IllegalArgumentException("a key has 1 to " + LONGEST + " bytes, not " + bytes.length);
        }
        return bytes;
    }

    /** Returns the key that has these bytes. */
    public static String text(byte[] key) {
        return new String(key, StandardCharsets.UTF_8);
    }

    /** Returns the bytes of a text. Refuses unpaired surrogates, which would all become the same key. */
    public static byte[] utf8(String text) {
        try {
            ByteBuffer buffer = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a key must be well-formed Unicode", e);
        }
    }
}
