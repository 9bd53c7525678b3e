package dev.secretproviders.dashboard.page;

/** The points of a line, as SVG takes them: not negative, to a tenth. Not thread-safe. */
public final class Points {
    private static final int TENTHS = 10;

    private final StringBuilder text = new StringBuilder();

    /** Adds a point. */
    public void add(double x, double y) {
        if (!text.isEmpty()) {
            text.append(' ');
        }
        add(x);
        text.append(',');
        add(y);
    }

    private void add(double value) {
        long tenths = Math.round(value * TENTHS);
        text.append(tenths / TENTHS).append('.').append(tenths % TENTHS);
    }

    /** Returns them as a text. */
    @Override
    public String toString() {
        return text.toString();
    }
}
