package dev.secretproviders.auth.route;

import dev.secretproviders.auth.RequestView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One cookie of requests, read in place. A request may have several headers {@code Cookie}; they count as one. As where
 * APISIX looks for cookies ({@code resty.cookie}), a cookie begins after a semicolon or white space and ends before the
 * next, and the last one of a name counts.
 *
 * <p>Immutable and thread-safe.
 */
public final class Cookies {
    private static final byte[] HEADER = "cookie".getBytes(StandardCharsets.US_ASCII);

    /** The name and an equals sign. */
    private final byte[] start;

    /** Looks for a cookie of this name, in the letter case as given. */
    public Cookies(String name) {
        start = (name + "=").getBytes(StandardCharsets.UTF_8);
    }

    /** Returns the value of the cookie as a slice; {@link RequestView#ABSENT} if there is none. */
    public long value(RequestView request) {
        long found = RequestView.ABSENT;
        byte[] bytes = request.bytes();
        for (int i = 0; i < request.headerCount(); i++) {
            if (isCookie(request, i)) {
                long header = request.headerValue(i);
                int from = RequestView.offset(header);
                int end = from + RequestView.length(header);
                for (int at = next(bytes, from, from, end); at >= 0; at = next(bytes, at, from, end)) {
                    int value = at + start.length;
                    at = endOfValue(bytes, value, end);
                    found = RequestView.slice(value, at - value);
                }
            }
        }
        return found;
    }

    /** Returns the header without the cookie, and otherwise as it was sent; null if no other cookie is left. */
    public @Nullable String without(RequestView request) {
        byte[] bytes = request.bytes();
        StringBuilder kept = new StringBuilder();
        for (int i = 0; i < request.headerCount(); i++) {
            if (isCookie(request, i)) {
                long header = request.headerValue(i);
                int begin = RequestView.offset(header);
                int end = begin + RequestView.length(header);
                int from = begin;
                StringBuilder one = new StringBuilder();
                for (int at = next(bytes, begin, begin, end); at >= 0; at = next(bytes, from, begin, end)) {
                    one.append(text(bytes, from, at));
                    from = endOfValue(bytes, at + start.length, end);
                    while (from < end && separates(bytes[from])) {
                        from++;
                    }
                }
                String rest = stripped(one.append(text(bytes, from, end)));
                if (!rest.isEmpty()) {
                    kept.append(kept.isEmpty() ? "" : "; ").append(rest);
                }
            }
        }
        return kept.isEmpty() ? null : kept.toString();
    }

    private static String text(byte[] bytes, int from, int end) {
        return new String(bytes, from, end - from, StandardCharsets.UTF_8);
    }

    /** Removes separators from the end. */
    private static String stripped(StringBuilder text) {
        int end = text.length();
        while (end > 0 && separates(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    private static boolean isCookie(RequestView request, int index) {
        long name = request.headerName(index);
        int from = RequestView.offset(name);
        return RequestView.length(name) == HEADER.length
                && Arrays.equals(request.bytes(), from, from + HEADER.length, HEADER, 0, HEADER.length);
    }

    /** Returns where the cookie begins next, or -1. */
    private int next(byte[] bytes, int from, int begin, int end) {
        for (int at = from; at + start.length <= end; at++) {
            if ((at == begin || separates(bytes[at - 1]))
                    && Arrays.equals(bytes, at, at + start.length, start, 0, start.length)) {
                return at;
            }
        }
        return -1;
    }

    private static int endOfValue(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end && !separates(bytes[at])) {
            at++;
        }
        return at;
    }

    private static boolean separates(int c) {
        return c == ';' || c == ' ' || c == '\t';
    }
}
