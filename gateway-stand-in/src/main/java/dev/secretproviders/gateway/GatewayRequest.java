package dev.secretproviders.gateway;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client's request as it reached the gateway. Immutable: each method that changes something returns another request.
 *
 * <p>It keeps what the client wrote. A runner sees {@link #path()}, {@link #wireArgs()} and {@link #wireHeaders()} of
 * it.
 */
public final class GatewayRequest {
    /** The limit of {@code ngx.req.get_headers} without an argument. */
    static final int MAX_HEADERS = 100;

    private static final String HOST = "host";

    private final String method;
    private final String target;
    private final String path;
    private final @Nullable String query;
    private final List<Entry> headers;
    /** The first headers, as APISIX read them once and plugins changed them since; null until a plugin changes one. */
    private final @Nullable List<Entry> cached;

    private final Body body;
    private final InetAddress clientAddress;
    private final Map<String, String> variables;

    private GatewayRequest(
            String method,
            String target,
            List<Entry> headers,
            @Nullable List<Entry> cached,
            Body body,
            InetAddress clientAddress,
            Map<String, String> variables) {
        this.method = method;
        this.target = target;
        int question = target.indexOf('?');
        this.path = UriText.normalisePath(question < 0 ? target : target.substring(0, question));
        this.query = question < 0 ? null : target.substring(question + 1);
        this.headers = List.copyOf(headers);
        this.cached = cached == null ? null : List.copyOf(cached);
        this.body = body;
        this.clientAddress = clientAddress;
        this.variables = Map.copyOf(variables);
    }

    /**
     * Returns a request from 127.0.0.1 with a {@code Host} header and no body.
     *
     * @param method any token; only 15 of them have a number on the wire
     * @param target path and query as on the request line, percent-encoded
     * @throws IllegalArgumentException if nginx would answer 400 to this target
     */
    public static GatewayRequest of(String method, String target) {
        return new GatewayRequest(
                method,
                target,
                List.of(Entry.of(HOST, "gateway.test")),
                null,
                Body.EMPTY,
                InetAddress.ofLiteral("127.0.0.1"),
                Map.of());
    }

    /** Returns a GET request; see {@link #of}. */
    public static GatewayRequest get(String target) {
        return of("GET", target);
    }

    /** Returns a POST request; see {@link #of}. */
    public static GatewayRequest post(String target, String body) {
        return of("POST", target).body(Body.of(body));
    }

    /** Returns the request with one more header; {@code Host} is replaced, since a request has one. */
    public GatewayRequest header(String name, String value) {
        List<Entry> more = new ArrayList<>(headers);
        if (name.equalsIgnoreCase(HOST)) {
            more.removeIf(header -> header.isNamed(HOST));
        }
        more.add(Entry.of(name, value));
        return withHeaders(more);
    }

    /** Returns the request with exactly these headers, which no plugin has seen yet. */
    public GatewayRequest withHeaders(List<Entry> newHeaders) {
        return new GatewayRequest(method, target, newHeaders, null, body, clientAddress, variables);
    }

    /**
     * Returns the request with a header set by a plugin in front of the runner, instead of all values that it had
     * ({@code core.request.set_header}). By then APISIX has read the first {@value #MAX_HEADERS} headers. It changes
     * that list and does not read the headers again. Further headers stay hidden from the runner, but not from the
     * upstream.
     *
     * @param value null removes the header
     */
    public GatewayRequest setInFront(String name, @Nullable String value) {
        return new GatewayRequest(
                method,
                target,
                set(headers, name, value),
                set(firstHeaders(), name, value),
                body,
                clientAddress,
                variables);
    }

    private static List<Entry> set(List<Entry> entries, String name, @Nullable String value) {
        List<Entry> changed = new ArrayList<>(entries);
        changed.removeIf(entry -> entry.isNamed(name));
        if (value != null) {
            changed.add(Entry.of(name, value));
        }
        return changed;
    }

    private List<Entry> firstHeaders() {
        return cached != null ? cached : headers.subList(0, Math.min(headers.size(), MAX_HEADERS));
    }

    /** Returns the request with this body. */
    public GatewayRequest body(Body newBody) {
        return new GatewayRequest(method, target, headers, cached, newBody, clientAddress, variables);
    }

    /** Returns the request with this source address: 4 bytes on the wire for IPv4, 16 for IPv6. */
    public GatewayRequest from(InetAddress newClientAddress) {
        return new GatewayRequest(method, target, headers, cached, body, newClientAddress, variables);
    }

    /**
     * Returns the request with an nginx variable that does not follow from the request, such as {@code consumer_name}.
     */
    public GatewayRequest variable(String name, String value) {
        Map<String, String> more = new HashMap<>(variables);
        more.put(name, value);
        return new GatewayRequest(method, target, headers, cached, body, clientAddress, more);
    }

    /** Returns the method as the client wrote it. */
    public String method() {
        return method;
    }

    /** Returns path and query as the client wrote them. */
    public String target() {
        return target;
    }

    /** Returns the path decoded, with slashes merged and dot segments resolved. */
    public String path() {
        return path;
    }

    /** Returns what follows the first question mark, as the client wrote it; null if there is none. */
    public @Nullable String query() {
        return query;
    }

    /** Returns all headers in order, names as the client wrote them. */
    public List<Entry> headers() {
        return headers;
    }

    /** Returns the body, which a runner sees only if it asks for it. */
    public Body body() {
        return body;
    }

    /** Returns where the request came from. */
    public InetAddress clientAddress() {
        return clientAddress;
    }

    /** Returns all query arguments as a runner sees them: decoded, without the order of different names. */
    public List<Entry> wireArgs() {
        return regroup(args());
    }

    /**
     * Returns the headers as a runner sees them: the first {@value #MAX_HEADERS}, without those that plugins in front
     * removed. Names are in lower case; the order of different names is lost.
     */
    public List<Entry> wireHeaders() {
        return regroup(firstHeaders().stream()
                .map(header -> new Entry(header.lowerCaseName(), header.value()))
                .toList());
    }

    List<Entry> args() {
        return UriText.parseArgs(query);
    }

    /**
     * Returns the target of APISIX's {@code request_uri}, which an upstream gets: path normalised, query untouched.
     */
    String normalisedTarget() {
        return path + (query == null ? "" : "?" + query);
    }

    /** Returns the value of an nginx variable, null if it is not known. */
    @Nullable
    String variableValue(String name) {
        String given = variables.get(name);
        return given != null ? given : Variables.of(this, name);
    }

    /** Returns entries in the order of a Lua table: grouped by name, independent of the client's order. */
    private static List<Entry> regroup(List<Entry> entries) {
        Map<String, List<Entry>> byName = HashMap.newHashMap(entries.size());
        for (Entry entry : entries) {
            byName.computeIfAbsent(entry.name(), _ -> new ArrayList<>()).add(entry);
        }
        return byName.values().stream().flatMap(List::stream).toList();
    }

    /** Returns method and path only: query and headers may hold keys. */
    @Override
    public String toString() {
        return method + " " + path;
    }
}
