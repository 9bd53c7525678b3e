package dev.secretproviders.admin;

import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.token.Authenticator;
import dev.secretproviders.admin.token.Authenticator.Refusal;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves everything below {@code /admin} over HTTP. Authenticates the caller first; {@link AdminCalls} decides the rest,
 * once the body is well-formed JSON. Every answer is JSON; errors are {@code {"error_msg": ...}}, as in APISIX.
 */
final class AdminRouter extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    @SuppressWarnings("serial") // Servlets are serializable in name only.
    private final AdminCalls calls;

    @SuppressWarnings("serial")
    private final Authenticator authenticator;

    AdminRouter(AdminCalls calls, Authenticator authenticator) {
        this.calls = calls;
        this.authenticator = authenticator;
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
        Answer answer = AdminCalls.guarded(requestId, () -> switch (authenticator.authenticate(request)) {
            case Authenticator.Known known ->
                calls.decide(
                        known.caller(),
                        // Not getParameter, which would also read a form from the body.
                        new AdminRequest(
                                requestId,
                                request.getMethod(),
                                request.getRequestURI(),
                                request.getQueryString(),
                                new Call.Conditions(request.getHeader("If-Match"), request.getHeader("If-None-Match"))),
                        new Arriving(request));
            case Refusal refusal -> unauthenticated(refusal);
        });
        write(answer, response);
    }

    private static Answer unauthenticated(Refusal refusal) {
        Answer answer = AdminCalls.error(refusal.status(), refusal.message());
        return refusal.retryAfter() == null
                ? answer.header("WWW-Authenticate", "Bearer realm=\"secret-providers\"")
                : answer.header("Retry-After", refusal.retryAfter());
    }

    /** A body that comes over the network. */
    private final class Arriving implements ArrivingBody {
        private final HttpServletRequest request;

        Arriving(HttpServletRequest request) {
            this.request = request;
        }

        @Override
        public @Nullable ObjectNode read(Endpoint endpoint) throws IOException {
            return body(request);
        }

        @Override
        public After callerAfterwards() throws InterruptedException {
            return switch (authenticator.authenticate(request)) {
                case Authenticator.Known known -> new After.Still(known.caller());
                case Refusal refusal -> new After.Gone(unauthenticated(refusal));
            };
        }
    }

    private static @Nullable ObjectNode body(HttpServletRequest request) throws IOException {
        if (request.getContentLengthLong() > Json.LONGEST_BODY) {
            throw new AdminProblemException(413, "the body has more than " + Json.LONGEST_BODY + " bytes");
        }
        byte[] bytes = request.getInputStream().readNBytes(Json.LONGEST_BODY + 1);
        if (bytes.length > Json.LONGEST_BODY) {
            throw new AdminProblemException(413, "the body has more than " + Json.LONGEST_BODY + " bytes");
        }
        if (bytes.length == 0) {
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
