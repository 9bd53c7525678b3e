package dev.secretproviders.gateway;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The nginx variables that follow from a request alone. */
final class Variables {
    private Variables() {}

    static @Nullable String of(GatewayRequest request, String name) {
        return switch (name) {
            case "uri" -> request.path();
            case "request_uri" -> request.normalisedTarget();
            case "real_request_uri" -> request.target();
            case "request_method", "method" -> request.method();
            case "args", "query_string" -> request.query();
            case "is_args" -> request.query() == null ? "" : "?";
            case "remote_addr" -> request.clientAddress().getHostAddress();
            case "scheme" -> "http";
            case "server_protocol" -> "HTTP/1.1";
            case "host" -> Entry.first(request.headers(), "host").orElse("");
            default -> byPrefix(request, name);
        };
    }

    private static @Nullable String byPrefix(GatewayRequest request, String name) {
        if (name.startsWith("http_")) {
            List<String> values = request.headers().stream()
                    .filter(header -> header.lowerCaseName().replace('-', '_').equals(name.substring("http_".length())))
                    .map(header -> header.value() == null ? "" : header.value())
                    .toList();
            return values.isEmpty() ? null : String.join(", ", values);
        }
        if (name.startsWith("arg_")) {
            return request.args().stream()
                    .filter(arg -> arg.name().toLowerCase(Locale.ROOT).equals(name.substring("arg_".length())))
                    .findFirst()
                    .map(Entry::value)
                    .orElse(null);
        }
        if (name.startsWith("cookie_")) {
            String prefix = name.substring("cookie_".length()) + "=";
            return Entry.all(request.headers(), "cookie").stream()
                    .flatMap(cookies -> List.of(cookies.split(";", -1)).stream())
                    .map(String::strip)
                    .filter(cookie -> cookie.startsWith(prefix))
                    .findFirst()
                    .map(cookie -> cookie.substring(prefix.length()))
                    .orElse(null);
        }
        return null;
    }
}
