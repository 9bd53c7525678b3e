package dev.secretproviders.admin;

import dev.secretproviders.admin.rest.Call;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.UriUtils;

/**
 * What a call of the Admin API asks for, apart from its caller and its body. Immutable.
 *
 * @param id the request's id, for the audit log and the log
 * @param method such as {@code GET}
 * @param path such as {@code /admin/providers/vault/prod}, in percent-encoding
 * @param query the query in percent-encoding; null for none
 * @param conditions the expected revision of the object
 */
public record AdminRequest(
        String id, String method, String path, @Nullable String query, Call.Conditions conditions) {

    /** Returns the path of names, each in percent-encoding: {@code /admin/providers/vault/prod}. */
    public static String path(String start, String... names) {
        StringBuilder path = new StringBuilder(start);
        for (String name : names) {
            path.append('/').append(UriUtils.encodePathSegment(name, StandardCharsets.UTF_8));
        }
        return path.toString();
    }

    /** Returns a query of these parameters, in percent-encoding. Null for none. */
    public static @Nullable String query(Map<String, String> parameters) {
        return parameters.isEmpty()
                ? null
                : parameters.entrySet().stream()
                        .map(one -> encoded(one.getKey()) + "=" + encoded(one.getValue()))
                        .collect(Collectors.joining("&"));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
