package dev.secretproviders.auth.jwt;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.auth.route.Cookies;
import dev.secretproviders.auth.route.Hidden;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Where a request carries its token: the header, or else the query argument, or else the cookie ({@code fetch_jwt_token}
 * of {@code apisix/plugins/jwt-auth.lua}).
 *
 * <p>Immutable and thread-safe.
 */
final class TokenPlaces {
    private static final byte[] SCHEME = {'e', 'a', 'r', 'e', 'r', ' '};

    private final byte[] header;
    private final byte[] query;
    private final Cookies cookie;
    private final Hidden hiddenHeader;
    private final Hidden hiddenArgument;

    TokenPlaces(JwtAuthConfig config) {
        header = config.header().getBytes(StandardCharsets.US_ASCII);
        query = config.query().getBytes(StandardCharsets.UTF_8);
        cookie = new Cookies(config.cookie());
        hiddenHeader = Hidden.header(config.header());
        hiddenArgument = Hidden.argument(config.query());
    }

    /**
     * Returns the token as a slice. {@link RequestView#ABSENT} if there is none; another negative number if there is an
     * argument that APISIX's Lua sees as something other than a text.
     */
    long token(RequestView request) {
        long found = request.header(header);
        if (found != RequestView.ABSENT) {
            return withoutScheme(request.bytes(), found);
        }
        found = request.argument(query);
        return found == RequestView.ABSENT ? cookie.value(request) : found;
    }

    /** Leaves out {@code Bearer} or {@code bearer} and one space, and nothing else. */
    private static long withoutScheme(byte[] bytes, long value) {
        int offset = RequestView.offset(value);
        int length = RequestView.length(value);
        if (length < SCHEME.length + 1 || (bytes[offset] != 'B' && bytes[offset] != 'b')) {
            return value;
        }
        for (int i = 0; i < SCHEME.length; i++) {
            if (bytes[offset + 1 + i] != SCHEME[i]) {
                return value;
            }
        }
        return RequestView.slice(offset + SCHEME.length + 1, length - SCHEME.length - 1);
    }

    /** Returns what is hidden of a request: only the place that the token is taken from. */
    Hidden hidden(RequestView request) {
        if (request.header(header) != RequestView.ABSENT) {
            return hiddenHeader;
        }
        if (request.argument(query) != RequestView.ABSENT) {
            return hiddenArgument;
        }
        return cookie.value(request) == RequestView.ABSENT
                ? Hidden.NOTHING
                : new Hidden(List.of(new Header("cookie", cookie.without(request))), List.of());
    }
}
