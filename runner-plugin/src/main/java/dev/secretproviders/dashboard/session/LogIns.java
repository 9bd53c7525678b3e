package dev.secretproviders.dashboard.session;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.token.Authenticator;
import dev.secretproviders.spi.Secret;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** Begins and ends the sessions of browsers, with their cookies and audit records. Thread-safe. */
public final class LogIns {
    private final Sessions sessions;

    /** Creates it for the sessions of this runner. */
    public LogIns(Sessions sessions) {
        this.sessions = sessions;
    }

    /**
     * Begins a session with a new id for a user who was authenticated just now, and ends the one that the browser had.
     *
     * @return false if there are too many sessions
     */
    public boolean begin(
            Authenticator authenticator,
            Identity identity,
            Caller caller,
            HttpServletRequest request,
            HttpServletResponse response) {
        Sessions.Current before = sessions.find(SessionCookie.of(request), request.getRemoteAddr());
        if (before != null) {
            sessions.end(before.session());
        }
        Sessions.Begun begun = sessions.begin(identity, request.getRemoteAddr());
        if (begun == null) {
            return false;
        }
        try (Secret id = begun.id()) {
            SessionCookie.set(request, response, id);
        }
        authenticator.recordLogIn(caller, identity.key());
        return true;
    }

    /** Ends a session. */
    public void end(
            Authenticator authenticator,
            Sessions.Current current,
            HttpServletRequest request,
            HttpServletResponse response) {
        sessions.end(current.session());
        authenticator.recordLogOut(
                current.caller(), current.session().identity().key());
        SessionCookie.remove(request, response);
    }
}
