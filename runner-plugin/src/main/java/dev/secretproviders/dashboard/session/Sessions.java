package dev.secretproviders.dashboard.session;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.session.LiveSessions;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.Sha256;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of this runner, in memory. Only the SHA-256 of each id is kept. Their number is bounded. Thread-safe, and
 * never blocks for I/O.
 */
public final class Sessions implements LiveSessions {
    /** The most sessions of one log-in; a further one ends the one that was idle for longest. */
    static final int MOST_OF_ONE = 16;

    static final int MOST = 1_000;
    private static final int ID_BYTES = 32;

    private final SessionSettings settings;
    private final InstantSource clock;
    private final Map<String, Session> sessions = new HashMap<>();

    /**
     * A session that began.
     *
     * @param id for the cookie; the receiver closes it
     */
    public record Begun(Session session, Secret id) {}

    /** A session and its caller, with the rights of now. */
    public record Current(Session session, Caller caller) {}

    /** Creates an empty table. */
    public Sessions(SessionSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Begins a session with a new id. Returns null if there are too many sessions of others.
     *
     * @param address the client's address
     */
    public synchronized @Nullable Begun begin(Identity identity, String address) {
        Instant now = clock.instant();
        sessions.values().removeIf(session -> ended(session, now));
        List<Session> own = of(identity.key());
        if (own.size() >= MOST_OF_ONE) {
            Session idlest =
                    own.stream().min(Comparator.comparing(Session::lastSeen)).orElseThrow();
            sessions.values().remove(idlest);
        }
        if (sessions.size() >= MOST) {
            return null;
        }
        Secret id = RandomSecrets.text(ID_BYTES);
        try (Secret csrf = RandomSecrets.bytes(ID_BYTES)) {
            String handle = RandomSecrets.bytes(6).use(bytes -> HexFormat.of().formatHex(bytes));
            Session session = new Session(handle, identity, address, now, csrf);
            sessions.put(digest(id.reveal()), session);
            return new Begun(session, id);
        }
    }

    /**
     * Returns the session with an id, and its caller as of now. Null if there is none, or if it ended: it was idle for too
     * long, is too old, or what was used to log in is not valid any more.
     */
    public @Nullable Current find(@Nullable String id, String address) {
        return find(id, address, true);
    }

    /**
     * Returns the session with an id as above.
     *
     * @param counts whether a person uses it, as opposed to a page that updates by itself
     */
    public @Nullable Current find(@Nullable String id, String address, boolean counts) {
        if (id == null) {
            return null;
        }
        String key = digest(id);
        Session session;
        synchronized (this) {
            Instant now = clock.instant();
            session = sessions.get(key);
            if (session == null) {
                return null;
            }
            if (ended(session, now)) {
                sessions.remove(key);
                return null;
            }
            if (counts) {
                session.seen(now);
            }
        }
        Caller caller = session.identity().caller(address);
        if (caller == null) {
            end(session);
            return null;
        }
        return new Current(session, caller);
    }

    /** Returns whether a session still lasts, without counting as its use. */
    public boolean lasts(Session session) {
        synchronized (this) {
            if (!sessions.containsValue(session) || ended(session, clock.instant())) {
                return false;
            }
        }
        return session.identity().listed(session.address()) != null;
    }

    /** Ends a session. */
    public synchronized void end(Session session) {
        sessions.values().remove(session);
    }

    @Override
    public boolean end(String handle) {
        return endAll(session -> session.handle().equals(handle)) > 0;
    }

    @Override
    public int endAllOf(String subject, Instant before) {
        return endAll(session ->
                session.identity().key().equals(subject) && !session.since().isAfter(before));
    }

    @Override
    public List<Live> live() {
        List<Live> live = new ArrayList<>();
        for (Session session : all()) {
            Caller caller = session.identity().listed(session.address());
            if (caller != null) {
                live.add(new Live(
                        session.handle(),
                        session.identity().key(),
                        caller,
                        session.address(),
                        session.since(),
                        session.lastSeen()));
            }
        }
        return live;
    }

    /** Ends all sessions on this runner for which this holds. Returns how many there were. */
    public synchronized int endAll(Predicate<Session> which) {
        int before = sessions.size();
        sessions.values().removeIf(which);
        return before - sessions.size();
    }

    /** Returns the sessions, the one that was used last first. */
    public synchronized List<Session> all() {
        Instant now = clock.instant();
        return sessions.values().stream()
                .filter(session -> !ended(session, now))
                .sorted(Comparator.comparing(Session::lastSeen).reversed())
                .toList();
    }

    private List<Session> of(String key) {
        return sessions.values().stream()
                .filter(session -> session.identity().key().equals(key))
                .toList();
    }

    private boolean ended(Session session, Instant now) {
        return !now.isBefore(session.lastSeen().plus(settings.idle()))
                || !now.isBefore(session.since().plus(settings.absolute()));
    }

    private static String digest(String id) {
        return HexFormat.of().formatHex(Sha256.of(id.getBytes(StandardCharsets.UTF_8)));
    }
}
