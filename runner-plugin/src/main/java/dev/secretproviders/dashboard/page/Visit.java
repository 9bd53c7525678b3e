package dev.secretproviders.dashboard.page;

import dev.secretproviders.admin.AdminCalls;
import dev.secretproviders.admin.AdminRequest;
import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.dashboard.session.Session;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One request of a user who is logged in. Its caller has the rights of this moment. All data and all changes go through
 * the Admin API, which checks and records them as it does over HTTP. Controllers take it as a parameter, and templates have
 * it as {@code visit}.
 */
public final class Visit {
    private final Session session;
    private final Caller caller;
    private final AdminCalls calls;
    private final List<Room> rooms;
    private final boolean whole;
    private final String id = UUID.randomUUID().toString();

    /**
     * Begins a visit.
     *
     * @param rooms all areas, in their order
     * @param whole whether the browser shows the whole page, not a part of it
     */
    public Visit(Session session, Caller caller, AdminCalls calls, List<Room> rooms, boolean whole) {
        this.session = session;
        this.caller = caller;
        this.calls = calls;
        this.rooms = rooms;
        this.whole = whole;
    }

    /** Reads from the Admin API. */
    public Reply get(String path) {
        return get(path, Map.of());
    }

    /** Reads from the Admin API with query parameters, which are not encoded yet. Empty ones are left out. */
    public Reply get(String path, Map<String, String> query) {
        return call("GET", path, query, null, Call.Conditions.NONE);
    }

    /**
     * Changes something through the Admin API.
     *
     * @param path built by {@link #path}
     */
    public Reply send(String method, String path, Map<String, String> query, @Nullable ObjectNode body) {
        return call(method, path, query, body, Call.Conditions.NONE);
    }

    /**
     * Changes an object, unless it was changed meanwhile.
     *
     * @param revision as {@link Reply#revision}; empty if the object must not exist yet
     */
    public Reply send(
            String method, String path, Map<String, String> query, @Nullable ObjectNode body, String revision) {
        Call.Conditions conditions =
                revision.isEmpty() ? new Call.Conditions(null, "*") : new Call.Conditions(revision, null);
        return call(method, path, query, body, conditions);
    }

    private Reply call(
            String method,
            String path,
            Map<String, String> query,
            @Nullable ObjectNode body,
            Call.Conditions conditions) {
        Map<String, String> given = new TreeMap<>(query);
        given.values().removeIf(String::isEmpty);
        AdminRequest request = new AdminRequest(id, method, path, AdminRequest.query(given), conditions);
        return Reply.of(calls.answer(caller, request, body));
    }

    /** Returns a path of the Admin API with names in percent-encoding. */
    public static String path(String start, String... names) {
        return AdminRequest.path(start, names);
    }

    /**
     * Returns whether the caller may make a call, by the very check that guards it. Pages show what it controls only then.
     */
    public boolean may(String method, String path) {
        return calls.may(caller, method, path);
    }

    /** Returns whether the caller has a right that an endpoint asks for in addition, such as {@link Right#FORCE}. */
    public boolean has(Right right) {
        return caller.may(right);
    }

    /** Returns the query parameters that an endpoint knows. */
    public Set<String> parameters(String path) {
        return calls.parameters("GET", path);
    }

    /** Returns the areas that the caller may see. */
    public List<Room> rooms() {
        return rooms.stream().filter(room -> may("GET", room.call())).toList();
    }

    /** Returns the session. */
    public Session session() {
        return session;
    }

    /** Returns the caller. */
    public Caller caller() {
        return caller;
    }

    /** Returns the name of the caller. */
    public String name() {
        return caller.name();
    }

    /** Returns the caller's roles in words. */
    public List<String> roles() {
        return caller.roles().stream()
                .sorted(Comparator.naturalOrder())
                .map(Role::text)
                .toList();
    }

    /** Returns whether the caller is limited to some providers. */
    public boolean limited() {
        return !caller.scope().everything();
    }

    /** Returns the hidden field of each form, which proves that it comes from this session. */
    public String proof() {
        return session.formProof();
    }

    /** Shows a message at the top of the next page. */
    public void done(String text) {
        session.notice(new Session.Notice("done", text));
    }

    /** Shows a warning at the top of the next page. */
    public void warn(String text) {
        session.notice(new Session.Notice("warning", text));
    }

    /** Shows an error at the top of the next page. */
    public void failed(String text) {
        session.notice(new Session.Notice("failed", text));
    }

    /** Returns the message for this page, once. Null for none, and for a part of a page. */
    public Session.@Nullable Notice notice() {
        return whole ? session.takeNotice() : null;
    }
}
