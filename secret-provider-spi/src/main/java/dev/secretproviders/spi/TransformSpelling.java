package dev.secretproviders.spi;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** How a JSON pointer is written in a reference: characters that mean something there are percent-encoded UTF-8. */
final class TransformSpelling {
    static final String JSON = "json";
    static final String DECODE = "decode";
    static final String BASE64 = "base64";
    static final String TRIM = "trim";

    private static final String ENCODED = "%&#\\|";
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private TransformSpelling() {}

    /** Returns whether a character stands in a reference only as a percent-encoded one. */
    static boolean isEncoded(char c) {
        return Character.isISOControl(c) || ENCODED.indexOf(c) >= 0;
    }

    static String encode(String pointer) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pointer.length(); i++) {
            char c = pointer.charAt(i);
            if (isEncoded(c)) {
                for (byte b : String.valueOf(c).getBytes(StandardCharsets.UTF_8)) {
                    text.append('%').append(HEX.toHexDigits(b));
                }
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    /** Decodes the JSON pointer between two positions of a reference. */
    static String decode(String text, int start, int stop) {
        if (start >= stop || text.charAt(start) != '/') {
            throw new InvalidReferenceException(start, "expected a JSON pointer, which begins with '/'");
        }
        StringBuilder pointer = new StringBuilder();
        int i = start;
        while (i < stop) {
            char c = text.charAt(i);
            if (c == '%') {
                i = decodeBytes(text, i, stop, pointer);
                continue;
            }
            if (isEncoded(c)) {
                throw new InvalidReferenceException(i, "write it percent-encoded, such as %26 for '&'");
            }
            if (c == '~' && (i + 1 == stop || (text.charAt(i + 1) != '0' && text.charAt(i + 1) != '1'))) {
                throw new InvalidReferenceException(i, "expected '~0' for '~' or '~1' for '/'");
            }
            pointer.append(c);
            i++;
        }
        if (wrongTilde(pointer) >= 0) {
            throw new InvalidReferenceException(start, "expected '~0' for '~' or '~1' for '/'");
        }
        return pointer.toString();
    }

    /** Appends the characters of the percent-encoded bytes that begin at {@code start}, and returns where they end. */
    private static int decodeBytes(String text, int start, int stop, StringBuilder to) {
        ByteBuffer bytes = ByteBuffer.allocate((stop - start) / 3 + 1);
        int i = start;
        while (i < stop && text.charAt(i) == '%') {
            if (i + 2 >= stop
                    || !HexFormat.isHexDigit(text.charAt(i + 1))
                    || !HexFormat.isHexDigit(text.charAt(i + 2))) {
                throw new InvalidReferenceException(i, "expected two hexadecimal digits after '%'");
            }
            bytes.put((byte) HexFormat.fromHexDigits(text, i + 1, i + 3));
            i += 3;
        }
        try {
            to.append(StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()));
        } catch (CharacterCodingException e) {
            throw new InvalidReferenceException(start, "expected percent-encoded UTF-8");
        }
        return i;
    }

    /** Returns the position of a tilde that a JSON pointer does not allow, or -1. */
    static int wrongTilde(CharSequence pointer) {
        for (int i = 0; i < pointer.length(); i++) {
            boolean last = i + 1 == pointer.length();
            if (pointer.charAt(i) == '~' && (last || (pointer.charAt(i + 1) != '0' && pointer.charAt(i + 1) != '1'))) {
                return i;
            }
        }
        return -1;
    }
}
