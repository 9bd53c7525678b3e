package dev.secretproviders.audit.text;

import dev.secretproviders.crypto.Hmac;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object whose last field is the HMAC over all bytes before that field: {@code {"id":1,...,"hmac":"<64 hex
 * digits>"}}. The stored bytes are checked, so a changed space counts as much as a changed word.
 *
 * @param bytes the whole text, UTF-8
 * @param hmac the HMAC in lower-case hex
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by its HMAC only.
public record SignedText(byte[] bytes, String hmac) {
    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] BEFORE_HMAC = ",\"hmac\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AFTER_HMAC = "\"}".getBytes(StandardCharsets.US_ASCII);
    private static final int HMAC_DIGITS = 64;
    private static final int TAIL = BEFORE_HMAC.length + HMAC_DIGITS + AFTER_HMAC.length;

    /** The kind of a text, which is signed too, so that no text can replace one of another kind. */
    public enum Kind {
        RECORD,
        HEAD,
        ANCHOR;

        @SuppressWarnings("ImmutableEnumChecker") // Never changed, and created once: each record signs it.
        private final byte[] label = ("audit " + name()).getBytes(StandardCharsets.US_ASCII);
    }

    /** Signs a JSON object that has at least one field. */
    public static SignedText sign(Hmac key, Kind kind, byte[] object) {
        int length = object.length - 1;
        byte[] signed = Arrays.copyOf(object, length);
        String hmac = HEX.formatHex(key.sign(kind.label, signed));
        byte[] bytes = Arrays.copyOf(signed, length + TAIL);
        System.arraycopy(BEFORE_HMAC, 0, bytes, length, BEFORE_HMAC.length);
        byte[] digits = hmac.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(digits, 0, bytes, length + BEFORE_HMAC.length, HMAC_DIGITS);
        System.arraycopy(AFTER_HMAC, 0, bytes, bytes.length - AFTER_HMAC.length, AFTER_HMAC.length);
        return new SignedText(bytes, hmac);
    }

    /** Returns the text if it is exactly what was signed, or null. */
    public static @Nullable SignedText verified(Hmac key, Kind kind, byte[] bytes) {
        return verified(key.series(), kind, bytes);
    }

    /** Does the same as {@link #verified(Hmac, Kind, byte[])}, for many texts in a row. */
    public static @Nullable SignedText verified(Hmac.Series key, Kind kind, byte[] bytes) {
        int length = bytes.length - TAIL;
        if (length < 1) {
            return null;
        }
        int digits = length + BEFORE_HMAC.length;
        boolean framed = Arrays.equals(bytes, length, digits, BEFORE_HMAC, 0, BEFORE_HMAC.length)
                && Arrays.equals(bytes, digits + HMAC_DIGITS, bytes.length, AFTER_HMAC, 0, AFTER_HMAC.length);
        // Upper-case digits would represent the same number with other bytes.
        if (!framed || !areDigits(bytes, digits)) {
            return null;
        }
        String hmac = new String(bytes, digits, HMAC_DIGITS, StandardCharsets.US_ASCII);
        return key.verify(HEX.parseHex(hmac), kind.label, bytes, length) ? new SignedText(bytes, hmac) : null;
    }

    private static boolean areDigits(byte[] bytes, int from) {
        for (int i = from; i < from + HMAC_DIGITS; i++) {
            byte digit = bytes[i];
            if ((digit < '0' || digit > '9') && (digit < 'a' || digit > 'f')) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns the HMAC in the field right before this text's own HMAC, or null if that field is not {@code name}. No
     * text or nested object can imitate the field: quotes in a text are escaped, and an object ends with a brace.
     */
    @Nullable
    public String hmacBefore(byte[] name) {
        int end = bytes.length - TAIL - 1;
        int digits = end - HMAC_DIGITS;
        int start = digits - name.length;
        boolean framed = start > 0
                && Arrays.equals(bytes, start, digits, name, 0, name.length)
                && bytes[end] == '"'
                && areDigits(bytes, digits);
        return framed ? new String(bytes, digits, HMAC_DIGITS, StandardCharsets.US_ASCII) : null;
    }

    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
