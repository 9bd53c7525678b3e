package dev.secretproviders.transport.hosted;

import dev.secretproviders.auth.Decision.Header;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sets response headers for hosted filters, except those that would break the response. Not thread-safe. */
final class Replies {
    /** APISIX passes these on as they are. A wrong length truncates the body, a second Connection confuses clients. */
    private static final Set<String> FORBIDDEN = Set.of("content-length", "connection", "transfer-encoding");

    /** These cannot be joined into one line, so setting one again adds a line. */
    private static final Set<String> REPEATABLE = Set.of("set-cookie", "www-authenticate");

    private Replies() {}

    /** Sets a header. A null value removes it. Forbidden headers are ignored. */
    static void set(List<Header> headers, String name, @Nullable String value) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (value == null || !REPEATABLE.contains(lower)) {
            headers.removeIf(header -> header.name().equalsIgnoreCase(name));
        }
        if (value != null && !FORBIDDEN.contains(lower)) {
            headers.add(new Header(name, value));
        }
    }

    static List<Header> allowed(List<Header> headers) {
        List<Header> allowed = new ArrayList<>(headers);
        allowed.removeIf(header -> FORBIDDEN.contains(header.name().toLowerCase(Locale.ROOT)));
        return allowed;
    }

    static boolean has(List<Header> headers, String name) {
        return headers.stream().anyMatch(header -> header.name().equalsIgnoreCase(name));
    }

    /** Returns whether APISIX can send this status. It hangs on a status below 100 and accepts any above 599. */
    static boolean validStatus(int status) {
        return status >= 200 && status <= 599;
    }
}
