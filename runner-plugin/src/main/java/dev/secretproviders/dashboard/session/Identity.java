package dev.secretproviders.dashboard.session;

import dev.secretproviders.admin.access.Caller;
import org.jspecify.annotations.Nullable;

/**
 * Who logged in, and with what. A session asks it again at each request, so that a change of the rights is in force at
 * once. Implementations are thread-safe and do not block.
 */
public interface Identity {
    /**
     * Returns a stable name of what was used to log in, such as {@code token/0a1b2c}. "Log out everywhere" ends all sessions
     * with the same key. The audit log shows it.
     */
    String key();

    /**
     * Returns the caller with the rights of now, or null if there is none any more: the session then ends.
     *
     * @param address the client's address, for the audit log
     */
    @Nullable
    Caller caller(String address);

    /** Returns the same for a list of sessions, which is no use of what was used to log in. */
    default @Nullable Caller listed(String address) {
        return caller(address);
    }
}
