package dev.secretproviders.dashboard.audit;

import dev.secretproviders.admin.AdminRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a reader of the audit log looks for. Immutable.
 *
 * @param given the fields of the form that are filled in
 */
record AuditFilter(Map<String, String> given) {
    static final String BASE = "/dashboard/audit";
    private static final String CURSOR = "cursor";
    private static final List<String> FIELDS = List.of("from", "to", "actor", "object", "action", "success", CURSOR);
    /** What a browser sends for a field with a date and a time. */
    private static final Pattern LOCAL = Pattern.compile("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?");

    AuditFilter {
        given = Map.copyOf(given);
    }

    static AuditFilter of(HttpServletRequest request) {
        Map<String, String> given = new LinkedHashMap<>();
        for (String field : FIELDS) {
            String value = request.getParameter(field);
            if (value != null && !value.isBlank()) {
                given.put(field, value.strip());
            }
        }
        return new AuditFilter(given);
    }

    /** Returns the parameters of the Admin API. Times without a zone are in UTC, as the form says. */
    Map<String, String> parameters() {
        Map<String, String> all = new TreeMap<>(given);
        for (String field : List.of("from", "to")) {
            all.computeIfPresent(field, (_, time) -> LOCAL.matcher(time).matches() ? withSeconds(time) + "Z" : time);
        }
        return all;
    }

    private static String withSeconds(String time) {
        return time.length() == "2027-01-31T00:00".length() ? time + ":00" : time;
    }

    /** Returns the value of a field, empty if it is not filled in. */
    public String value(String field) {
        return given.getOrDefault(field, "");
    }

    /** Returns whether anything limits the records. */
    public boolean filtered() {
        return given.keySet().stream().anyMatch(field -> !field.equals(CURSOR));
    }

    /** Returns whether this is not the newest page. */
    public boolean later() {
        return given.containsKey(CURSOR);
    }

    /** Returns the link to the newest page. */
    public String newest() {
        return link(BASE, "");
    }

    /** Returns the link to the page at a cursor. */
    public String older(String cursor) {
        return link(BASE, cursor);
    }

    /** Returns the link to the export of all records that match. */
    public String export(String format) {
        Map<String, String> all = without();
        all.put("format", format);
        return BASE + "/export?" + AdminRequest.query(all);
    }

    private String link(String path, String cursor) {
        Map<String, String> all = without();
        if (!cursor.isEmpty()) {
            all.put(CURSOR, cursor);
        }
        String query = AdminRequest.query(all);
        return query == null ? path : path + "?" + query;
    }

    private Map<String, String> without() {
        Map<String, String> all = new TreeMap<>(given);
        all.remove(CURSOR);
        return all;
    }
}
