package dev.secretproviders.dashboard.session;

import dev.secretproviders.spi.Secret;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

/** The cookie with the id of a session. Scripts cannot read it, and other sites cannot make a browser send it. */
public final class SessionCookie {
    private static final String NAME = "sp-session";
    private static final String PATH = "/dashboard";

    private SessionCookie() {}

    /** Returns the id in the cookie of a request, or null. */
    public static @Nullable String of(HttpServletRequest request) {
        Cookie[] cookies = request.getCookies();
        if (cookies == null) {
            return null;
        }
        String found = null;
        for (Cookie cookie : cookies) {
            if (cookie.getName().equals(NAME)) {
                if (found != null) {
                    // Another host of the same site has set one, too. Which one is ours cannot be told.
                    return null;
                }
                found = cookie.getValue();
            }
        }
        return found;
    }

    /** Sets the cookie. */
    public static void set(HttpServletRequest request, HttpServletResponse response, Secret id) {
        response.addCookie(cookie(request, id.reveal()));
    }

    /** Removes the cookie. */
    public static void remove(HttpServletRequest request, HttpServletResponse response) {
        Cookie cookie = cookie(request, "");
        cookie.setMaxAge(0);
        response.addCookie(cookie);
    }

    private static Cookie cookie(HttpServletRequest request, String value) {
        Cookie cookie = new Cookie(NAME, value);
        cookie.setPath(PATH);
        cookie.setHttpOnly(true);
        cookie.setAttribute("SameSite", "Strict");
        // A caller who claims to use TLS only makes their own cookie stricter.
        cookie.setSecure(request.isSecure() || "https".equalsIgnoreCase(request.getHeader("X-Forwarded-Proto")));
        return cookie;
    }
}
