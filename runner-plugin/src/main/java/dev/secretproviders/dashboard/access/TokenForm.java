package dev.secretproviders.dashboard.access;

import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.dashboard.page.Item;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The form of a token as its fields were sent or are shown. Immutable.
 *
 * @param name the name
 * @param roles the names of the roles
 * @param providers patterns of providers, one in each line
 * @param labels labels as {@code name=value}, one in each line
 * @param end when it ends, in UTC as a browser writes it; empty for never
 */
record TokenForm(String name, List<String> roles, String providers, String labels, String end) {
    /** What a new token has at first. */
    static final TokenForm EMPTY = new TokenForm("", List.of("viewer"), "", "", "");

    private static final DateTimeFormatter LOCAL =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm").withZone(ZoneOffset.UTC);

    TokenForm {
        roles = List.copyOf(roles);
    }

    /** Returns the form as it was sent. */
    static TokenForm sent(HttpServletRequest request) {
        String[] roles = request.getParameterValues("role");
        return new TokenForm(
                text(request, "name"),
                roles == null ? List.of() : Arrays.asList(roles),
                text(request, "providers"),
                text(request, "labels"),
                text(request, "end"));
    }

    private static String text(HttpServletRequest request, String name) {
        return Objects.requireNonNullElse(request.getParameter(name), "").strip();
    }

    /** Returns the form of a token that there is. */
    static TokenForm of(Item token) {
        Instant end = token.time("expires_at");
        return new TokenForm(
                token.text("name"),
                token.texts("roles"),
                String.join("\n", token.texts("scope.providers")),
                token.entries("scope.labels").stream()
                        .map(label -> label.name() + "=" + label.value().text())
                        .collect(Collectors.joining("\n")),
                end == null ? "" : LOCAL.format(end));
    }

    /** Returns whether a role is chosen. */
    public boolean has(String role) {
        return roles.contains(role);
    }

    /** Returns all roles, the one with the fewest rights first. */
    public List<String> allRoles() {
        return Arrays.stream(Role.values()).map(Role::text).toList();
    }

    /** Returns why the form cannot be sent to the Admin API, which would see something else. Null if it can. */
    @Nullable
    String problem() {
        if (roles.isEmpty()) {
            return "Choose at least one role.";
        }
        return lines(labels).stream().allMatch(line -> line.indexOf('=') > 0)
                ? null
                : "Write each label as name=value, in a line of its own.";
    }

    /** Returns the body for the Admin API. */
    ObjectNode body() {
        ObjectNode body = Json.object().put("name", name);
        roles.forEach(body.putArray("roles")::add);
        List<String> patterns = lines(providers);
        List<String> pairs = lines(labels);
        if (patterns.isEmpty() && pairs.isEmpty()) {
            body.putNull("scope");
        } else {
            ObjectNode scope = body.putObject("scope");
            patterns.forEach(pattern -> scope.withArray("providers").add(pattern));
            for (String pair : pairs) {
                int equals = pair.indexOf('=');
                scope.withObject("/labels")
                        .put(
                                pair.substring(0, equals).strip(),
                                pair.substring(equals + 1).strip());
            }
        }
        if (end.isEmpty()) {
            body.putNull("expires_at");
        } else {
            body.put("expires_at", end.length() == "2027-01-31T00:00".length() ? end + ":00Z" : end + "Z");
        }
        return body;
    }

    private static List<String> lines(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }
}
