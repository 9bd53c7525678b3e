package dev.secretproviders.inject;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.RequestView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Sets cookies in a request, whose other cookies stay as the client wrote them. */
final class CookieHeader {
    /** The name of the header. */
    static final String NAME = "Cookie";

    private static final byte[] COOKIE = "cookie".getBytes(StandardCharsets.US_ASCII);

    private CookieHeader() {}

    /** Returns the value of the request's header with these cookies. */
    static String with(List<Header> cookies, RequestView request) {
        List<String> kept = new ArrayList<>();
        for (int i = 0; i < request.headerCount(); i++) {
            if (isCookie(request, request.headerName(i))) {
                keep(text(request, request.headerValue(i)), cookies, kept);
            }
        }
        cookies.forEach(cookie -> kept.add(cookie.name() + "=" + cookie.value()));
        return String.join("; ", kept);
    }

    private static boolean isCookie(RequestView request, long name) {
        if (RequestView.length(name) != COOKIE.length) {
            return false;
        }
        byte[] bytes = request.bytes();
        int offset = RequestView.offset(name);
        for (int i = 0; i < COOKIE.length; i++) {
            if ((bytes[offset + i] | 0x20) != COOKIE[i]) {
                return false;
            }
        }
        return true;
    }

    private static String text(RequestView request, long slice) {
        return slice == RequestView.ABSENT
                ? ""
                : new String(
                        request.bytes(), RequestView.offset(slice), RequestView.length(slice), StandardCharsets.UTF_8);
    }

    /** Keeps the cookies of one header that are not set. */
    private static void keep(String header, List<Header> cookies, List<String> kept) {
        for (String pair : header.split(";", -1)) {
            String cookie = pair.strip();
            int equals = cookie.indexOf('=');
            String name = (equals < 0 ? cookie : cookie.substring(0, equals)).strip();
            if (!cookie.isEmpty()
                    && cookies.stream().noneMatch(set -> set.name().equals(name))) {
                kept.add(cookie);
            }
        }
    }
}
