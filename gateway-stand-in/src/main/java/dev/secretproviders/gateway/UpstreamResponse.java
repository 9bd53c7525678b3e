package dev.secretproviders.gateway;

import java.util.List;

/**
 * The upstream's response, for ext-plugin-post-resp.
 *
 * @param status the HTTP status
 * @param headers in order, names as the upstream wrote them
 * @param body sent to the runner only if it asks
 */
public record UpstreamResponse(int status, List<Entry> headers, Body body) {
    /** Copies the list. */
    public UpstreamResponse {
        headers = List.copyOf(headers);
    }
}
