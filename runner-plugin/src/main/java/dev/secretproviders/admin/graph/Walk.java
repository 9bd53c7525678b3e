package dev.secretproviders.admin.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of a graph around some nodes: what leads to them and what they lead to, up to a number of steps. A walk never turns
 * back, so that the other users of a manager are not part of the way to one user. Bounded in size.
 */
final class Walk {
    /** The most nodes of one answer. */
    static final int MOST = 300;
    /** The most steps in each direction. */
    static final int DEEPEST = 6;

    private final Graph graph;
    private final Map<String, Found> found = new LinkedHashMap<>();
    private final Map<Edge, Edge> edges = new LinkedHashMap<>();
    private boolean cut;

    /** Which way leads from the chosen node to another one. */
    enum Side {
        BEFORE,
        CENTER,
        AFTER
    }

    /**
     * A node of the answer.
     *
     * @param steps how many edges are between it and the chosen node
     */
    record Found(Node node, Side side, int steps) {}

    private Walk(Graph graph) {
        this.graph = graph;
    }

    /** Walks from these nodes, against the edges and along them. */
    static Walk from(Graph graph, Collection<Node> start, int depth) {
        Walk walk = new Walk(graph);
        List<Node> centers = start.stream().limit(Graph.MOST_EDGES).toList();
        walk.cut = centers.size() < start.size();
        centers.forEach(node -> walk.found.put(node.id(), new Found(node, Side.CENTER, 0)));
        walk.go(centers, Side.BEFORE, depth);
        walk.go(centers, Side.AFTER, depth);
        return walk;
    }

    private void go(List<Node> start, Side side, int depth) {
        List<Node> here = start;
        for (int step = 1; step <= depth && !here.isEmpty(); step++) {
            List<Node> next = new ArrayList<>();
            for (Node node : here) {
                Graph.Ways ways = side == Side.BEFORE ? graph.before(node) : graph.after(node);
                cut |= ways.total() > ways.first().size();
                for (Edge way : ways.first()) {
                    String id = side == Side.BEFORE ? way.from() : way.to();
                    if (!found.containsKey(id)) {
                        if (found.size() >= MOST) {
                            cut = true;
                            continue;
                        }
                        Node other = graph.node(id);
                        found.put(id, new Found(other, side, step));
                        next.add(other);
                    }
                    edges.put(way, way);
                }
            }
            here = next;
        }
    }

    Collection<Found> nodes() {
        return found.values();
    }

    Collection<Edge> edges() {
        return edges.keySet();
    }

    /** Returns whether something within the number of steps was left out. */
    boolean cut() {
        return cut;
    }
}
