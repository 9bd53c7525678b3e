package dev.secretproviders.benchmarks.report;

import dev.secretproviders.benchmarks.statistics.Spread;
import java.util.Locale;

/** Numbers as people read them: three digits, and thousands apart. */
final class Numbers {
    private static final double HUNDRED = 100;
    private static final double TEN = 10;

    private Numbers() {}

    static String of(double value) {
        double size = Math.abs(value);
        String format = size >= HUNDRED ? "%,.0f" : size >= TEN ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }

    /** The median, and half of what the middle half of the measurements spans. */
    static String of(Spread spread) {
        return spread.count() == 1 ? of(spread.median()) : of(spread.median()) + " ± " + of(spread.half());
    }
}
