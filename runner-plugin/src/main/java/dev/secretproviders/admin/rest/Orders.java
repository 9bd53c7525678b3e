package dev.secretproviders.admin.rest;

import dev.secretproviders.settings.Spelling;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields by which a list can be sorted. The caller names one in the query, as {@code sort=name}, or as {@code sort=-name}
 * for the reverse order. Rows without a value come last in both. Immutable.
 *
 * @param <T> a row of the list
 */
public final class Orders<T> {
    /** The query parameter. */
    static final String PARAMETER = "sort";

    private final Map<String, Comparator<T>> comparators;

    private Orders(Map<String, Comparator<T>> comparators) {
        this.comparators = comparators;
    }

    /** Returns the orders of a list that cannot be sorted yet; add fields with {@link #by}. */
    public static <T> Orders<T> of() {
        return new Orders<>(Map.of());
    }

    /**
     * Returns these orders with one more field.
     *
     * @param value returns the value of the field in a row, or null if the row has none; must be cheap
     */
    public <C extends Comparable<? super C>> Orders<T> by(String field, Function<T, @Nullable C> value) {
        Map<String, Comparator<T>> more = new LinkedHashMap<>(comparators);
        more.put(field, (one, other) -> compare(value.apply(one), value.apply(other), false));
        more.put("-" + field, (one, other) -> compare(value.apply(one), value.apply(other), true));
        return new Orders<>(more);
    }

    private static <C extends Comparable<? super C>> int compare(
            @Nullable C one, @Nullable C other, boolean descending) {
        if (one == null || other == null) {
            return Boolean.compare(one == null, other == null);
        }
        return descending ? other.compareTo(one) : one.compareTo(other);
    }

    /** Returns the values that the parameter may have. */
    List<String> choices() {
        return List.copyOf(comparators.keySet());
    }

    /** Returns whether the caller asks for an order by this field. */
    public static boolean asked(Call call, String field) {
        String sort = call.text(PARAMETER);
        return sort != null && (sort.equals(field) || sort.equals("-" + field));
    }

    /**
     * Checks the order and the page that the caller asks for, so that a list that takes long is not read in vain.
     *
     * @throws AdminProblemException 400 if the list cannot be sorted or paged in this way
     */
    public void check(Call call) {
        var _ = comparator(call);
        var _ = call.slice(List.of());
    }

    private @Nullable Comparator<T> comparator(Call call) {
        String sort = call.text(PARAMETER);
        Comparator<T> comparator = sort == null ? null : comparators.get(sort);
        if (sort != null && comparator == null) {
            throw unknown(PARAMETER, sort, comparators.keySet());
        }
        return comparator;
    }

    /**
     * Returns the page that the caller asks for, in the order that the caller asks for; without one, in the order of the rows. Rows
     * with equal values keep their order. Only the rows of the page are rendered.
     *
     * @param shown renders a row
     * @throws AdminProblemException 400 if the list cannot be sorted or paged in this way
     */
    public ObjectNode page(Call call, List<T> rows, Function<T, ? extends JsonNode> shown) {
        return Json.list(rows.size(), pageRows(call, rows).stream().map(shown).toList());
    }

    /**
     * Returns the rows of the page that {@link #page} renders.
     *
     * @throws AdminProblemException 400 if the list cannot be sorted or paged in this way
     */
    public List<T> pageRows(Call call, List<T> rows) {
        Comparator<T> order = comparator(call);
        return order == null ? call.slice(rows) : call.slice(FirstRows.of(rows, order, call.rowsToPage()));
    }

    /**
     * Returns the rows of the page that {@link #page} renders.
     *
     * @param usual the order without one that the caller asks for, and the order of rows with equal values
     * @throws AdminProblemException 400 if the list cannot be sorted or paged in this way
     */
    public List<T> pageRows(Call call, List<T> rows, Comparator<T> usual) {
        Comparator<T> order = comparator(call);
        return call.slice(FirstRows.of(rows, order == null ? usual : order.thenComparing(usual), call.rowsToPage()));
    }

    /** Returns the 400 for a parameter that is none of these values. It suggests the one that is probably meant. */
    static AdminProblemException unknown(String name, String given, Collection<String> known) {
        String nearest = given.length() > LONGEST ? null : Spelling.nearest(given, known);
        return AdminProblemException.badRequest(name + ": expected one of " + String.join(", ", known)
                + (nearest == null ? "" : "; did you mean '" + nearest + "'?"));
    }

    /** Longer words are not compared, since that takes long. */
    private static final int LONGEST = 64;
}
