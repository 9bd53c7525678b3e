package dev.secretproviders.benchmarks.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A flame graph as SVG: each method is as wide as its share of the samples and stands on its caller (Brendan Gregg's
 * design). Our methods, Netty's and the rest differ in colour; methods narrower than half a pixel are omitted.
 */
public final class FlameGraph {
    private static final int WIDTH = 1200;
    private static final int ROW = 16;
    private static final int TITLE = 24;
    private static final double CHARACTER = 6.4;
    private static final double NARROWEST = 0.5;
    private static final String OURS = "dev.secretproviders.";
    private static final String NETTY = "io.netty.";

    private final String title;
    private final Node root = new Node();

    /** A method and the path of its callers. */
    private static final class Node {
        final Map<String, Node> callees = new TreeMap<>();
        long samples;

        int height() {
            return 1 + callees.values().stream().mapToInt(Node::height).max().orElse(0);
        }
    }

    /**
     * Creates a graph.
     *
     * @param stacks samples in each stack, whose outermost method comes first
     */
    public FlameGraph(String title, Map<List<String>, Long> stacks) {
        this.title = title;
        stacks.forEach((stack, samples) -> {
            Node node = root;
            node.samples += samples;
            for (String method : stack) {
                node = node.callees.computeIfAbsent(method, _ -> new Node());
                node.samples += samples;
            }
        });
    }

    /** Returns the SVG. */
    public String svg() {
        int height = TITLE + ROW * root.height();
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="monospace" font-size="11">
                <rect width="100%%" height="100%%" fill="#ffffff"/>
                <text x="4" y="16" font-size="13">%s</text>
                """, WIDTH, height, escaped(title)));
        draw(svg, root, 0, height - ROW);
        return svg.append("</svg>\n").toString();
    }

    private void draw(StringBuilder svg, Node node, double left, int top) {
        double x = left;
        for (Map.Entry<String, Node> callee : node.callees.entrySet()) {
            double width = (double) WIDTH * callee.getValue().samples / root.samples;
            if (width >= NARROWEST) {
                box(svg, callee.getKey(), callee.getValue(), x, top, width);
                draw(svg, callee.getValue(), x, top - ROW);
            }
            x += width;
        }
    }

    private void box(StringBuilder svg, String method, Node node, double x, int top, double width) {
        svg.append(String.format(
                Locale.ROOT,
                "<g><title>%s, %.1f %%</title><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
                escaped(method),
                100.0 * node.samples / root.samples,
                x,
                top,
                Math.max(0.1, width - 0.3),
                ROW - 1,
                colour(method)));
        int characters = (int) ((width - 4) / CHARACTER);
        String name = shortened(method);
        if (characters >= 3) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\">%s</text>",
                    x + 2,
                    top + 11,
                    escaped(name.substring(0, Math.min(name.length(), characters)))));
        }
        svg.append("</g>\n");
    }

    /** Returns class and method without the package. */
    private static String shortened(String method) {
        int end = method.lastIndexOf('.');
        return method.substring(method.lastIndexOf('.', end - 1) + 1);
    }

    private static String colour(String method) {
        return method.startsWith(OURS) ? "#f4a259" : method.startsWith(NETTY) ? "#9ec9e2" : "#d8d8d8";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
