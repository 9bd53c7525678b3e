package dev.secretproviders.admin.token;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.spi.Secret;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who calls, by the token in {@code X-API-KEY} or {@code Authorization: Bearer}; a local caller needs none. Answers to wrong tokens are held back,
 * longer with each from the same address; a valid token never waits, so that nobody can be shut out by somebody who guesses.
 */
public final class Authenticator implements AutoCloseable {
    private static final long FIRST_DELAY = 100;
    private static final long LONGEST_DELAY = 5_000;
    /** Requests held back at a time; beyond that they are refused at once, so that they cannot use up all threads. */
    private static final int MOST_HELD = 32;

    private static final int MOST_ADDRESSES = 10_000;
    private static final long FORGIVEN_AFTER = Duration.ofMinutes(15).toNanos();
    private static final long SAY_LOGIN_EVERY = Duration.ofHours(1).toNanos();

    private final Tokens tokens;
    private final AuditLog audit;
    private final WrongTokens wrong;
    private final Semaphore held = new Semaphore(MOST_HELD);
    private final Map<String, Failures> failures = new ConcurrentHashMap<>();
    private final Map<String, Long> saidLogins = new ConcurrentHashMap<>();

    private record Failures(int count, long last) {}

    /** Why a call is refused. */
    public record Refusal(
            int status, String message, @Nullable String retryAfter) implements Result {}

    /** Who calls, or why that is not known. */
    public sealed interface Result permits Refusal, Known {}

    /** Somebody with a valid token. */
    public record Known(Caller caller) implements Result {}

    public Authenticator(Tokens tokens, AuditLog audit) {
        this.tokens = tokens;
        this.audit = audit;
        this.wrong = new WrongTokens(audit::recordSoon, System::nanoTime);
    }

    public Result authenticate(HttpServletRequest request) throws InterruptedException {
        // No client can set an attribute, only the connector that the call came in by.
        if (request.getAttribute(Caller.LOCAL) instanceof Actor local) {
            Caller caller = new Caller(local, Set.of(Role.ADMIN), Scope.ALL);
            sayLogin(caller, "command socket");
            return new Known(caller);
        }
        String address = request.getRemoteAddr();
        String text = presented(request);
        if (text == null) {
            return new Refusal(401, "a token is needed in the header X-API-KEY", null);
        }
        try (Secret token = Secret.ofUtf8(text)) {
            Caller caller = tokens.find(token, address);
            if (caller != null) {
                sayLogin(caller, "token/" + caller.actor().tokenId());
                return new Known(caller);
            }
        }
        return failed(address);
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

    private void sayLogin(Caller caller, String by) {
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
        // Before it is held back, so that a stop meanwhile does not lose it.
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
            Thread.sleep(Math.min(LONGEST_DELAY, FIRST_DELAY << Math.min(10, known.count() - 1)));
        } finally {
            held.release();
        }
        return new Refusal(401, "the token is not known, or expired", null);
    }

    /** Records what was counted. */
    @Override
    public void close() {
        wrong.close();
    }
}
