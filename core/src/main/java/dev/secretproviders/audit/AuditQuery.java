package dev.secretproviders.audit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Selects records of the log. A null component selects all. Immutable.
 *
 * @param from the start of the time span, inclusive
 * @param to the end of the time span, exclusive
 * @param actor the id or the name of a token
 * @param object the object of the action; with {@code *} at the end, all objects with this prefix
 * @param action an event code; with {@code .} or {@code *} at the end, all codes with this prefix
 * @param success whether the action was done
 * @param cursor the end of the previous page, from {@link AuditLog.Page#next}
 * @param limit the maximum number of records, from 1 to {@value #MOST}
 */
public record AuditQuery(
        @Nullable Instant from,
        @Nullable Instant to,
        @Nullable String actor,
        @Nullable String object,
        @Nullable String action,
        @Nullable Boolean success,
        @Nullable String cursor,
        int limit) {
    /** The maximum number of records of one page. */
    public static final int MOST = 1_000;

    private static final int USUAL = 100;
    /** The log has no times outside these bounds, which leave room for arithmetic. */
    private static final Instant FIRST_TIME = Instant.parse("0000-01-01T00:00:00Z");

    private static final Instant LAST_TIME = Instant.parse("9999-12-31T23:59:59Z");

    /**
     * Checks times, limit and cursor.
     *
     * @throws IllegalArgumentException if one is invalid; the message names the parameter and may be shown
     */
    public AuditQuery {
        check("from", from);
        check("to", to);
        if (limit < 1 || limit > MOST) {
            throw new IllegalArgumentException("limit: expected a whole number from 1 to " + MOST);
        }
        if (cursor != null && !cursor.matches("[1-9]\\d{0,17}")) {
            throw new IllegalArgumentException("cursor: expected the value of next of a previous page");
        }
    }

    private static void check(String name, @Nullable Instant time) {
        if (time != null && (time.isBefore(FIRST_TIME) || time.isAfter(LAST_TIME))) {
            throw new IllegalArgumentException(name + ": expected a time from year 0 to 9999");
        }
    }

    /** Returns the query for the newest records of any kind. */
    public static AuditQuery all() {
        return new AuditQuery(null, null, null, null, null, null, null, USUAL);
    }

    /** Returns this query for a span of time. */
    public AuditQuery between(@Nullable Instant from, @Nullable Instant to) {
        return new AuditQuery(from, to, actor, object, action, success, cursor, limit);
    }

    /** Returns this query for the actions of one token. */
    public AuditQuery by(@Nullable String actor) {
        return new AuditQuery(from, to, actor, object, action, success, cursor, limit);
    }

    /** Returns this query for actions on an object. */
    public AuditQuery about(@Nullable String object) {
        return new AuditQuery(from, to, actor, object, action, success, cursor, limit);
    }

    /** Returns this query for one kind of events. */
    public AuditQuery doing(@Nullable String action) {
        return new AuditQuery(from, to, actor, object, action, success, cursor, limit);
    }

    /** Returns this query for actions that were done, or for those that failed. */
    public AuditQuery succeeding(@Nullable Boolean success) {
        return new AuditQuery(from, to, actor, object, action, success, cursor, limit);
    }

    /** Returns this query for the page that begins at the cursor. */
    public AuditQuery after(@Nullable String cursor) {
        return new AuditQuery(from, to, actor, object, action, success, cursor, limit);
    }

    /** Returns this query for pages of another size. */
    public AuditQuery limitedTo(int limit) {
        return new AuditQuery(from, to, actor, object, action, success, cursor, limit);
    }

    /** Returns whether a record matches. A damaged record always does, because its content is unknown. */
    boolean matches(AuditRecord record) {
        Instant time = record.time();
        if (record.damaged() || time == null) {
            return true;
        }
        return (from == null || !time.isBefore(from))
                && (to == null || time.isBefore(to))
                && (actor == null || actor.equals(record.operator("id")) || actor.equals(record.operator("name")))
                && (object == null || matches(object, record.object(), false))
                && (action == null || matches(action, record.code(), action.endsWith(".")))
                && (success == null || success == record.success());
    }

    private static boolean matches(String wanted, String text, boolean prefix) {
        if (wanted.endsWith("*")) {
            return text.startsWith(wanted.substring(0, wanted.length() - 1));
        }
        return prefix ? text.startsWith(wanted) : text.equals(wanted);
    }

    /** Returns the place before which the page begins. */
    long before() {
        return cursor == null ? Long.MAX_VALUE : Long.parseLong(cursor);
    }
}
