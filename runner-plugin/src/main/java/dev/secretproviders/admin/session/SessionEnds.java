package dev.secretproviders.admin.session;

import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.crypto.RuntimeSha256;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.ListWatch;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ends all sessions of a subject on every runner. An entry of the store says: sessions of this subject that began before
 * this time are ended. Each runner follows these entries. An entry is removed when no session can be that old.
 *
 * <p>Thread-safe. {@link #start} and {@link #endEverywhere} block for I/O.
 */
final class SessionEnds implements AutoCloseable {
    static final String PREFIX = "session-end/";

    /** Longer than any session may last. */
    private static final Duration KEPT = Duration.ofDays(8);

    private static final Logger LOG = LoggerFactory.getLogger(SessionEnds.class);
    /** Fewer than a transaction may change. */
    private static final int REMOVED_AT_ONCE = 50;

    private final Store store;
    private final AuditLog audit;
    private final InstantSource clock;
    private volatile LiveSessions sessions = LiveSessions.NONE;
    private @Nullable ListWatch watch;

    private record End(String subject, Instant before) {}

    SessionEnds(Store store, AuditLog audit, InstantSource clock) {
        this.store = store;
        this.audit = audit;
        this.clock = clock;
    }

    /** Makes these the sessions that are ended here. */
    void apply(LiveSessions live) {
        sessions = live;
    }

    LiveSessions sessions() {
        return sessions;
    }

    /** Begins to follow the store. */
    void start() throws StoreException {
        watch = ListWatch.start(store, Range.prefix(PREFIX), new ListWatch.Listener() {
            @Override
            public void listed(Listing listing) {
                for (Stored entry : listing.entries()) {
                    End end = read(entry);
                    if (end != null) {
                        int _ = sessions.endAllOf(end.subject(), end.before());
                    }
                }
            }

            @Override
            public void changed(List<Store.Change> changes) {
                for (Store.Change change : changes) {
                    End end = change.entry() == null ? null : read(change.entry());
                    if (end != null) {
                        // All that began before now: the clocks of runners differ.
                        int _ = sessions.endAllOf(end.subject(), later(end.before(), clock.instant()));
                    }
                }
            }

            @Override
            public void unreadable(StoreException cause) {
                LOG.warn(
                        "it is not known which sessions of the dashboard other runners ended: {}; trying again",
                        cause.getMessage());
            }
        });
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /**
     * Ends all sessions of a subject on every runner, together with the audit record. They are ended here before the call
     * returns.
     *
     * @return how many of them were on this runner
     */
    int endEverywhere(String subject, AuditEvent event) throws StoreException {
        Instant now = clock.instant();
        // Counted now, because the watch may end them before this thread does.
        int here = (int) sessions.live().stream()
                .filter(session -> session.subject().equals(subject))
                .count();
        ObjectNode end = Json.object().put("subject", subject).put("before", now.toString());
        String key = key(subject);
        Transaction change = Transaction.EMPTY.put(key, Json.MAPPER.writeValueAsBytes(end));
        int removed = 0;
        for (Stored old : store.list(PREFIX).entries()) {
            End known = read(old);
            if (!old.key().equals(key)
                    && removed < REMOVED_AT_ONCE
                    && (known == null || known.before().isBefore(now.minus(KEPT)))) {
                change = change.delete(old.key());
                removed++;
            }
        }
        if (audit.commit(change, event) instanceof CommitResult.Conflict) {
            throw new IllegalStateException("a change without a condition cannot conflict");
        }
        int _ = sessions.endAllOf(subject, now);
        return here;
    }

    private static @Nullable End read(Stored entry) {
        try {
            if (Json.MAPPER.readTree(entry.value()) instanceof ObjectNode node) {
                String subject = Json.text(node, "subject");
                String before = Json.text(node, "before");
                return subject == null || before == null ? null : new End(subject, Instant.parse(before));
            }
        } catch (JacksonException | DateTimeException e) {
            LOG.warn("{} in the store does not say which sessions are ended", entry.key());
        }
        return null;
    }

    /** Returns the key of a subject, whose own text may have any characters. */
    private static String key(String subject) {
        return PREFIX + RuntimeSha256.hex(subject);
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
    }
}
