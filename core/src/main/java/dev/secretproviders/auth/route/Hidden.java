package dev.secretproviders.auth.route;

import dev.secretproviders.auth.Decision.Header;
import java.util.List;

/**
 * The places of a credential that are hidden from the upstream. Prepared for a route, so that a request needs no list.
 *
 * @param headers the headers to change; a null value removes the header
 * @param arguments the query arguments to remove
 */
public record Hidden(List<Header> headers, List<String> arguments) {
    /** Nothing is hidden. */
    public static final Hidden NOTHING = new Hidden(List.of(), List.of());

    /** Copies the lists. */
    public Hidden {
        headers = List.copyOf(headers);
        arguments = List.copyOf(arguments);
    }

    /** Hides a header. */
    public static Hidden header(String name) {
        return new Hidden(List.of(new Header(name, null)), List.of());
    }

    /** Hides a query argument. */
    public static Hidden argument(String name) {
        return new Hidden(List.of(), List.of(name));
    }
}
