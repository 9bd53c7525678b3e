package dev.secretproviders.auth.key;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.auth.route.Cookies;
import dev.secretproviders.auth.route.Hidden;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Further places of a key, which native {@code key-auth} does not have. They are tried in this order: other headers,
 * {@code Authorization: Bearer}, and, after the query argument, a cookie.
 *
 * <p>Immutable and thread-safe.
 */
final class KeyPlaces {
    private static final String AUTHORIZATION = "authorization";
    private static final byte[] AUTHORIZATION_NAME = AUTHORIZATION.getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SCHEME = {'b', 'e', 'a', 'r', 'e', 'r'};

    private final List<byte[]> headers = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private final boolean bearer;
    private final @Nullable Cookies cookie;

    /**
     * A key that was found.
     *
     * @param slice where the key is
     * @param hidden what hides it
     */
    record Found(long slice, Hidden hidden) {}

    KeyPlaces(KeyAuthConfig config) {
        for (String name : config.headers()) {
            names.add(name);
            headers.add(name.getBytes(StandardCharsets.US_ASCII));
        }
        bearer = config.bearer();
        String name = config.cookie();
        cookie = name == null ? null : new Cookies(name);
    }

    /** Returns the key in a header, or null. */
    @Nullable
    Found inHeader(RequestView request) {
        for (int i = 0; i < headers.size(); i++) {
            long key = request.header(headers.get(i));
            if (key != RequestView.ABSENT) {
                return new Found(key, Hidden.header(names.get(i)));
            }
        }
        long token = bearer ? token(request) : RequestView.ABSENT;
        return token == RequestView.ABSENT ? null : new Found(token, Hidden.header(AUTHORIZATION));
    }

    /** Returns the key in the cookie, or null. */
    @Nullable
    Found inCookie(RequestView request) {
        long key = cookie == null ? RequestView.ABSENT : cookie.value(request);
        return key == RequestView.ABSENT
                ? null
                : new Found(key, new Hidden(List.of(withoutCookie(request)), List.of()));
    }

    /** Returns the header of cookies without this one; the others stay as they are. */
    private Header withoutCookie(RequestView request) {
        return new Header("cookie", cookie == null ? null : cookie.without(request));
    }

    /** Returns what hides all of these places, of those that the request has. */
    List<Header> all(RequestView request) {
        List<Header> hidden = new ArrayList<>();
        for (int i = 0; i < headers.size(); i++) {
            if (request.header(headers.get(i)) != RequestView.ABSENT) {
                hidden.add(new Header(names.get(i), null));
            }
        }
        if (bearer && token(request) != RequestView.ABSENT) {
            hidden.add(new Header(AUTHORIZATION, null));
        }
        if (cookie != null && cookie.value(request) != RequestView.ABSENT) {
            hidden.add(withoutCookie(request));
        }
        return hidden;
    }

    /** Returns the token of the scheme Bearer (RFC 6750) in any letter case, or ABSENT for another scheme. */
    private static long token(RequestView request) {
        long value = request.header(AUTHORIZATION_NAME);
        if (value == RequestView.ABSENT || RequestView.length(value) <= SCHEME.length) {
            return RequestView.ABSENT;
        }
        byte[] bytes = request.bytes();
        int at = RequestView.offset(value);
        int end = at + RequestView.length(value);
        for (byte letter : SCHEME) {
            if ((bytes[at++] | 0x20) != letter) {
                return RequestView.ABSENT;
            }
        }
        if (bytes[at] != ' ') {
            return RequestView.ABSENT;
        }
        while (at < end && bytes[at] == ' ') {
            at++;
        }
        return RequestView.slice(at, end - at);
    }
}
