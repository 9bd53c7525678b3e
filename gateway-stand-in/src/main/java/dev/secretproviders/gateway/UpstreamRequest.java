package dev.secretproviders.gateway;

import java.util.List;
import java.util.Optional;

/**
 * The request to the upstream, with the runner's changes.
 *
 * @param method the client's
 * @param target path and query, percent-encoded, as on the request line
 * @param headers in order, names as the client or the runner wrote them
 * @param body the client's or the runner's
 */
public record UpstreamRequest(String method, String target, List<Entry> headers, Body body) {
    /** Copies the list. */
    public UpstreamRequest {
        headers = List.copyOf(headers);
    }

    /** Returns the value of the first header with this name, in any letter case. */
    public Optional<String> header(String name) {
        return Entry.first(headers, name);
    }

    /** Returns the values of all headers with this name, in any letter case. */
    public List<String> headers(String name) {
        return Entry.all(headers, name);
    }

    /** Returns method and path only: query and headers may hold keys. */
    @Override
    public String toString() {
        int question = target.indexOf('?');
        return method + " " + (question < 0 ? target : target.substring(0, question));
    }
}
