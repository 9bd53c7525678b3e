package dev.secretproviders.admin.session;

import dev.secretproviders.admin.access.Caller;
import java.time.Instant;
import java.util.List;

/** The sessions of the dashboard on this runner, in memory. Thread-safe; no method blocks for I/O. */
public interface LiveSessions {
    /** No session: what there is before the dashboard serves its first page. */
    LiveSessions NONE = new LiveSessions() {
        @Override
        public List<Live> live() {
            return List.of();
        }

        @Override
        public boolean end(String id) {
            return false;
        }

        @Override
        public int endAllOf(String subject, Instant before) {
            return 0;
        }
    };

    /**
     * One session.
     *
     * @param id its name in lists, which is of no use as a cookie
     * @param subject what was used to log in, such as {@code token/0a1b2c} or {@code openid/4711}
     * @param caller who it is, with the rights of now
     * @param address the client's address at the log-in
     * @param since when it began
     * @param lastSeen when its last request came
     */
    record Live(String id, String subject, Caller caller, String address, Instant since, Instant lastSeen) {}

    /** Returns the sessions, the one that was used last first. */
    List<Live> live();

    /** Ends a session, and returns whether there was one of that id. */
    boolean end(String id);

    /**
     * Ends the sessions of a subject that began before a time.
     *
     * @return how many there were
     */
    int endAllOf(String subject, Instant before);
}
