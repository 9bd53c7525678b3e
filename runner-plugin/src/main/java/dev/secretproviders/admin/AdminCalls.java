package dev.secretproviders.admin;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPattern.PathMatchInfo;
import org.springframework.web.util.pattern.PathPatternParser;
import tools.jackson.databind.node.ObjectNode;

/**
 * Decides the calls of authenticated callers, whether they come over HTTP or from the dashboard. Checks that the endpoint
 * exists, the caller has the right, the named object is in the caller's scope, and the body fits its schema. Only then
 * calls the endpoint. Errors are answers with {@code error_msg}. Thread-safe.
 */
public final class AdminCalls {
    private static final Logger LOG = LoggerFactory.getLogger(AdminCalls.class);

    private final List<Route> routes;
    /** The endpoints whose path has no variable, by {@link #place}. A page of the dashboard asks for many of them. */
    private final Map<String, Endpoint> literal = new HashMap<>();

    private final ProvidersInScope providers;
    private final AuditLog audit;

    private record Route(PathPattern pattern, Endpoint endpoint) {}

    private record Match(Endpoint endpoint, Map<String, String> variables) {}

    /** Decides one call. */
    @FunctionalInterface
    interface Decision {
        Answer answer() throws IOException, StoreException, InterruptedException;
    }

    AdminCalls(List<Endpoint> endpoints, ProvidersInScope providers, AuditLog audit) {
        PathPatternParser parser = new PathPatternParser();
        this.routes = endpoints.stream()
                .map(endpoint -> new Route(parser.parse(endpoint.path()), endpoint))
                .sorted(Comparator.comparing(Route::pattern, PathPattern.SPECIFICITY_COMPARATOR))
                .toList();
        for (Endpoint endpoint : endpoints) {
            if (!endpoint.path().contains("{")) {
                literal.put(place(endpoint.method(), endpoint.path()), endpoint);
            }
        }
        this.providers = providers;
        this.audit = audit;
    }

    private static String place(String method, String path) {
        return method + " " + path;
    }

    /**
     * Returns the answer to a call without HTTP. Blocks as long as the endpoint does. Never throws for a call that is
     * refused: its answer has the status and {@code error_msg}.
     *
     * @param caller as authenticated just now
     * @param body the body, or null
     */
    public Answer answer(Caller caller, AdminRequest request, @Nullable ObjectNode body) {
        try {
            return guarded(request.id(), () -> decide(caller, request, new ArrivingBody.Present(caller, body)));
        } catch (IOException e) {
            throw new IllegalStateException("nothing is read here", e);
        }
    }

    /**
     * Returns whether the caller may make a call, as far as its method and path tell: the very checks that guard the
     * call. What depends on the body is decided when the call is made.
     *
     * @param path such as {@code /admin/providers/vault/prod}, in percent-encoding
     */
    public boolean may(Caller caller, String method, String path) {
        try {
            Match match = match(method, path);
            if (match == null || !mayCall(caller, match.endpoint())) {
                return false;
            }
            Endpoint endpoint = match.endpoint();
            if (endpoint.reach() instanceof Reach.Owned && match.variables().isEmpty()) {
                // The body names what it is about.
                return true;
            }
            Call call = new Call(caller, "", match.variables(), Map.of(), Json.object(), Call.Conditions.NONE);
            return endpoint.reach().refusal(call, providers) == null;
        } catch (AdminProblemException e) {
            // The path names nothing that can exist.
            return false;
        }
    }

