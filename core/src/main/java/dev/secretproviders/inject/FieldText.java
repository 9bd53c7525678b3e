package dev.secretproviders.inject;

import dev.secretproviders.reference.template.InjectConfig.Place;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a value can stand in a request. A line feed in a header would let the writer of the secret add headers
 * (RFC 9110, section 5.5; RFC 6265, section 4.1.1).
 */
final class FieldText {
    private static final String NOT_IN_COOKIES = " \",;\\";

    private FieldText() {}

    /** Returns why bytes cannot be a value in this place, or null if they can. The answer does not quote them. */
    static @Nullable String problem(Place place, byte[] value) {
        for (byte b : value) {
            boolean control = (b >= 0 && b < ' ') || b == 0x7f;
            if (control && !(b == '\t' && place == Place.HEADERS)) {
                return "holds a line break or another control character; store it without, or add ?trim to the reference"
                        + " if it stands at the end";
            }
            if (b < 0 && place != Place.QUERY) {
                return "holds characters that are not ASCII; put it into base64(...), or store it encoded";
            }
            if (place == Place.COOKIES && NOT_IN_COOKIES.indexOf(b) >= 0) {
                return "holds a character that a cookie cannot have (space, quote, comma, semicolon, backslash); put it"
                        + " into base64(...), or store it encoded";
            }
        }
        if (place == Place.HEADERS && value.length > 0 && (isBlank(value[0]) || isBlank(value[value.length - 1]))) {
            return "begins or ends with white space, which servers remove from a header; add ?trim to the reference";
        }
        return place == Place.QUERY && !isUtf8(value) ? "is not UTF-8; put it into base64(...)" : null;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private static boolean isUtf8(byte[] value) {
        try {
            var _ = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
