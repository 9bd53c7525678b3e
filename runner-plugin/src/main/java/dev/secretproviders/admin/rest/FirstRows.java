package dev.secretproviders.admin.rest;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Finds the first rows of an order. A page shows 50 of 10,000 rows, so that the order of the others need not be found. */
public final class FirstRows {
    private FirstRows() {}

    /** A row, and its place among all rows. */
    private record Placed<T>(T row, int place) {}

    /**
     * Returns the first rows of an order, at most {@code most}. Rows that the order does not tell apart keep the order in
     * which they are given.
     */
    public static <T> List<T> of(Collection<T> rows, Comparator<? super T> order, int most) {
        if (most > rows.size() / 2) {
            return rows.stream().sorted(order).limit(most).toList();
        }
        Comparator<Placed<T>> placed = (one, other) -> {
            int rank = order.compare(one.row(), other.row());
            return rank == 0 ? Integer.compare(one.place(), other.place()) : rank;
        };
        // The last of the first rows is at its head.
        PriorityQueue<Placed<T>> first = new PriorityQueue<>(placed.reversed());
        int place = 0;
        for (T row : rows) {
            Placed<T> last = first.peek();
            if (last == null || first.size() < most) {
                first.add(new Placed<>(row, place));
            } else if (order.compare(row, last.row()) < 0) {
                first.remove();
                first.add(new Placed<>(row, place));
            }
            place++;
        }
        List<Placed<T>> sorted = new ArrayList<>(first);
        sorted.sort(placed);
        return sorted.stream().map(Placed::row).toList();
    }
}
