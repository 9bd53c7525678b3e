package dev.secretproviders.auth.key;

import dev.secretproviders.auth.route.ConfigFields;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.RouteOptions;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A route's configuration of {@code secret-key-auth}. It has the fields, defaults and limits of APISIX's own {@code
 * key-auth} ({@code apisix/plugins/key-auth.lua}, {@code apisix/schema_def.lua}), and one more field.
 *
 * @param header the request header that carries the key
 * @param query the query argument that carries it if the header is absent
 * @param headers further headers that carry it, tried in this order after {@code header}; not in APISIX
 * @param bearer whether {@code Authorization: Bearer} may carry it, after the headers; not in APISIX
 * @param cookie the cookie that carries it if nothing else does, or null; not in APISIX
 * @param options the options that all kinds of authentication have
 */
public record KeyAuthConfig(
        String header,
        String query,
        List<String> headers,
        boolean bearer,
        @Nullable String cookie,
        RouteOptions options) {
    private static final Pattern COOKIE = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}");

    public KeyAuthConfig {
        headers = List.copyOf(headers);
    }

    /** Returns whether a key may be in a place that native {@code key-auth} does not have. */
    boolean hasMorePlaces() {
        return bearer || cookie != null || !headers.isEmpty();
    }

    /**
     * Reads a configuration.
     *
     * @param json a JSON object; an empty string means all defaults
     * @throws InvalidKeyAuthConfigException if it is not JSON, or a field is unknown, of the wrong type or out of bounds
     */
    public static KeyAuthConfig parse(String json) throws InvalidAuthConfigException {
        ConfigFields fields = ConfigFields.parse(
                json, "{\"header\":\"apikey\"}", List.of("header", "query", "headers", "bearer", "cookie"));
        String cookie = fields.optional("cookie");
        if (cookie != null && !COOKIE.matcher(cookie).matches()) {
            throw new InvalidAuthConfigException("cookie must be the name of a cookie");
        }
        String header = fields.header("header", "apikey");
        List<String> headers = fields.headers("headers");
        if (headers.contains(header) || headers.stream().distinct().count() < headers.size()) {
            throw new InvalidAuthConfigException(
                    "headers must name each header once, and not that of the field header");
        }
        if (fields.flag("bearer") && (header.equals("authorization") || headers.contains("authorization"))) {
            throw new InvalidAuthConfigException(
                    "bearer reads the header Authorization, so header and headers may not name it");
        }
        return new KeyAuthConfig(
                header, fields.text("query", "apikey"), headers, fields.flag("bearer"), cookie, fields.options("key"));
    }
}
