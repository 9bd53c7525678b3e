package dev.secretproviders.benchmarks.report;

import java.util.List;
import java.util.Locale;

/**
 * Horizontal bars as SVG, readable on light and dark pages.
 *
 * @param title the text above the bars
 * @param unit of the values
 */
public record BarChart(String title, String unit, List<Bar> bars) {
    private static final int WIDTH = 800;
    private static final int LABEL = 330;
    private static final int VALUE = 90;
    private static final int LINE = 26;
    private static final int HEAD = 40;

    /** Copies the list. */
    public BarChart {
        bars = List.copyOf(bars);
    }

    /** One bar; {@code ours} are drawn in a different colour. */
    public record Bar(String label, double value, boolean ours) {}

    /** Returns the picture. */
    public String svg() {
        double longest = bars.stream().mapToDouble(Bar::value).max().orElse(1);
        int height = HEAD + LINE * bars.size() + LINE / 2;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">\n",
                WIDTH,
                height));
        svg.append(String.format(Locale.ROOT, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", WIDTH, height));
        svg.append(text(10, HEAD / 2 + 4, "font-weight=\"bold\"", title + " (" + unit + ")"));
        int y = HEAD;
        for (Bar bar : bars) {
            double width = (WIDTH - LABEL - VALUE) * bar.value() / longest;
            svg.append(text(10, y + LINE / 2 + 4, "", bar.label()));
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n",
                    LABEL,
                    y + 4,
                    width,
                    LINE - 8,
                    bar.ours() ? "#1f6feb" : "#8c959f"));
            svg.append(text((int) (LABEL + width + 6), y + LINE / 2 + 4, "", Numbers.of(bar.value())));
            y += LINE;
        }
        return svg.append("</svg>\n").toString();
    }

    private static String text(int x, int y, String attributes, String text) {
        return String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" fill=\"#1f2328\" %s>%s</text>\n",
                x,
                y,
                attributes,
                text.replace("&", "&amp;").replace("<", "&lt;"));
    }
}
