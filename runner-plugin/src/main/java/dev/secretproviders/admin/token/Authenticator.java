package dev.secretproviders.admin.token;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.timing.Backoff;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates callers by the token in {@code X-API-KEY} or {@code Authorization: Bearer}. A local caller needs no
 * token. Answers to wrong tokens are delayed, longer with each from the same address. A valid token never waits, so an
 * attacker who guesses tokens cannot shut out other callers.
 */
public final class Authenticator implements AutoCloseable {
    private static final Backoff DELAYS = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));
    /**
     * The most delayed requests at a time. Further ones are refused at once, so that they cannot use up all threads.
     */
    private static final int MOST_HELD = 32;

    private static final int MOST_ADDRESSES = 10_000;
    private static final long FORGIVEN_AFTER = Duration.ofMinutes(15).toNanos();
    private static final long SAY_LOGIN_EVERY = Duration.ofHours(1).toNanos();

    private static final String DASHBOARD = "dashboard";

    private final Tokens tokens;
    private final AuditLog audit;
    private final WrongTokens wrong;
    private final WrongTokens wrongEvents;
    private final Semaphore held = new Semaphore(MOST_HELD);
    private final Map<String, Failures> failures = new ConcurrentHashMap<>();
    private final Map<String, Long> saidLogins = new ConcurrentHashMap<>();

    private record Failures(int count, long last) {}

    /** The reason for which a call is refused. */
    public record Refusal(
            int status, String message, @Nullable String retryAfter) implements Result {}

    /** The caller, or the reason for which there is none. */
    public sealed interface Result permits Refusal, Known {}

    /** A caller with a valid token, or a local caller. */
    public record Known(Caller caller) implements Result {}

    /** Creates the authenticator. {@link #close} ends its timer. */
    public Authenticator(Tokens tokens, AuditLog audit) {
        this.tokens = tokens;
        this.audit = audit;
        this.wrong = new WrongTokens("api", audit::recordSoon, System::nanoTime);
        this.wrongEvents = new WrongTokens("events", audit::recordSoon, System::nanoTime);
    }

    /** Returns the caller of a request, or the refusal. Blocks while it delays the answer to a wrong token. */
    public Result authenticate(HttpServletRequest request) throws InterruptedException {
        // No client can set an attribute. Only the connector that accepted the call can.
        if (request.getAttribute(Caller.LOCAL) instanceof Actor local) {
            Caller caller = new Caller(local, Set.of(Role.ADMIN), Scope.ALL);
            logLogin(caller, "command socket");
            return new Known(caller);
        }
        String address = request.getRemoteAddr();
        String text = presented(request);
        if (text == null) {
            return new Refusal(401, "a token is needed in the header X-API-KEY", null);
        }
        try (Secret token = Secret.ofUtf8(text)) {
            Caller caller = tokens.find(token, "api", address);
            if (caller != null) {
                logLogin(caller, "token/" + caller.actor().tokenId());
                return new Known(caller);
            }
        }
        return failed(address);
    }

    /**
     * Returns the caller who logs in to the dashboard with the text of a token, or the refusal. Blocks as {@link
     * #authenticate} does. The caller records a log-in that led to a session with {@link #recordLogIn}.
     */
    public Result logIn(Secret token, String address) throws InterruptedException {
        Caller caller = tokens.find(token, DASHBOARD, address);
        return caller == null ? failed(address) : new Known(caller);
    }

    /**
     * Returns the caller of a token that a session of the dashboard began with, as the token is now. Null if it was deleted
     * or expired. Reads memory only.
     */
    public @Nullable Caller logInAgain(String tokenId, String address) {
        return tokens.known(tokenId, DASHBOARD, address, true);
    }

    /** Returns the same as {@link #logInAgain}, for a list of sessions: this does not count as a use of the token. */
    public @Nullable Caller ofToken(String tokenId, String address) {
        return tokens.known(tokenId, DASHBOARD, address, false);
    }

    /**
     * Records that a session of the dashboard began.
     *
     * @param by how the caller was authenticated, such as {@code token/ab12}
     */
    public void recordLogIn(Caller caller, String by) {
        audit.recordSoon(AuditEvent.done(EventCode.LOGIN, caller.actor(), by).withMessage("a session began"));
    }

    /**
     * Records that a session of the dashboard ended because the caller said so.
     *
     * @param by how the caller was authenticated
     */
    public void recordLogOut(Caller caller, String by) {
        audit.recordSoon(AuditEvent.done(EventCode.LOGOUT, caller.actor(), by).withMessage("a session was ended"));
    }

    /**
     * Records that a user was authenticated and may still not log in.
     *
     * @param name who it is
     * @param by how they were authenticated
     */
    public void recordRefusedLogIn(String name, String by, String why, String address) {
        audit.recordSoon(AuditEvent.failed(EventCode.LOGIN, new Actor(null, name, DASHBOARD, address), by, why));
    }

    /**
     * Returns the refusal of a log-in with something else than a token that is not known. It is delayed and counted as a
     * wrong token.
     */
    public Refusal refuseLogIn(String address) throws InterruptedException {
        return failed(address);
    }

    /**
     * Counts, and records now and then, a pushed event whose token proves nothing. It neither delays nor counts for those
     * who log in from the same address. Never blocks.
     */
    public void countWrongEvent(String address) {
        wrongEvents.add(address);
    }

    private static @Nullable String presented(HttpServletRequest request) {
        String key = request.getHeader("X-API-KEY");
        if (key != null) {
            return key;
        }
        String authorization = request.getHeader("Authorization");
        return authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)
                ? authorization.substring(7).strip()
                : null;
    }

    private void logLogin(Caller caller, String by) {
        String id = by + "@" + caller.actor().name() + "@" + caller.actor().address();
        long now = System.nanoTime();
        Long said = saidLogins.get(id);
        if (said == null || now - said > SAY_LOGIN_EVERY) {
            if (saidLogins.size() > MOST_ADDRESSES) {
                saidLogins.clear();
            }
            saidLogins.put(id, now);
            audit.recordSoon(AuditEvent.done(EventCode.LOGIN, caller.actor(), by));
        }
    }

    private Refusal failed(String address) throws InterruptedException {
        // Counted before the delay, so that a stop meanwhile does not lose it.
        wrong.add(address);
        long now = System.nanoTime();
        if (failures.size() > MOST_ADDRESSES) {
            failures.clear();
        }
        Failures known = failures.merge(
                address,
                new Failures(1, now),
                (before, one) -> now - before.last() > FORGIVEN_AFTER ? one : new Failures(before.count() + 1, now));
        if (!held.tryAcquire()) {
            return new Refusal(429, "too many wrong tokens at a time", "5");
        }
        try {
            Thread.sleep(DELAYS.ceiling(known.count()));
        } finally {
            held.release();
        }
        return new Refusal(401, "the token is not known, or expired", null);
    }

    /** Records the wrong tokens that are counted and not yet recorded. */
    @Override
    public void close() {
        wrong.close();
        wrongEvents.close();
    }
}