    /**
     * Returns the names of the query parameters that an endpoint knows, none if there is no such endpoint.
     *
     * @param path such as {@code /admin/providers}, in percent-encoding
     */
    public Set<String> parameters(String method, String path) {
        Match match = match(method, path);
        return match == null
                ? Set.of()
                : match.endpoint().parameters().stream()
                        .map(Endpoint.Parameter::name)
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns what a decision returns, or the answer for its exception. */
    static Answer guarded(String requestId, Decision decision) throws IOException {
        try {
            return decision.answer();
        } catch (AdminProblemException e) {
            ObjectNode node = Json.object();
            node.put("error_msg", e.getMessage());
            e.details().forEach(node::set);
            return Answer.of(e.status(), node);
        } catch (StoreException e) {
            LOG.warn("request {}: {}", requestId, e.getMessage());
            return error(503, String.valueOf(e.getMessage())).header("Retry-After", "1");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return error(503, "the runner is stopping").header("Retry-After", "3");
        } catch (RuntimeException e) {
            // The message of an unexpected exception may quote the input, which may be secret.
            LOG.error("request {} failed: {} at {}", requestId, e.getClass().getName(), place(e));
            return error(500, "internal error; see the log for request " + requestId);
        }
    }

    private static String place(Throwable e) {
        StackTraceElement[] trace = e.getStackTrace();
        return trace.length == 0 ? "an unknown place" : trace[0].toString();
    }

    /** Returns the answer to a call whose body may still be arriving. */
    Answer decide(Caller first, AdminRequest request, ArrivingBody arriving)
            throws IOException, StoreException, InterruptedException {
        Match match = match(request.method(), request.path());
        if (match == null) {
            String allowed = String.join(", ", methods(PathContainer.parsePath(request.path())));
            return allowed.isEmpty()
                    ? error(404, "there is no endpoint at this path; GET /admin/openapi.json lists all endpoints")
                    : error(405, "the method is not one of " + allowed).header("Allow", allowed);
        }
        Endpoint endpoint = match.endpoint();
        if (!mayCall(first, endpoint)) {
            return lacksRight(endpoint, first, request.id());
        }
        Map<String, String> query = query(request.query(), endpoint);
        ObjectNode body = null;
        Caller caller = first;
        Schema schema = endpoint.body();
        if (schema != null) {
            body = arriving.read(endpoint);
            if (body == null && endpoint.bodyRequired()) {
                throw AdminProblemException.badRequest("the body is missing; expected a JSON object");
            }
            // A client may send its body slowly. The caller is checked after the whole body has arrived.
            switch (arriving.callerAfterwards()) {
                case ArrivingBody.After.Still(var still) -> caller = still;
                case ArrivingBody.After.Gone(var answer) -> {
                    return answer;
                }
            }
            if (!mayCall(caller, endpoint)) {
                return lacksRight(endpoint, caller, request.id());
            }
        }
        Call call = new Call(caller, request.id(), match.variables(), query, body, request.conditions());
        String refusal = endpoint.reach().refusal(call, providers);
        if (refusal != null) {
            return denied(endpoint, caller, request.id(), refusal);
        }
        if (schema != null && body != null) {
            schema.check(body);
        }
        return endpoint.handler().answer(call);
    }

    private static boolean mayCall(Caller caller, Endpoint endpoint) {
        return endpoint.right() == null || caller.may(endpoint.right());
    }

    private Answer lacksRight(Endpoint endpoint, Caller caller, String requestId) {
        Right right = Objects.requireNonNull(endpoint.right());
        return denied(
                endpoint,
                caller,
                requestId,
                "your token's roles do not include the right " + right.name().toLowerCase(Locale.ROOT));
    }

    private Answer denied(Endpoint endpoint, Caller caller, String requestId, String why) {
        audit.recordSoon(AuditEvent.failed(
                        EventCode.ACCESS_DENIED, caller.actor(), endpoint.method() + " " + endpoint.path(), why)
                .in(requestId));
        return error(403, why);
    }

    private @Nullable Match match(String method, String text) {
        Endpoint endpoint = literal.get(place(method, text));
        if (endpoint != null) {
            return new Match(endpoint, Map.of());
        }
        PathContainer path = PathContainer.parsePath(text);
        for (Route route : routes) {
            if (route.endpoint().method().equals(method)) {
                PathMatchInfo info = route.pattern().matchAndExtract(path);
                if (info != null) {
                    return new Match(route.endpoint(), variables(info));
                }
            }
        }
        return null;
    }

    /** Decodes the path's variables. No name contains a control character or an encoded slash. */
    private static Map<String, String> variables(PathMatchInfo info) {
        info.getUriVariables().forEach((name, value) -> {
            if (value.chars().anyMatch(character -> character < ' ' || character == 0x7f || character == 0xfffd)) {
                throw AdminProblemException.notFound("the path has a character that no name may have");
            }
        });
        return info.getUriVariables();
    }

    private Set<String> methods(PathContainer path) {
        Set<String> methods = new TreeSet<>();
        for (Route route : routes) {
            if (route.pattern().matches(path)) {
                methods.add(route.endpoint().method());
            }
        }
        return methods;
    }

    private static Map<String, String> query(@Nullable String raw, Endpoint endpoint) {
        Map<String, String> query = new HashMap<>();
        if (raw == null || raw.isEmpty()) {
            return query;
        }
        for (String pair : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
            if (endpoint.parameters().stream()
                    .noneMatch(parameter -> parameter.name().equals(name))) {
                throw AdminProblemException.badRequest("the query has a parameter that is not known here; known: "
                        + endpoint.parameters().stream()
                                .map(Endpoint.Parameter::name)
                                .toList());
            }
            if (query.put(name, equals < 0 ? "" : decoded(pair.substring(equals + 1))) != null) {
                throw AdminProblemException.badRequest(name + ": is in the query twice");
            }
        }
        return query;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw AdminProblemException.badRequest("the query is not valid percent-encoding");
        }
    }

    /** Returns an answer with an error. */
    static Answer error(int status, String message) {
        ObjectNode node = Json.object();
        node.put("error_msg", message);
        return Answer.of(status, node);
    }
}
