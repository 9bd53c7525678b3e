package dev.secretproviders.admin.rest;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.spi.ProviderId;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One call of an endpoint, authenticated and authorized.
 *
 * @param variables the path's variables, decoded
 * @param query the query's parameters, limited to those that the endpoint declares
 * @param body the body, or null if there was none
 * @param conditions the expected revision of the object
 */
public record Call(
        Caller caller,
        String requestId,
        Map<String, String> variables,
        Map<String, String> query,
        @Nullable ObjectNode body,
        Conditions conditions) {
    private static final Pattern ETAG = Pattern.compile("\\s*(?:W/)?\"(\\d{1,18})\"\\s*");

    /**
     * The conditional headers of a call.
     *
     * @param ifMatch the header {@code If-Match}, or null
     * @param ifNoneMatch the header {@code If-None-Match}, or null
     */
    public record Conditions(
            @Nullable String ifMatch, @Nullable String ifNoneMatch) {
        /** Accepts any revision. */
        public static final Conditions NONE = new Conditions(null, null);
    }

    static final int LAST_PAGE = 1_000_000;
    static final int SMALLEST_PAGE = 10;
    static final int LARGEST_PAGE = 500;

    public Call {
        variables = Map.copyOf(variables);
        query = Map.copyOf(query);
    }

    /** Returns a variable of the path. */
    public String variable(String name) {
        return Objects.requireNonNull(variables.get(name), name);
    }

    /** Returns the provider that the path names. */
    public ProviderId provider() {
        try {
            return new ProviderId(variable("manager"), variable("id"));
        } catch (IllegalArgumentException e) {
            throw AdminProblemException.notFound(String.valueOf(e.getMessage()));
        }
    }

    /** Returns the body, checked against its schema, of an endpoint that requires one. */
    public ObjectNode requiredBody() {
        return Objects.requireNonNull(body, "the router demands it");
    }

    /** Returns a query parameter, or null if it is missing or empty. */
    @Nullable
    public String text(String name) {
        String value = query.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    /** Returns a boolean query parameter, false if it is missing. */
    public boolean flag(String name) {
        String value = text(name);
        return switch (value == null ? "false" : value.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw AdminProblemException.badRequest(name + ": expected true or false");
        };
    }

    /** Returns a query parameter that is a time, or null if it is missing. */
    @Nullable
    public Instant time(String name) {
        String text = text(name);
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw AdminProblemException.badRequest(name + ": expected a time such as 2027-01-31T00:00:00Z");
        }
    }

    /** Returns a query parameter from {@code min} to {@code max}, {@code fallback} if it is missing. */
    public int number(String name, int fallback, int min, int max) {
        String value = text(name);
        if (value == null) {
            return fallback;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException ignored) {
            // Reported below.
        }
        throw AdminProblemException.badRequest(name + ": expected a whole number from " + min + " to " + max);
    }

    /**
     * Returns a query parameter that is one of these values, in lower case; null if it is missing.
     *
     * @throws AdminProblemException 400 if it is another; suggests the one that is probably meant
     */
    @Nullable
    public String oneOf(String name, Collection<String> values) {
        String given = text(name);
        if (given == null) {
            return null;
        }
        String value = given.toLowerCase(Locale.ROOT);
        if (!values.contains(value)) {
            throw Orders.unknown(name, value, values);
        }
        return value;
    }

    /** Returns a query parameter that is the name of one of these constants, in any letter case; null if it is missing. */
    public <E extends Enum<E>> @Nullable E oneOf(String name, Class<E> type) {
        Map<String, E> constants = new LinkedHashMap<>();
        for (E constant : type.getEnumConstants()) {
            constants.put(constant.name().toLowerCase(Locale.ROOT), constant);
        }
        String given = oneOf(name, constants.keySet());
        return given == null ? null : constants.get(given);
    }

    /** Returns what the caller searches for. */
    public Search search() {
        return Search.of(this);
    }

    /** Returns the requested page of the rows, in APISIX's format. Only the rows of that page are rendered. */
    public <T> ObjectNode page(List<T> rows, Function<? super T, ? extends JsonNode> shown) {
        return Json.list(rows.size(), slice(rows).stream().map(shown).toList());
    }

    /** Returns the rows of the requested page. */
    public <T> List<T> slice(List<T> rows) {
        int to = Math.min(rows.size(), rowsToPage());
        return rows.subList(Math.min(to, rowsToPage() - pageSize()), to);
    }

    /** Returns how many rows there are up to the end of the requested page, if there are enough. */
    int rowsToPage() {
        return number("page", 1, 1, LAST_PAGE) * pageSize();
    }

    private int pageSize() {
        return number("page_size", LARGEST_PAGE, SMALLEST_PAGE, LARGEST_PAGE);
    }

    /** Returns the expected revision: that of {@code If-Match}, 0 for {@code If-None-Match: *}, null for any. */
    @Nullable
    public Long expectedRevision() {
        String ifNoneMatch = conditions.ifNoneMatch();
        if (ifNoneMatch != null) {
            if (!ifNoneMatch.strip().equals("*")) {
                throw AdminProblemException.badRequest("If-None-Match: only * is understood");
            }
            return 0L;
        }
        String ifMatch = conditions.ifMatch();
        if (ifMatch == null) {
            return null;
        }
        Matcher matcher = ETAG.matcher(ifMatch);
        if (!matcher.matches()) {
            throw AdminProblemException.badRequest("If-Match: expected the ETag of an earlier answer");
        }
        return Long.valueOf(matcher.group(1));
    }
}
