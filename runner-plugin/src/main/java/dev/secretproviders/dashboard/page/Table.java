package dev.secretproviders.dashboard.page;

import dev.secretproviders.admin.AdminRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list of the Admin API. The Admin API searches, filters, sorts and pages; the query parameters of the page
 * are those of its endpoint. Those that the endpoint does not know are ignored.
 *
 * @param reply what the endpoint answered
 * @param base the path of the page with the table
 * @param query the parameters in force
 * @param known the parameters that the endpoint knows
 */
public record Table(Reply reply, String base, Map<String, String> query, Set<String> known) {
    private static final String PAGE = "page";
    private static final String SIZE = "page_size";
    private static final String SORT = "sort";
    private static final int ROWS = 50;

    /** Reads the page of a list that a request asks for. */
    public static Table of(Visit visit, HttpServletRequest request, String path) {
        return of(visit, request, path, Map.of());
    }

    /**
     * Reads the page of a list that a request asks for.
     *
     * @param fixed parameters that the page sets itself
     */
    public static Table of(Visit visit, HttpServletRequest request, String path, Map<String, String> fixed) {
        Set<String> known = visit.parameters(path);
        Map<String, String> query = new LinkedHashMap<>();
        for (String name : known) {
            String value = request.getParameter(name);
            if (value != null && !value.isBlank() && !fixed.containsKey(name)) {
                query.put(name, value.strip());
            }
        }
        Map<String, String> all = new TreeMap<>(query);
        all.putAll(fixed);
        if (known.contains(SIZE)) {
            all.putIfAbsent(SIZE, Integer.toString(ROWS));
        }
        return new Table(visit.get(path, all), request.getRequestURI(), query, known);
    }

    /** Returns the rows. Empty if the call failed; {@link #error} then says why. */
    public List<Item> rows() {
        return reply.body().items("list");
    }

    /** Returns why there are no rows, empty if the call succeeded. */
    public String error() {
        return reply.error();
    }

    /** Returns the number of rows on all pages. */
    public long total() {
        return reply.body().whole("total");
    }

    /** Returns the value of a parameter, empty if it is not in force. */
    public String value(String parameter) {
        return query.getOrDefault(parameter, "");
    }

    /** Returns whether the endpoint knows a parameter, so that the page may offer it. */
    public boolean knows(String parameter) {
        return known.contains(parameter);
    }

    /** Returns whether anything limits the rows. An empty table then means that nothing was found. */
    public boolean filtered() {
        return query.keySet().stream().anyMatch(name -> !name.equals(PAGE) && !name.equals(SIZE) && !name.equals(SORT));
    }

    /** Returns the number of this page, from 1. */
    public int page() {
        try {
            return Math.max(1, Integer.parseInt(value(PAGE)));
        } catch (NumberFormatException e) {
            return 1;
        }
    }

    private int size() {
        try {
            return Math.max(1, Integer.parseInt(query.getOrDefault(SIZE, Integer.toString(ROWS))));
        } catch (NumberFormatException e) {
            return ROWS;
        }
    }

    /** Returns the number of pages, at least 1. */
    public long pages() {
        return Math.max(1, (total() + size() - 1) / size());
    }

    /** Returns the number of the first row on this page, 0 if there is none. */
    public long first() {
        return rows().isEmpty() ? 0 : (page() - 1L) * size() + 1;
    }

    /** Returns the number of the last row on this page. */
    public long last() {
        return rows().isEmpty() ? 0 : first() + rows().size() - 1;
    }

    /** Returns the link to the page before, or null. */
    public @Nullable String before() {
        return page() > 1 ? with(PAGE, Integer.toString(page() - 1)) : null;
    }

    /** Returns the link to the next page, or null. */
    public @Nullable String next() {
        return page() < pages() ? with(PAGE, Integer.toString(page() + 1)) : null;
    }

    /** Returns the link that sorts by a column: ascending first, then descending. */
    public String sortedBy(String column) {
        return with(SORT, value(SORT).equals(column) ? "-" + column : column);
    }

    /** Returns {@code ascending}, {@code descending} or null, for {@code aria-sort}. */
    public @Nullable String order(String column) {
        String sort = value(SORT);
        return sort.equals(column) ? "ascending" : sort.equals("-" + column) ? "descending" : null;
    }

    /** Returns the link with another value of a parameter. Another filter or order begins at the first page. */
    public String with(String parameter, String value) {
        Map<String, String> all = new LinkedHashMap<>(query);
        all.remove(PAGE);
        all.put(parameter, value);
        all.values().removeIf(String::isEmpty);
        String text = AdminRequest.query(all);
        return text == null ? base : base + "?" + text;
    }

    /** Returns the link to exactly this page. */
    public String here() {
        return with(PAGE, value(PAGE));
    }
}
