package dev.secretproviders.admin.session;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.audit.Actor;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Sessions that a test names. */
public final class TestSessions implements LiveSessions {
    private final List<Live> sessions = new CopyOnWriteArrayList<>();

    /** Returns the ids of the sessions that are left. */
    public List<String> ids() {
        return sessions.stream().map(Live::id).toList();
    }

    /** Adds a session that began just now. */
    public void add(String id, String subject, @Nullable String tokenId, String name, Role role, Scope scope) {
        Instant now = Instant.now();
        Actor actor = new Actor(tokenId, name, "dashboard", "192.0.2.7");
        sessions.add(new Live(id, subject, new Caller(actor, Set.of(role), scope), "192.0.2.7", now, now));
    }

    @Override
    public List<Live> live() {
        return List.copyOf(sessions);
    }

    @Override
    public boolean end(String id) {
        return sessions.removeIf(session -> session.id().equals(id));
    }

    @Override
    public int endAllOf(String subject, Instant before) {
        int size = sessions.size();
        sessions.removeIf(
                session -> session.subject().equals(subject) && !session.since().isAfter(before));
        return size - sessions.size();
    }
}
