package dev.secretproviders.auth.hmac;

import dev.secretproviders.auth.RequestView;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Reads the base64 text of a signature as nginx does: padding may be missing, and nothing counts behind a {@code =}. */
final class SignatureText {
    private SignatureText() {}

    /**
     * Returns the bytes of a signature.
     *
     * @param length the number of bytes that it has to have
     * @return null if the text is not base64, or has another length
     */
    static byte @Nullable [] decode(byte[] bytes, long slice, int length) {
        int from = RequestView.offset(slice);
        int end = from + RequestView.length(slice);
        int to = from;
        while (to < end && bytes[to] != '=') {
            to++;
        }
        if (to - from != (length * 4 + 2) / 3) {
            return null;
        }
        try {
            return Base64.getDecoder().decode(Arrays.copyOfRange(bytes, from, to));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
