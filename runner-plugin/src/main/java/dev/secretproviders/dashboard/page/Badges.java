package dev.secretproviders.dashboard.page;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** How words of the Admin API look on a page: the colour, the icon and the text of a state. Templates call it. */
public final class Badges {
    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    /** Returns {@code good}, {@code warn}, {@code bad} or {@code off}. A word that is not known is {@code off}. */
    public String kind(String state) {
        return switch (state) {
            case "up",
                    "ok",
                    "resolved",
                    "valid",
                    "closed",
                    "active",
                    "done",
                    "fresh",
                    "refreshing",
                    "imported",
                    "updated" -> "good";
            case "found", "unchanged", "checked", "used", "in_force" -> "good";
            case "stale", "half_open", "degraded", "warning", "medium", "overlap", "soon", "loading" -> "warn";
            case "pending", "contested", "not_yet" -> "warn";
            case "refused", "not_ours", "not_written" -> "bad";
            case "used_previous", "throttled", "dropped", "behind" -> "warn";
            case "gone", "unavailable", "timeout", "authentication", "permission", "invalid_answer", "configuration" ->
                "bad";
            case "down",
                    "unreadable",
                    "unauthenticated",
                    "invalid",
                    "open",
                    "failed",
                    "negative",
                    "malformed",
                    "unknown_provider",
                    "missing",
                    "denied",
                    "revoked",
                    "expired",
                    "broken",
                    "unresolved",
                    "silent",
                    "critical",
                    "high",
                    "error" -> "bad";
            default -> "off";
        };
    }

    /** Returns the icon of a state, so that no colour is needed to tell it. */
    public String icon(String state) {
        return switch (kind(state)) {
            case "good" -> "good";
            case "warn" -> "warning";
            case "bad" -> "bad";
            default -> "off";
        };
    }

    /** Returns a state as a word. */
    public String text(String state) {
        return state.isEmpty() ? "not known" : state.replace('_', ' ');
    }

    /** Returns a time in UTC. */
    public String utc(Instant at) {
        return UTC.format(at);
    }
}
