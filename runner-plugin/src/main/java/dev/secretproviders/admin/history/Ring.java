package dev.secretproviders.admin.history;

import java.util.Arrays;

/** The last samples of some figures, in arrays of a fixed size. A new sample replaces the oldest. Not thread-safe. */
final class Ring {
    private final int[][] columns;
    private final int length;
    private int next;
    private int samples;

    /**
     * Creates an empty ring.
     *
     * @param figures how many figures each sample has
     * @param length how many samples are kept
     */
    Ring(int figures, int length) {
        this.columns = new int[figures][length];
        this.length = length;
    }

    /** Adds a sample. Figures that do not fit into an {@code int} become its greatest value. */
    void add(long[] sample) {
        for (int i = 0; i < columns.length; i++) {
            columns[i][next] = Math.clamp(sample[i], 0, Integer.MAX_VALUE);
        }
        next = (next + 1) % length;
        samples = Math.min(length, samples + 1);
    }

    /** Returns how many samples there are. */
    int samples() {
        return samples;
    }

    /** Returns a figure of all samples, oldest first. */
    int[] figure(int index) {
        int[] column = columns[index];
        if (samples < length) {
            return Arrays.copyOf(column, samples);
        }
        int[] ordered = new int[length];
        System.arraycopy(column, next, ordered, 0, length - next);
        System.arraycopy(column, 0, ordered, length - next, next);
        return ordered;
    }

    /** Returns whether a figure is zero in all samples. */
    boolean isZero(int index) {
        return Arrays.stream(columns[index]).allMatch(value -> value == 0);
    }
}
