package dev.secretproviders.gateway;

import dev.secretproviders.gateway.RunnerMessage.Action;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Applies a runner's answer as APISIX's Lua does. */
final class Changes {
    private static final Set<String> IGNORED_RESPONSE_HEADERS = Set.of(
            "connection",
            "content-length",
            "transfer-encoding",
            "location",
            "server",
            "www-authenticate",
            "content-encoding",
            "content-type",
            "content-location",
            "content-language");

    private Changes() {}

    static Outcome apply(GatewayRequest request, Action action) {
        return switch (action) {
            case Action.None _ -> Outcome.Continue.unchanged(request);
            case Action.Stop stop -> stop(stop);
            case Action.Rewrite rewrite -> rewrite(request, rewrite);
        };
    }

    private static Outcome stop(Action.Stop stop) {
        int status = stop.status() == 0 ? 200 : stop.status();
        List<Entry> headers = new ArrayList<>(lowerCase(stop.headers()));
        Body body = stop.body();
        if (body.isEmpty() && StatusPage.exists(status)) {
            body = StatusPage.of(status);
            headers.removeIf(header -> header.isNamed("content-type"));
            headers.add(Entry.of("content-type", StatusPage.CONTENT_TYPE));
        }
        return new Outcome.Stop(status, headers, body);
    }

    private static Outcome rewrite(GatewayRequest request, Action.Rewrite rewrite) {
        List<Entry> headers = new ArrayList<>(request.headers());
        for (Entry change : rewrite.headers()) {
            setHeader(headers, change);
        }
        boolean newArgs = !rewrite.args().isEmpty();
        String query = newArgs ? UriText.formatArgs(changeArgs(request.args(), rewrite.args())) : request.query();
        String suffix = query == null || (newArgs && query.isEmpty()) ? "" : "?" + query;
        String path = rewrite.path();
        String target;
        if (path != null) {
            target = UriText.escapePath(path) + suffix;
        } else if (newArgs) {
            target = UriText.escapePath(request.path()) + suffix;
        } else {
            target = request.target();
        }
        Body body = rewrite.body().isEmpty() ? request.body() : rewrite.body();
        var upstream = new UpstreamRequest(request.method(), target, headers, body);
        List<Entry> responseHeaders = withoutIgnored(lowerCase(rewrite.responseHeaders()));
        return new Outcome.Continue(upstream, responseHeaders, rewrite, false);
    }

    /** Replaces every header that differs in letter case only; a missing or empty value removes it. */
    private static void setHeader(List<Entry> headers, Entry change) {
        String value = change.value();
        headers.removeIf(header -> header.isNamed(change.name()));
        if (value != null && !value.isEmpty()) {
            headers.add(change);
        }
    }

    /** The first value of a name replaces, further ones are added; a missing value removes. */
    private static List<Entry> changeArgs(List<Entry> before, List<Entry> changes) {
        List<Entry> args = new ArrayList<>(before);
        Set<String> changed = new HashSet<>();
        for (Entry change : changes) {
            boolean first = change.value() == null || changed.add(change.name());
            if (first) {
                args.removeIf(arg -> arg.name().equals(change.name()));
            }
            if (change.value() != null) {
                args.add(change);
            }
        }
        return args;
    }

    /** Returns what the client gets from an upstream's response after ext-plugin-post-resp. */
    static Outcome apply(UpstreamResponse response, RunnerMessage.ResponseDecided decided) {
        // The runner's headers replace all of the upstream's, including its content type.
        List<Entry> headers =
                lowerCase(decided.headers().isEmpty() ? withoutIgnored(response.headers()) : decided.headers());
        int status = decided.status() == 0 ? response.status() : decided.status();
        return new Outcome.Stop(status, headers, decided.body().isEmpty() ? response.body() : decided.body());
    }

    /** Returns the upstream's response after the runner failed on a route that allows it. Its headers are lost. */
    static Outcome degraded(UpstreamResponse response) {
        return new Outcome.Stop(response.status(), List.of(), response.body());
    }

    private static List<Entry> withoutIgnored(List<Entry> headers) {
        return headers.stream()
                .filter(header -> !IGNORED_RESPONSE_HEADERS.contains(header.lowerCaseName()))
                .toList();
    }

    private static List<Entry> lowerCase(List<Entry> headers) {
        return headers.stream()
                .map(header -> new Entry(header.lowerCaseName(), header.value()))
                .toList();
    }
}
