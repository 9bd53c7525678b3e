package dev.secretproviders.gateway;

import java.util.Map;

/** Pages that nginx sends for a status without a body. */
public final class StatusPage {
    /** The content type of the pages. */
    public static final String CONTENT_TYPE = "text/html; charset=utf-8";

    private static final Map<Integer, String> TITLES = Map.ofEntries(
            Map.entry(301, "Moved Permanently"),
            Map.entry(302, "Found"),
            Map.entry(303, "See Other"),
            Map.entry(307, "Temporary Redirect"),
            Map.entry(308, "Permanent Redirect"),
            Map.entry(400, "Bad Request"),
            Map.entry(401, "Authorization Required"),
            Map.entry(402, "Payment Required"),
            Map.entry(403, "Forbidden"),
            Map.entry(404, "Not Found"),
            Map.entry(405, "Not Allowed"),
            Map.entry(406, "Not Acceptable"),
            Map.entry(408, "Request Time-out"),
            Map.entry(409, "Conflict"),
            Map.entry(410, "Gone"),
            Map.entry(411, "Length Required"),
            Map.entry(412, "Precondition Failed"),
            Map.entry(413, "Request Entity Too Large"),
            Map.entry(414, "Request-URI Too Large"),
            Map.entry(415, "Unsupported Media Type"),
            Map.entry(416, "Requested Range Not Satisfiable"),
            Map.entry(421, "Misdirected Request"),
            Map.entry(429, "Too Many Requests"),
            Map.entry(500, "Internal Server Error"),
            Map.entry(501, "Not Implemented"),
            Map.entry(502, "Bad Gateway"),
            Map.entry(503, "Service Temporarily Unavailable"),
            Map.entry(504, "Gateway Time-out"),
            Map.entry(505, "HTTP Version Not Supported"),
            Map.entry(507, "Insufficient Storage"));

    private StatusPage() {}

    /** Returns whether nginx has a page for this status. */
    public static boolean exists(int status) {
        return TITLES.containsKey(status);
    }

    /** Returns the page for a status, empty if nginx has none. */
    public static Body of(int status) {
        String title = TITLES.get(status);
        if (title == null) {
            return Body.EMPTY;
        }
        return Body.of("""
                <html>
                <head><title>%1$d %2$s</title></head>
                <body>
                <center><h1>%1$d %2$s</h1></center>
                <hr><center>openresty</center>
                <p><em>Powered by APISIX</em></p></body>
                </html>
                """.formatted(status, title));
    }
}
