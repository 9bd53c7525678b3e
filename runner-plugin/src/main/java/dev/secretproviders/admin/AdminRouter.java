package dev.secretproviders.admin;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.admin.token.Authenticator;
import dev.secretproviders.admin.token.Authenticator.Refusal;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.store.StoreException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
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
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPattern.PathMatchInfo;
import org.springframework.web.util.pattern.PathPatternParser;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves everything below {@code /admin}. Authenticates the caller first. Then checks that the endpoint exists, the
 * caller has the right, the body is well-formed JSON, the named object is in the caller's scope, and the body fits its schema. Only
 * then calls the endpoint. Every answer is JSON; errors are {@code {"error_msg": ...}}, as in APISIX.
 */
final class AdminRouter extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(AdminRouter.class);
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    @SuppressWarnings("serial") // Servlets are serializable in name only.
    private final List<Route> routes;

    @SuppressWarnings("serial")
    private final Authenticator authenticator;

    @SuppressWarnings("serial")
    private final ProvidersInScope providers;

    @SuppressWarnings("serial")
    private final AuditLog audit;

    private record Route(PathPattern pattern, Endpoint endpoint) {}

    private record Match(Endpoint endpoint, Map<String, String> variables) {}

    AdminRouter(List<Endpoint> endpoints, Authenticator authenticator, ProvidersInScope providers, AuditLog audit) {
        PathPatternParser parser = new PathPatternParser();
        this.routes = endpoints.stream()
                .map(endpoint -> new Route(parser.parse(endpoint.path()), endpoint))
                .sorted(Comparator.comparing(Route::pattern, PathPattern.SPECIFICITY_COMPARATOR))
                .toList();
        this.authenticator = authenticator;
        this.providers = providers;
        this.audit = audit;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String given = request.getHeader("X-Request-Id");
        String requestId = given != null && REQUEST_ID.matcher(given).matches()
                ? given
                : UUID.randomUUID().toString();
        response.setHeader("X-Request-Id", requestId);
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        Answer answer;
        try {
            answer = answer(request, requestId);
        } catch (AdminProblemException e) {
            answer = problem(e);
        } catch (StoreException e) {
            LOG.warn("request {}: {}", requestId, e.getMessage());
            answer = error(503, String.valueOf(e.getMessage())).header("Retry-After", "1");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            answer = error(503, "the runner is stopping").header("Retry-After", "3");
        } catch (RuntimeException e) {
            // The message of an unexpected exception may quote the input, which may be secret.
            LOG.error("request {} failed: {} at {}", requestId, e.getClass().getName(), place(e));
            answer = error(500, "internal error; see the log for request " + requestId);
        }
        write(answer, response);
    }

    private static String place(Throwable e) {
        StackTraceElement[] trace = e.getStackTrace();
        return trace.length == 0 ? "an unknown place" : trace[0].toString();
    }

    private Answer answer(HttpServletRequest request, String requestId)
            throws IOException, StoreException, InterruptedException {
        return switch (authenticator.authenticate(request)) {
            case Authenticator.Known known -> answer(request, requestId, known.caller());
            case Refusal refusal -> unauthenticated(refusal);
        };
    }

    private static Answer unauthenticated(Refusal refusal) {
        Answer answer = error(refusal.status(), refusal.message());
        return refusal.retryAfter() == null
                ? answer.header("WWW-Authenticate", "Bearer realm=\"secret-providers\"")
                : answer.header("Retry-After", refusal.retryAfter());
    }

    private Answer answer(HttpServletRequest request, String requestId, Caller first)
            throws IOException, StoreException, InterruptedException {
        String path = request.getRequestURI();
        PathContainer container = PathContainer.parsePath(path);
        Match match = match(request.getMethod(), container);
        if (match == null) {
            String allowed = String.join(", ", methods(container));
            return allowed.isEmpty()
                    ? error(404, "there is no endpoint at this path; GET /admin/openapi.json lists all endpoints")
                    : error(405, "the method is not one of " + allowed).header("Allow", allowed);
        }
        Endpoint endpoint = match.endpoint();
        if (!mayCall(first, endpoint)) {
            return lacksRight(endpoint, first, requestId);
        }
        Map<String, String> query = query(request, endpoint);
        ObjectNode body = body(request, endpoint);
        Caller caller = first;
        Schema schema = endpoint.body();
        if (schema != null) {
            // A client may send its body slowly. The token is checked after the whole body has arrived.
            switch (authenticator.authenticate(request)) {
                case Authenticator.Known known -> caller = known.caller();
                case Refusal refusal -> {
                    return unauthenticated(refusal);
                }
            }
            if (!mayCall(caller, endpoint)) {
                return lacksRight(endpoint, caller, requestId);
            }
        }
        Call call = new Call(
                caller,
                requestId,
                match.variables(),
                query,
                body,
                new Call.Conditions(request.getHeader("If-Match"), request.getHeader("If-None-Match")));
        String refusal = endpoint.reach().refusal(call, providers);
        if (refusal != null) {
            return denied(endpoint, caller, requestId, refusal);
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

    private @Nullable Match match(String method, PathContainer path) {
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

    private static Map<String, String> query(HttpServletRequest request, Endpoint endpoint) {
        String raw = request.getQueryString();
        Map<String, String> query = new HashMap<>();
        if (raw == null || raw.isEmpty()) {
            return query;
        }
        // Not getParameter, which would also read a form from the body.
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

    private static @Nullable ObjectNode body(HttpServletRequest request, Endpoint endpoint) throws IOException {
        if (endpoint.body() == null) {
            return null;
        }
        if (request.getContentLengthLong() > Json.LONGEST_BODY) {
            throw new AdminProblemException(413, "the body has more than " + Json.LONGEST_BODY + " bytes");
        }
        byte[] bytes = request.getInputStream().readNBytes(Json.LONGEST_BODY + 1);
        if (bytes.length > Json.LONGEST_BODY) {
            throw new AdminProblemException(413, "the body has more than " + Json.LONGEST_BODY + " bytes");
        }
        if (bytes.length == 0) {
            if (endpoint.bodyRequired()) {
                throw AdminProblemException.badRequest("the body is missing; expected a JSON object");
            }
            return null;
        }
        String type = request.getContentType();
        // curl -d sends this type by default, and users of APISIX rely on that.
        boolean usable = type == null
                || type.startsWith("application/json")
                || type.startsWith("application/merge-patch+json")
                || type.startsWith("application/x-www-form-urlencoded");
        if (!usable) {
            throw new AdminProblemException(415, "the body must be application/json");
        }
        try {
            JsonNode node = Json.MAPPER.readTree(bytes);
            if (node instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException e) {
            // The message quotes the body, which may hold secrets.
            String where = e.getLocation() == null
                    ? ""
                    : " near line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw AdminProblemException.badRequest(
                    "the body is not well-formed JSON, or too deep, or names a field twice" + where);
        }
        throw AdminProblemException.badRequest("the body must be a JSON object");
    }

    private static Answer problem(AdminProblemException e) {
        ObjectNode node = Json.object();
        node.put("error_msg", e.getMessage());
        e.details().forEach(node::set);
        return Answer.of(e.status(), node);
    }

    private static Answer error(int status, String message) {
        ObjectNode node = Json.object();
        node.put("error_msg", message);
        return Answer.of(status, node);
    }

    private static void write(Answer answer, HttpServletResponse response) throws IOException {
        response.setStatus(answer.status());
        if (answer.body() != null) {
            response.setContentType("application/json");
            response.setCharacterEncoding("UTF-8");
        }
        answer.headers().forEach(response::setHeader);
        if (answer.body() != null) {
            byte[] bytes = Json.MAPPER.writeValueAsBytes(answer.body());
            response.setContentLength(bytes.length);
            response.getOutputStream().write(bytes);
        } else if (answer.stream() != null) {
            answer.stream().to(response.getOutputStream());
        }
    }
}
