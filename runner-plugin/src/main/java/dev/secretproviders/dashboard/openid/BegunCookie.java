package dev.secretproviders.dashboard.openid;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

/**
 * The cookie that ties a begun log-in to its browser. The provider's site leads the browser back, so it is {@code
 * SameSite=Lax}: the browser sends it with a link that is followed, and with nothing else of another site.
 */
public final class BegunCookie {
    private static final String NAME = "sp-login";
    private static final String PATH = "/dashboard/login/openid";

    private BegunCookie() {}

    /** Returns the value in the cookie of a request, or null. */
    public static @Nullable String of(HttpServletRequest request) {
        Cookie[] cookies = request.getCookies();
        if (cookies != null) {
            for (Cookie cookie : cookies) {
                if (cookie.getName().equals(NAME)) {
                    return cookie.getValue();
                }
            }
        }
        return null;
    }

    /** Sets the cookie. */
    public static void set(OpenIdLogin login, HttpServletResponse response, String value) {
        response.addCookie(cookie(login, value, (int) OpenIdLogin.BEGUN_KEPT.toSeconds()));
    }

    /** Removes the cookie. */
    public static void remove(OpenIdLogin login, HttpServletResponse response) {
        response.addCookie(cookie(login, "", 0));
    }

    private static Cookie cookie(OpenIdLogin login, String value, int seconds) {
        Cookie cookie = new Cookie(NAME, value);
        cookie.setPath(PATH);
        cookie.setHttpOnly(true);
        cookie.setMaxAge(seconds);
        cookie.setAttribute("SameSite", "Lax");
        cookie.setSecure("https".equalsIgnoreCase(login.home().getScheme()));
        return cookie;
    }
}
