package dev.secretproviders.auth.hmac;

import dev.secretproviders.auth.RequestView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an {@code Authorization: Signature keyId="...",algorithm="...",headers="...",signature="..."} header, as
 * slices of the array that holds it. Reads exactly what APISIX reads ({@code apisix/plugins/hmac-auth.lua}, {@code
 * retrieve_hmac_fields}): fields end at a comma even within quotes, unknown ones are ignored, the last of two counts,
 * and within a field anything may stand around {@code name="value"}. An absent field is {@link RequestView#ABSENT}.
 */
record SignatureFields(long keyId, long algorithm, long headers, long signature) {
    private static final byte[] SCHEME = ascii("Signature");
    private static final byte[] KEY_ID = ascii("keyId");
    private static final byte[] ALGORITHM = ascii("algorithm");
    private static final byte[] HEADERS = ascii("headers");
    private static final byte[] SIGNATURE = ascii("signature");

    /** Reads a header's value. Returns null if it does not begin with {@code Signature}. */
    static @Nullable SignatureFields read(byte[] bytes, int offset, int length) {
        int end = offset + length;
        if (!startsWith(bytes, offset, end, SCHEME)) {
            return null;
        }
        long keyId = RequestView.ABSENT;
        long algorithm = RequestView.ABSENT;
        long headers = RequestView.ABSENT;
        long signature = RequestView.ABSENT;
        int from = offset + SCHEME.length;
        while (from < end) {
            int to = indexOf(bytes, from, end, ',');
            int equals = equalsSign(bytes, from, to);
            int quote = equals < 0 ? to : indexOf(bytes, equals + 2, to, '"');
            if (quote < to) {
                int name = nameBefore(bytes, from, equals);
                long value = RequestView.slice(equals + 2, quote - equals - 2);
                if (is(bytes, name, equals, KEY_ID)) {
                    keyId = value;
                } else if (is(bytes, name, equals, ALGORITHM)) {
                    algorithm = value;
                } else if (is(bytes, name, equals, HEADERS)) {
                    headers = value;
                } else if (is(bytes, name, equals, SIGNATURE)) {
                    signature = value;
                }
            }
            from = to + 1;
        }
        return new SignatureFields(keyId, algorithm, headers, signature);
    }

    /** Returns whether the fields without which no signature can be checked are there. */
    boolean complete() {
        return keyId != RequestView.ABSENT && algorithm != RequestView.ABSENT && signature != RequestView.ABSENT;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the place of the first {@code ="} that a letter or digit precedes, or -1. */
    private static int equalsSign(byte[] bytes, int from, int to) {
        for (int i = from + 1; i + 1 < to; i++) {
            if (bytes[i] == '=' && bytes[i + 1] == '"' && alphanumeric(bytes[i - 1])) {
                return i;
            }
        }
        return -1;
    }

    private static int nameBefore(byte[] bytes, int from, int equals) {
        int name = equals;
        while (name > from && alphanumeric(bytes[name - 1])) {
            name--;
        }
        return name;
    }

    private static boolean alphanumeric(byte b) {
        return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
    }

    private static int indexOf(byte[] bytes, int from, int to, char wanted) {
        int i = from;
        while (i < to && bytes[i] != wanted) {
            i++;
        }
        return i;
    }

    private static boolean startsWith(byte[] bytes, int from, int to, byte[] text) {
        return to - from >= text.length && Arrays.equals(bytes, from, from + text.length, text, 0, text.length);
    }

    private static boolean is(byte[] bytes, int from, int to, byte[] name) {
        return Arrays.equals(bytes, from, to, name, 0, name.length);
    }
}
