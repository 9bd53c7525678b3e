package dev.secretproviders.gateway;

import dev.secretproviders.gateway.RunnerMessage.Action;
import java.util.List;
import java.util.Optional;

/** The fate of a request after the runner was asked, as APISIX applies it. */
public sealed interface Outcome {

    /**
     * The client gets this.
     *
     * @param status as APISIX uses it: 200 if the runner sent 0. A status below 100 makes APISIX hang
     * @param headers names in lower case, several of one name in order
     * @param body the runner's; if that is empty, nginx's page for the status, if there is one
     */
    record Stop(int status, List<Entry> headers, Body body) implements Outcome {
        /** Copies the list. */
        public Stop {
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
    }

    /**
     * The request goes on.
     *
     * @param upstream the request with the runner's changes
     * @param responseHeaders for the client, before those of the upstream's response
     * @param action what the runner sent, for tests that count changes; {@code None} when degraded
     * @param degraded whether the request passed only because the runner failed and the route allows degradation
     */
    record Continue(UpstreamRequest upstream, List<Entry> responseHeaders, Action action, boolean degraded)
            implements Outcome {
        /** Copies the list. */
        public Continue {
            responseHeaders = List.copyOf(responseHeaders);
        }

        /** Returns the unchanged request, as on a route without plugin. */
        public static Continue unchanged(GatewayRequest request) {
            return unchanged(request, false);
        }

        static Continue unchanged(GatewayRequest request, boolean degraded) {
            var upstream = new UpstreamRequest(request.method(), request.target(), request.headers(), request.body());
            return new Continue(upstream, List.of(), new Action.None(), degraded);
        }
    }

    /**
     * The runner failed, or was not asked; the client gets nginx's page for the status.
     *
     * @param status 503, or 500 for a method without a number on the wire
     * @param reason as APISIX writes it into its error log
     */
    record Failed(int status, String reason) implements Outcome {}
}
