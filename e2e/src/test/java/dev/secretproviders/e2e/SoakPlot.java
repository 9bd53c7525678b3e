package dev.secretproviders.e2e;

import com.google.errorprone.annotations.FormatMethod;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/** Draws figures over time as small stacked panels, in SVG. */
final class SoakPlot {
    private static final int WIDTH = 840;
    private static final int PANEL = 110;
    private static final int GAP = 28;
    private static final int TOP = 46;
    private static final int LEFT = 70;
    private static final int RIGHT = 16;
    private static final int BOTTOM = 40;
    private static final int LEGIBLE_TICKS = 8;

    private final StringBuilder out = new StringBuilder();
    private final double minutes;

    private SoakPlot(double minutes) {
        this.minutes = minutes;
    }

    /** One figure; times in minutes. */
    record Panel(String title, List<Double> times, List<Double> values) {}

    /** A shaded interval in all panels, in minutes. */
    record Shade(double from, double to) {}

    /**
     * Returns the drawing.
     *
     * @param minutes the length of the axis
     * @param warmUp the end of the warm-up, which is not judged
     */
    static String draw(String title, double minutes, double warmUp, List<Shade> shades, List<Panel> panels) {
        SoakPlot plot = new SoakPlot(minutes);
        plot.all(title, warmUp, shades, panels);
        return plot.out.toString();
    }

    private void all(String title, double warmUp, List<Shade> shades, List<Panel> panels) {
        int height = TOP + panels.size() * (PANEL + GAP) + BOTTOM;
        print(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%1$d\" height=\"%2$d\" viewBox=\"0 0 %1$d %2$d\""
                        + " font-family=\"sans-serif\" font-size=\"12\">",
                WIDTH, height);
        print("<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>");
        print("<text x=\"%d\" y=\"20\" font-size=\"15\">%s</text>", LEFT, escaped(title));
        for (int i = 0; i < panels.size(); i++) {
            panel(TOP + i * (PANEL + GAP), warmUp, shades, panels.get(i));
        }
        int axis = TOP + panels.size() * (PANEL + GAP);
        double step = step(minutes);
        for (double tick = 0; tick <= minutes; tick += step) {
            print("<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>", x(tick), axis, number(tick));
        }
        print("<text x=\"%d\" y=\"%d\">minutes; grey: warm-up, not judged; red: a fault</text>", LEFT, axis + 22);
        print("</svg>");
    }

    private void panel(int top, double warmUp, List<Shade> shades, Panel panel) {
        double highest =
                panel.values().stream().mapToDouble(Double::doubleValue).max().orElse(1);
        double step = step(Math.max(highest, 1) * 1.1);
        double ceiling = step * Math.ceil(Math.max(highest, 1) * 1.05 / step);
        DoubleUnaryOperator y = value -> top + PANEL - value / ceiling * PANEL;
        print("<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>", LEFT, top - 6, escaped(panel.title()));
        shade(top, 0, warmUp, "#eeeeee");
        shades.forEach(fault -> shade(top, fault.from(), Math.min(fault.to(), minutes), "#fbdcd8"));
        for (double tick = 0; tick <= ceiling + step / 2; tick += 2 * step) {
            print(
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%3$.1f\" y2=\"%3$.1f\" stroke=\"#cccccc\" stroke-width=\"0.5\"/>",
                    LEFT, WIDTH - RIGHT, y.applyAsDouble(tick));
            print(
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    LEFT - 6, y.applyAsDouble(tick) + 4, number(tick));
        }
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < panel.values().size(); i++) {
            points.append(String.format(
                    Locale.ROOT,
                    "%.1f,%.1f ",
                    x(panel.times().get(i)),
                    y.applyAsDouble(panel.values().get(i))));
        }
        print(
                "<polyline fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"1.5\" points=\"%s\"/>",
                points.toString().strip());
    }

    private void shade(int top, double from, double to, String colour) {
        print(
                "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
                x(from), top, Math.max(0, x(to) - x(from)), PANEL, colour);
    }

    private double x(double minute) {
        return LEFT + minute / minutes * (WIDTH - LEFT - RIGHT);
    }

    /** Returns 1, 2 or 5 times a power of ten, so that a few steps cover the whole. */
    private static double step(double whole) {
        double power = Math.pow(10, Math.floor(Math.log10(whole / LEGIBLE_TICKS)));
        for (double factor : new double[] {1, 2, 5}) {
            if (whole / (factor * power) <= LEGIBLE_TICKS) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, "%.1f", value);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    @FormatMethod
    private void print(String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
