package dev.secretproviders.auth.hmac;

import dev.secretproviders.auth.RequestView;
import dev.secretproviders.crypto.RuntimeSha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

/** The header {@code Digest: SHA-256=...} of a request, and the body that it describes. */
final class BodyDigest {
    /** The longest body that APISIX can send to a runner: a frame without what surrounds the body in it. */
    static final long LARGEST = (1 << 24) - 1 - 64;

    private static final byte[] HEADER = "digest".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LENGTH = "content-length".getBytes(StandardCharsets.US_ASCII);
    private static final int MOST_DIGITS = 18;

    private BodyDigest() {}

    /** Returns whether the header is there. */
    static boolean isThere(RequestView request) {
        return request.header(HEADER) != RequestView.ABSENT;
    }

    /** Returns the size that the client announced in bytes; 0 if it announced none. */
    static long announcedSize(RequestView request) {
        long slice = request.header(LENGTH);
        if (slice == RequestView.ABSENT || RequestView.length(slice) > MOST_DIGITS) {
            return 0;
        }
        long size = 0;
        int offset = RequestView.offset(slice);
        for (int i = offset; i < offset + RequestView.length(slice); i++) {
            int digit = request.bytes()[i] - '0';
            if (digit < 0 || digit > 9) {
                return 0;
            }
            size = size * 10 + digit;
        }
        return size;
    }

    /** Returns whether the header is the digest of this body. */
    static boolean fits(RequestView request, byte[] body) {
        long slice = request.header(HEADER);
        if (slice == RequestView.ABSENT) {
            return false;
        }
        int offset = RequestView.offset(slice);
        byte[] shown = Arrays.copyOfRange(request.bytes(), offset, offset + RequestView.length(slice));
        return MessageDigest.isEqual(of(body), shown);
    }

    private static byte[] of(byte[] body) {
        String digest = Base64.getEncoder().encodeToString(RuntimeSha256.of(body));
        return ("SHA-256=" + digest).getBytes(StandardCharsets.US_ASCII);
    }
}
