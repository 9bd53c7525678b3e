package dev.secretproviders.crypto;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The text that stands for a key without telling it: {@code sha256:} and 64 hexadecimal digits, or {@code hmac-sha256:},
 * the name of a key of the configuration, a colon and 64 hexadecimal digits.
 */
final class HashForm {
    private static final byte[] PLAIN = "sha256:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] KEYED = "hmac-sha256:".getBytes(StandardCharsets.US_ASCII);
    private static final int DIGITS = 64;
    private static final int LONGEST_NAME = 32;

    private HashForm() {}

    /** Returns whether a text has this form. */
    static boolean is(byte[] bytes, int offset, int length) {
        if (startsWith(bytes, offset, length, PLAIN)) {
            return length == PLAIN.length + DIGITS && areDigits(bytes, offset + PLAIN.length);
        }
        if (!startsWith(bytes, offset, length, KEYED)) {
            return false;
        }
        int name = length - KEYED.length - 1 - DIGITS;
        int colon = offset + KEYED.length + name;
        return name > 0 && name <= LONGEST_NAME && bytes[colon] == ':' && areDigits(bytes, colon + 1);
    }

    private static boolean startsWith(byte[] bytes, int offset, int length, byte[] start) {
        if (length <= start.length) {
            return false;
        }
        for (int i = 0; i < start.length; i++) {
            if (bytes[offset + i] != start[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean areDigits(byte[] bytes, int from) {
        for (int i = from; i < from + DIGITS; i++) {
            if (!HexFormat.isHexDigit(bytes[i])) {
                return false;
            }
        }
        return true;
    }

    /** Returns a text of this form with small digits. */
    static byte[] normal(byte[] text) {
        byte[] normal = text.clone();
        for (int i = normal.length - DIGITS; i < normal.length; i++) {
            normal[i] = (byte) Character.toLowerCase(normal[i]);
        }
        return normal;
    }

    /** Returns the text for a plain hash. */
    static byte[] of(byte[] hash) {
        return join(PLAIN, hash);
    }

    /** Returns the text for a hash under a named key. */
    static byte[] of(String name, byte[] hash) {
        return join(("hmac-sha256:" + name + ":").getBytes(StandardCharsets.US_ASCII), hash);
    }

    private static byte[] join(byte[] start, byte[] hash) {
        byte[] digits = HexFormat.of().formatHex(hash).getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[start.length + digits.length];
        System.arraycopy(start, 0, all, 0, start.length);
        System.arraycopy(digits, 0, all, start.length, digits.length);
        return all;
    }
}
