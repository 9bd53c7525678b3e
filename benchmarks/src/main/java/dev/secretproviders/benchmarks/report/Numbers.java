package dev.secretproviders.benchmarks.report;

import dev.secretproviders.benchmarks.statistics.Spread;
import java.util.Locale;

/** Formats numbers for readers: three significant digits, with separators of thousands. */
final class Numbers {
    private static final double HUNDRED = 100;
    private static final double TEN = 10;

    private Numbers() {}

    static String of(double value) {
        double size = Math.abs(value);
        String format = size >= HUNDRED ? "%,.0f" : size >= TEN ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }

    /** Formats the median and half of the interquartile range. */
    static String of(Spread spread) {
        return spread.count() == 1 ? of(spread.median()) : of(spread.median()) + " ± " + of(spread.half());
    }
}
