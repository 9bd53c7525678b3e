package dev.secretproviders.admin.session;

import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import java.time.InstantSource;

/** How the Admin API and the dashboard know each other: the sessions of this runner, and links that log in. Thread-safe. */
public final class DashboardAccess implements AutoCloseable {
    private final SessionEnds ends;
    private final LoginLinks links;

    /** Creates it; {@link #start} follows the store. */
    public DashboardAccess(Store store, AuditLog audit, InstantSource clock) {
        this.ends = new SessionEnds(store, audit, clock);
        this.links = new LoginLinks(clock);
    }

    /** Begins to end the sessions that other runners end. Blocks for I/O. */
    public void start() throws StoreException {
        ends.start();
    }

    /** Makes these the sessions that the Admin API lists and ends. */
    public void serve(LiveSessions sessions) {
        ends.apply(sessions);
    }

    /** Returns the links that log in. */
    public LoginLinks links() {
        return links;
    }

    SessionEnds ends() {
        return ends;
    }

    @Override
    public void close() {
        ends.close();
    }
}
