package dev.secretproviders.transport.hosted;

import dev.secretproviders.auth.Decision.Header;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The headers that a filter of others gives a response, without those that would break it. Not thread-safe. */
final class Replies {
    /** APISIX believes them: a wrong length truncates the body, a second Connection confuses clients. */
    private static final Set<String> FORBIDDEN = Set.of("content-length", "connection", "transfer-encoding");

    /** Cannot be joined into one line, so setting one again adds to it. */
    private static final Set<String> REPEATABLE = Set.of("set-cookie", "www-authenticate");

    private Replies() {}

    /** Sets a header; a null value removes it. Forbidden ones are ignored. */
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

    /** Whether APISIX can send this status: it hangs on one below 100 and takes anything above 599. */
    static boolean validStatus(int status) {
        return status >= 200 && status <= 599;
    }
}
