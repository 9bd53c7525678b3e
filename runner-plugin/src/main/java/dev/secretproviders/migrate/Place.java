package dev.secretproviders.migrate;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Where a key is in the gateway.
 *
 * @param username the consumer
 * @param credential the id of a credential of it, or null for the consumer itself
 */
record Place(String username, @Nullable String credential) {
    private static final String CREDENTIALS = "/credentials/";

    /** Parses what {@link #toString} returns. */
    static Place parse(String text) {
        int at = text.indexOf(CREDENTIALS);
        return at < 0
                ? new Place(text, null)
                : new Place(text.substring(0, at), text.substring(at + CREDENTIALS.length()));
    }

    /** Returns the path in the Admin API, below {@code /apisix/admin/}. */
    String path() {
        String consumer = "consumers/" + encode(username);
        return credential == null ? consumer : consumer + CREDENTIALS + encode(credential);
    }

    private static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Returns the place as APISIX's keys in etcd have it, for example {@code jack/credentials/one}. */
    @Override
    public String toString() {
        return credential == null ? username : username + CREDENTIALS + credential;
    }
}
