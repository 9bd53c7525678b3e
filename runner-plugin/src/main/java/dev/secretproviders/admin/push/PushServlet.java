package dev.secretproviders.admin.push;

import dev.secretproviders.admin.push.SenderTokens.Verdict;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.token.Authenticator;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.event.EventGrid;
import dev.secretproviders.event.PubSub;
import dev.secretproviders.event.SecretEvent;
import dev.secretproviders.event.UnreadableEventException;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.resolve.Resolver;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves {@code /events/gcp} and {@code /events/azure}, to which clouds push events about secrets. A request without a
 * token of the configured sender is refused before its body is read. Thread-safe.
 *
 * <p>A success means that the secrets are being fetched. A 4xx for a genuine sender means that only other events were
 * pushed here, which the cloud moves to its dead letters. A 503 means that the same event may be sent again.
 */
@SuppressWarnings("serial") // Servlets are serializable in name only.
public final class PushServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final String GCP = "/gcp";
    private static final String AZURE = "/azure";
    private static final String RETRY_AFTER = "Retry-After";
    /** The most requests whose tokens are checked at a time, since a check may wait for keys. */
    private static final int MOST_AT_ONCE = 16;

    private static final int MOST_EVENTS = 1_000;
    /** The senders of Event Grid in Azure's clouds. */
    private static final Pattern ORIGIN = Pattern.compile("eventgrid\\.azure\\.(net|us|cn)");

    private final KeySets keys = new KeySets();
    private final @Nullable Receiver gcp;
    private final @Nullable Receiver azure;
    private final PushedEvents events;
    private final Supplier<@Nullable Opened> opened;
    private final Semaphore checking = new Semaphore(MOST_AT_ONCE);

    /**
     * What is there once the store is open.
     *
     * @param authenticator counts the tokens that prove nothing, and audits their number
     */
    public record Opened(Authenticator authenticator, AuditLog audit) {}

    /**
     * What takes the events of one cloud.
     *
     * @param sender the sender, for the audit log
     * @param asks whether the sender asks first whether events are wanted
     */
    private record Receiver(String sender, SenderTokens tokens, Reader reader, boolean asks) {}

    /** Reads the secrets of one event. */
    @FunctionalInterface
    private interface Reader {
        @Nullable
        SecretEvent read(JsonNode body) throws UnreadableEventException;
    }

    /**
     * Creates the servlet. No I/O.
     *
     * @param opened returns null while the store cannot be reached
     */
    public PushServlet(
            PushSettings settings,
            ProviderRegistry registry,
            Resolver resolver,
            Supplier<@Nullable Opened> opened,
            Clock clock) {
        this.gcp = receiver(settings.gcp(), PubSub::read, false, clock);
        this.azure = receiver(settings.azure(), EventGrid::read, true, clock);
        this.events = new PushedEvents(registry, resolver);
        this.opened = opened;
    }

    private @Nullable Receiver receiver(
            PushSettings.@Nullable Sender sender, Reader reader, boolean asks, Clock clock) {
        return sender == null
                ? null
                : new Receiver(sender.name(), new SenderTokens(sender, keys.at(sender.keys()), clock), reader, asks);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        String path = String.valueOf(request.getPathInfo());
        Receiver receiver = path.equals(GCP) ? gcp : path.equals(AZURE) ? azure : null;
        if (receiver == null) {
            refuse(response, 404, "events are not taken here; there are events.gcp and events.azure to configure");
        } else if (receiver.asks() && request.getMethod().equals("OPTIONS")) {
            allow(request, response);
        } else if (!request.getMethod().equals("POST")) {
            response.setHeader("Allow", "POST");
            refuse(response, 405, "the method is not POST");
        } else {
            serve(request, response, receiver);
        }
    }

    private void serve(HttpServletRequest request, HttpServletResponse response, Receiver receiver) throws IOException {
        Opened parts = opened.get();
        if (parts == null) {
            response.setHeader(RETRY_AFTER, "1");
            refuse(response, 503, "the store cannot be reached yet; see the log");
            return;
        }
        if (authentic(request, response, receiver.tokens(), parts.authenticator())) {
            take(request, response, receiver, parts.audit());
        }
    }

    /**
     * Answers the question of CloudEvents' webhooks, whether events are wanted here. It proves nothing about the one who
     * asks, and each event needs a token.
     */
    private static void allow(HttpServletRequest request, HttpServletResponse response) {
        response.setHeader("Allow", "POST");
        String origin = request.getHeader("WebHook-Request-Origin");
        if (origin != null && ORIGIN.matcher(origin).matches()) {
            response.setHeader("WebHook-Allowed-Origin", origin);
            response.setHeader("WebHook-Allowed-Rate", "*");
        }
        response.setStatus(200);
    }

    private boolean authentic(
            HttpServletRequest request, HttpServletResponse response, SenderTokens tokens, Authenticator authenticator)
            throws IOException {
        String authorization = request.getHeader("Authorization");
        if (authorization == null || !authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            response.setHeader("WWW-Authenticate", "Bearer");
            refuse(response, 401, "a token of the sender is needed in the header Authorization");
            return false;
        }
        if (!checking.tryAcquire()) {
            response.setHeader(RETRY_AFTER, "1");
            refuse(response, 503, "too many events at a time");
            return false;
        }
        Verdict verdict;
        try {
            verdict = tokens.check(authorization.substring(7).strip());
        } finally {
            checking.release();
        }
        return switch (verdict) {
            case GENUINE -> true;
            case UNDECIDED -> {
                response.setHeader(RETRY_AFTER, "10");
                refuse(response, 503, "the keys that sign such tokens cannot be read now");
                yield false;
            }
            case REFUSED -> {
                // At once: behind one proxy, a delay for strangers would delay the cloud and who logs in, too. A
                // signature cannot be guessed.
                authenticator.countWrongEvent(request.getRemoteAddr());
                refuse(response, 401, "the token is not one of the configured sender");
                yield false;
            }
        };
    }

    private void take(HttpServletRequest request, HttpServletResponse response, Receiver receiver, AuditLog audit)
            throws IOException {
        byte[] bytes = request.getInputStream().readNBytes(Json.LONGEST_BODY + 1);
        if (bytes.length > Json.LONGEST_BODY) {
            refuse(response, 413, "the body has more than " + Json.LONGEST_BODY + " bytes");
            return;
        }
        try {
            JsonNode body = Json.MAPPER.readTree(bytes);
            List<JsonNode> all = body.isArray() ? List.copyOf(body.values()) : List.of(body);
            if (all.size() > MOST_EVENTS) {
                refuse(response, 413, "the body has more than " + MOST_EVENTS + " events");
                return;
            }
            String code = receiver.asks() && all.size() == 1 ? EventGrid.validationCode(all.getFirst()) : null;
            if (code != null) {
                write(response, 200, Json.object().put("validationResponse", code));
                return;
            }
            List<SecretEvent> read = read(all, receiver.reader());
            ObjectNode answer = Json.object();
            Actor sender = new Actor(null, receiver.sender(), "events", request.getRemoteAddr());
            events.take(sender, read, audit).forEach(answer.putArray("refreshing")::add);
            write(response, 200, answer);
        } catch (UnreadableEventException e) {
            refuse(response, 400, String.valueOf(e.getMessage()));
        } catch (JacksonException e) {
            refuse(response, 400, "the body is not well-formed JSON, or too deep, or names a field twice");
        }
    }

    /**
     * Reads the events that can be read. One that cannot be read does not lose those that were sent with it.
     *
     * @throws UnreadableEventException if there are events and none can be read
     */
    private static List<SecretEvent> read(List<JsonNode> all, Reader reader) throws UnreadableEventException {
        List<SecretEvent> read = new ArrayList<>();
        UnreadableEventException first = null;
        int unreadable = 0;
        for (JsonNode one : all) {
            try {
                SecretEvent event = reader.read(one);
                if (event != null) {
                    read.add(event);
                }
            } catch (UnreadableEventException e) {
                first = first == null ? e : first;
                unreadable++;
            }
        }
        if (first != null && unreadable == all.size()) {
            throw first;
        }
        return read;
    }

    private static void refuse(HttpServletResponse response, int status, String message) throws IOException {
        write(response, status, Json.object().put("error_msg", message));
    }

    private static void write(HttpServletResponse response, int status, ObjectNode body) throws IOException {
        byte[] bytes = Json.MAPPER.writeValueAsBytes(body);
        response.setStatus(status);
        response.setContentType("application/json");
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }

    @Override
    public void destroy() {
        keys.close();
    }
}
