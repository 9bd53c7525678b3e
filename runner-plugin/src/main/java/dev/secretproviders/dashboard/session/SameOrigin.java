package dev.secretproviders.dashboard.session;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.URISyntaxException;

/** Tells requests of our own pages from those that another site makes a browser send. */
public final class SameOrigin {
    private static final String SITE = "Sec-Fetch-Site";

    private SameOrigin() {}

    /**
     * Returns whether a request that changes something comes from our own pages. Browsers say so in {@code Sec-Fetch-Site} or
     * {@code Origin}. A request without both is refused.
     */
    public static boolean sent(HttpServletRequest request) {
        String site = request.getHeader(SITE);
        if (site != null) {
            return site.equals("same-origin");
        }
        String origin = request.getHeader("Origin");
        String host = request.getHeader("Host");
        if (origin == null || host == null) {
            return false;
        }
        try {
            return host.equalsIgnoreCase(new URI(origin).getRawAuthority());
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** Returns whether a link of another site led here, so that the browser did not send the cookie. */
    public static boolean ledHereByAnotherSite(HttpServletRequest request) {
        String site = request.getHeader(SITE);
        return "cross-site".equals(site) || "same-site".equals(site);
    }
}
