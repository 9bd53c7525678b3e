package dev.secretproviders.admin.session;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.admin.session.LiveSessions.Live;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.crypto.OneTimeTable;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.StoreException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /admin/sessions} and {@code /admin/login-links}. Callers see and end their own sessions. With the right {@code
 * token_manage} they also see and end those of callers who may do no more than they.
 */
public final class SessionResource implements AdminResource {
    private static final String KEY = "/sessions/0123456789ab";
    private static final int LONGEST_SUBJECT = 512;
    private static final Schema SHOWN = Schema.object()
            .required("id", Schema.text(), "Its id, which is of no use for a log-in.")
            .required("subject", Schema.text(), "What was used to log in, such as token/0a1b2c or openid/4711.")
            .required("name", Schema.text(), "The name of the user or of the token.")
            .required("own", Schema.flag(), "Whether it is a session of the caller.")
            .required("roles", Schema.list(Schema.choice(Role.class)), "Its roles as of now.")
            .required("limited", Schema.flag(), "Whether it is limited to some providers.")
            .required("address", Schema.text(), "The client's address at the log-in.")
            .required("since", Schema.time(), "When it began.")
            .required("last_seen_at", Schema.time(), "When its last request came.");
    private static final Schema ONE = Schema.keyed(SHOWN.named("Session"), KEY);
    private static final Schema END = Schema.closed()
            .optional(
                    "subject",
                    Schema.text(1, LONGEST_SUBJECT),
                    "Whose sessions to end, as in the list; without it, the caller's own.");
    private static final Schema LINK = Schema.object()
            .required("path", Schema.text(), "The page that takes the code.")
            .required("code", Schema.text(), "The code, shown this once: write it behind #code= in the link.")
            .required("expires_at", Schema.time(), "When the code ends; it also ends when it is used.");

    private final DashboardAccess access;
    private final AuditLog audit;

