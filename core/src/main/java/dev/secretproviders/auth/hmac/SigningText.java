package dev.secretproviders.auth.hmac;

import dev.secretproviders.auth.RequestView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The text that a request signs ({@code apisix/plugins/hmac-auth.lua}, {@code generate_signature}): the key id, and a line
 * for each name of {@code headers} in that order. {@code @request-target} gives the method and the target, another name
 * gives the header's first value, and a header that was not sent gives no line.
 */
final class SigningText {
    /** The longest text in bytes, as in the companion. Names of headers may repeat, so a text may be far longer. */
    static final int LONGEST = 128 * 1024;

    /** The variable that holds the target. */
    static final String TARGET_VARIABLE = "request_uri";

    private static final byte[] TARGET = "@request-target".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SEPARATOR = {':', ' '};
    private static final byte[] ROOT = {'/'};

    private SigningText() {}

    /** Returns whether the target belongs to the text. */
    static boolean needsTarget(SignatureFields fields, RequestView request) {
        return names(fields, request, TARGET) && value(request, TARGET, 0, TARGET.length) == RequestView.ABSENT;
    }

    /** Returns whether the request names all of these headers, in which letter case counts. */
    static boolean namesAll(SignatureFields fields, RequestView request, List<byte[]> headers) {
        for (int i = 0; i < headers.size(); i++) {
            if (!names(fields, request, headers.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean names(SignatureFields fields, RequestView request, byte[] header) {
        if (fields.headers() == RequestView.ABSENT) {
            return false;
        }
        byte[] bytes = request.bytes();
        int from = RequestView.offset(fields.headers());
        int end = from + RequestView.length(fields.headers());
        while (from < end) {
            int to = wordEnd(bytes, from, end);
            if (Arrays.equals(bytes, from, to, header, 0, header.length)) {
                return true;
            }
            from = to + 1;
        }
        return false;
    }

    /** Returns whether the text is longer than {@link #LONGEST}. Stops there, and builds nothing. */
    static boolean isTooLong(SignatureFields fields, RequestView request, byte[] target) {
        int length = RequestView.length(fields.keyId()) + 1;
        if (fields.headers() == RequestView.ABSENT) {
            return length > LONGEST;
        }
        byte[] bytes = request.bytes();
        int from = RequestView.offset(fields.headers());
        int end = from + RequestView.length(fields.headers());
        while (from < end && length <= LONGEST) {
            int to = wordEnd(bytes, from, end);
            length += lineLength(request, from, to, target);
            from = to + 1;
        }
        return length > LONGEST;
    }

    private static int lineLength(RequestView request, int from, int to, byte[] target) {
        byte[] bytes = request.bytes();
        long value = value(request, bytes, from, to);
        if (value != RequestView.ABSENT) {
            return to - from + SEPARATOR.length + RequestView.length(value) + 1;
        }
        return Arrays.equals(bytes, from, to, TARGET, 0, TARGET.length)
                ? request.method().length() + 1 + Math.max(ROOT.length, target.length) + 1
                : 0;
    }

    /**
     * Adds the text to a signer.
     *
     * @param target the target of the request with its query
     */
    static void addTo(Signer signer, SignatureFields fields, RequestView request, byte[] target) {
        byte[] bytes = request.bytes();
        signer.add(bytes, RequestView.offset(fields.keyId()), RequestView.length(fields.keyId()));
        signer.add((byte) '\n');
        if (fields.headers() == RequestView.ABSENT) {
            return;
        }
        int from = RequestView.offset(fields.headers());
        int end = from + RequestView.length(fields.headers());
        while (from < end) {
            int to = wordEnd(bytes, from, end);
            addLine(signer, request, from, to, target);
            from = to + 1;
        }
    }

    private static void addLine(Signer signer, RequestView request, int from, int to, byte[] target) {
        byte[] bytes = request.bytes();
        long value = value(request, bytes, from, to);
        if (value != RequestView.ABSENT) {
            signer.add(bytes, from, to - from);
            signer.add(SEPARATOR, 0, SEPARATOR.length);
            signer.add(bytes, RequestView.offset(value), RequestView.length(value));
            signer.add((byte) '\n');
        } else if (Arrays.equals(bytes, from, to, TARGET, 0, TARGET.length)) {
            byte[] method = request.method().getBytes(StandardCharsets.US_ASCII);
            byte[] path = target.length == 0 ? ROOT : target;
            signer.add(method, 0, method.length);
            signer.add((byte) ' ');
            signer.add(path, 0, path.length);
            signer.add((byte) '\n');
        }
    }

    /** Finds a header by a name in any letter case, or else with {@code -} in place of {@code _}, as nginx's Lua does. */
    private static long value(RequestView request, byte[] bytes, int from, int to) {
        byte[] name = Arrays.copyOfRange(bytes, from, to);
        boolean underscore = false;
        for (int i = 0; i < name.length; i++) {
            if (name[i] >= 'A' && name[i] <= 'Z') {
                name[i] = (byte) (name[i] + ('a' - 'A'));
            }
            underscore |= name[i] == '_';
        }
        long value = request.header(name);
        if (value == RequestView.ABSENT && underscore) {
            for (int i = 0; i < name.length; i++) {
                name[i] = name[i] == '_' ? (byte) '-' : name[i];
            }
            value = request.header(name);
        }
        return value;
    }

    private static int wordEnd(byte[] bytes, int from, int end) {
        int i = from;
        while (i < end && bytes[i] != ' ') {
            i++;
        }
        return i;
    }
}