    /** Creates the resource. */
    public SessionResource(DashboardAccess access, AuditLog audit) {
        this.access = access;
        this.audit = audit;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                                "/admin/sessions",
                                "listSessions",
                                "Lists the sessions of the dashboard on this runner: the caller's own, and with the right"
                                        + " token_manage those of others.",
                                null,
                                Reach.filtered(),
                                this::list)
                        .paged()
                        .answering(200, "The sessions, the one that was used last first.", Schema.page(ONE)),
                Endpoint.delete(
                                "/admin/sessions/{session}",
                                "endSession",
                                "Ends a session of the dashboard at once.",
                                null,
                                Reach.filtered(),
                                this::end)
                        .answering(204, "The session was ended."),
                Endpoint.post(
                                "/admin/sessions/end",
                                "endSessionsEverywhere",
                                "Ends all sessions of a subject on every runner.",
                                null,
                                Reach.filtered(),
                                this::endEverywhere)
                        .maybeTaking(END)
                        .answering(
                                200,
                                "They are ended, or will be as soon as the other runners learn of it.",
                                Schema.object()
                                        .required("subject", Schema.text(), "Whose sessions were ended.")
                                        .required("here", Schema.whole(0), "How many of them were on this runner.")),
                Endpoint.post(
                                "/admin/login-links",
                                "createLoginLink",
                                "Makes a code that logs in to the dashboard of this runner once, within a minute, with"
                                        + " the caller's rights.",
                                null,
                                Reach.everybody(),
                                this::link)
                        .answering(201, "The code.", LINK));
    }

    private Answer list(Call call) {
        return Answer.ok(call.page(
                access.ends().sessions().live().stream()
                        .filter(session -> visible(call.caller(), session))
                        .toList(),
                session -> shown(call.caller(), session)));
    }

    private static ObjectNode shown(Caller caller, Live session) {
        ObjectNode node = Json.object();
        node.put("id", session.id());
        node.put("subject", session.subject());
        node.put("name", session.caller().actor().name());
        node.put("own", own(caller, session));
        session.caller().roles().stream()
                .sorted()
                .forEach(role -> node.withArray("roles").add(role.text()));
        node.put("limited", !session.caller().scope().everything());
        node.put("address", session.address());
        Json.put(node, "since", session.since());
        Json.put(node, "last_seen_at", session.lastSeen());
        return Json.keyed("/sessions/" + session.id(), node);
    }

    private static boolean visible(Caller caller, Live session) {
        Caller other = session.caller();
        return own(caller, session)
                || (caller.may(Right.TOKEN_MANAGE)
                        && caller.scope().covers(other.scope())
                        && caller.rights().containsAll(other.rights()));
    }

    /** Returns whether a session is one of the caller: of the same token, or of the same name without a token. */
    private static boolean own(Caller caller, Live session) {
        String token = caller.actor().tokenId();
        return token == null
                ? session.caller().actor().tokenId() == null
                        && session.caller().actor().name().equals(caller.actor().name())
                : token.equals(session.caller().actor().tokenId());
    }

    private @Nullable Live find(Call call) {
        return access.ends().sessions().live().stream()
                .filter(session -> session.id().equals(call.variable("session")))
                .filter(session -> visible(call.caller(), session))
                .findFirst()
                .orElse(null);
    }

    private Answer end(Call call) throws StoreException {
        Live session = find(call);
        if (session == null) {
            throw AdminProblemException.notFound("there is no such session that you may end");
        }
        audit.record(AuditEvent.done(EventCode.SESSION_END, call.caller().actor(), session.subject())
                .in(call.requestId())
                .withMessage("one session of " + session.caller().actor().name()));
        boolean _ = access.ends().sessions().end(session.id());
        return Answer.noContent();
    }

    private Answer endEverywhere(Call call) throws StoreException {
        String subject = subject(call);
        if (!mayEnd(call.caller(), subject)) {
            throw AdminProblemException.forbidden(
                    "subject: without the right token_manage you end your own sessions only");
        }
        int here = access.ends()
                .endEverywhere(
                        subject,
                        AuditEvent.done(EventCode.SESSION_END, call.caller().actor(), subject)
                                .in(call.requestId())
                                .withMessage("all sessions on every runner"));
        return Answer.ok(Json.object().put("subject", subject).put("here", here));
    }

    /** Returns whether a caller may end all sessions of a subject, which may have sessions on other runners only. */
    private boolean mayEnd(Caller caller, String subject) {
        if (subject.equals(subject(caller))
                || (caller.may(Right.TOKEN_MANAGE) && caller.scope().everything())) {
            return true;
        }
        List<Live> sessions = access.ends().sessions().live().stream()
                .filter(session -> session.subject().equals(subject))
                .toList();
        return !sessions.isEmpty() && sessions.stream().allMatch(session -> visible(caller, session));
    }

    private String subject(Call call) {
        ObjectNode body = call.body();
        String named = body == null ? null : Json.text(body, "subject");
        return named == null ? subject(call.caller()) : named;
    }

    /** Returns the subject of a caller's own sessions. */
    private String subject(Caller caller) {
        String token = caller.actor().tokenId();
        if (token != null) {
            return "token/" + token;
        }
        return access.ends().sessions().live().stream()
                .filter(session -> own(caller, session))
                .map(Live::subject)
                .findFirst()
                .orElse("command/" + caller.actor().name());
    }

    private Answer link(Call call) {
        if (call.caller().actor().source().equals("dashboard")) {
            // Otherwise a session could outlive its own end.
            throw AdminProblemException.forbidden("a session of the dashboard cannot make a link; use a token for it");
        }
        OneTimeTable.Made made = access.links().make(call.caller());
        audit.recordSoon(AuditEvent.done(EventCode.LOGIN_LINK, call.caller().actor(), subject(call.caller()))
                .in(call.requestId()));
        try (Secret code = made.text()) {
            ObjectNode node = Json.object().put("path", "/dashboard/login/link").put("code", code.reveal());
            Json.put(node, "expires_at", made.until());
            return Answer.of(201, node);
        }
    }
}
