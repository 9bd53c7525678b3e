package dev.secretproviders.dashboard.reference;

import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Visit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One column of the graph: the nodes that are as many steps from the centre.
 *
 * @param steps below 0 for nodes that lead to the centre, above 0 for those that the centre leads to
 */
record GraphColumn(int steps, List<Group> groups) {
    /** The nodes of one type in a column. */
    record Group(String title, List<Card> cards) {}

    /**
     * One node.
     *
     * @param word its type as a word
     * @param icon a symbol of {@code icons.svg}
     * @param state its state, or empty
     * @param reference the reference that leads to it, or empty
     * @param further how many of its neighbours on the side away from the centre are not on this page
     * @param walk the page with this node as the centre
     * @param page the page of the object itself, or empty
     * @param opens what that page shows, in words
     */
    record Card(
            String word,
            String icon,
            String name,
            String state,
            String reference,
            long further,
            String walk,
            String page,
            String opens) {}

    /** What the page says of a type of nodes. */
    private record Kind(String word, String plural, String icon) {}

    private static final Map<String, Kind> KINDS = Map.ofEntries(
            Map.entry("manager", new Kind("Manager", "Managers", "runners")),
            Map.entry("provider", new Kind("Provider", "Providers", "providers")),
            Map.entry("secret", new Kind("Secret", "Secrets", "secrets")),
            Map.entry("credential", new Kind("Credential", "Credentials", "key")),
            Map.entry("consumer", new Kind("Consumer", "Consumers", "consumers")),
            Map.entry("route", new Kind("Route", "Routes", "link")),
            Map.entry("service", new Kind("Service", "Services", "link")),
            Map.entry("consumer_group", new Kind("Consumer group", "Consumer groups", "consumers")),
            Map.entry("plugin_config", new Kind("Plugin config", "Plugin configs", "link")),
            Map.entry("global_rule", new Kind("Global rule", "Global rules", "link")),
            Map.entry("certificate", new Kind("Certificate", "Certificates", "lock")),
            Map.entry("ssl", new Kind("SSL object", "SSL objects", "lock")));

    /** Returns the columns of a graph, from those that lead to the centre to those that it leads to. */
    static List<GraphColumn> of(Item graph) {
        Map<String, String> references = new HashMap<>();
        Map<String, Integer> before = new HashMap<>();
        Map<String, Integer> after = new HashMap<>();
        for (Item edge : graph.items("edges")) {
            references.putIfAbsent(edge.text("to"), edge.text("reference"));
            after.merge(edge.text("from"), 1, Integer::sum);
            before.merge(edge.text("to"), 1, Integer::sum);
        }
        Map<Integer, Map<String, List<Card>>> columns = new TreeMap<>();
        for (Item node : graph.items("nodes")) {
            String id = node.text("id");
            String side = node.text("side");
            int steps = (int) node.whole("steps") * (side.equals("before") ? -1 : 1);
            long further = switch (side) {
                case "before" -> node.whole("before") - before.getOrDefault(id, 0);
                case "after" -> node.whole("after") - after.getOrDefault(id, 0);
                default ->
                    node.whole("before") + node.whole("after") - before.getOrDefault(id, 0) - after.getOrDefault(id, 0);
            };
            columns.computeIfAbsent(steps, absent -> new LinkedHashMap<>())
                    .computeIfAbsent(node.text("type"), absent -> new ArrayList<>())
                    .add(card(node, references.getOrDefault(id, ""), further, graph.whole("depth")));
        }
        return columns.entrySet().stream()
                .map(column -> new GraphColumn(
                        column.getKey(),
                        column.getValue().entrySet().stream()
                                .map(group -> new Group(
                                        group.getValue().size() == 1
                                                ? kind(group.getKey()).word()
                                                : kind(group.getKey()).plural(),
                                        group.getValue()))
                                .toList()))
                .toList();
    }

    private static Kind kind(String type) {
        return KINDS.getOrDefault(type, new Kind(type, type, "link"));
    }

    private static Card card(Item node, String reference, long further, long depth) {
        String type = node.text("type");
        String id = node.text("id");
        Kind kind = kind(type);
        // Many have the same name, so the page shows whose they are.
        boolean whole = type.equals("credential") || type.equals("secret");
        String name = whole ? id.substring(id.indexOf('/') + 1) : node.text("name");
        return new Card(
                kind.word(),
                kind.icon(),
                name,
                node.text("state"),
                reference,
                Math.max(0, further),
                "/dashboard/references/graph?from=" + ReferencePages.encoded(id) + "&depth=" + depth,
                page(type, id, reference),
                opens(type));
    }

    /** Returns what {@link #page} shows, in words. */
    private static String opens(String type) {
        return switch (type) {
            case "manager" -> "Show its providers";
            case "secret" -> "Show its references";
            default -> "Open this " + kind(type).word().toLowerCase(Locale.ROOT);
        };
    }

    /** Returns the page of the object that a node stands for, empty if the dashboard has none. */
    private static String page(String type, String id, String reference) {
        String name = id.substring(id.indexOf('/') + 1);
        return switch (type) {
            case "manager" -> "/dashboard/providers?manager=" + ReferencePages.encoded(name);
            case "secret" -> "/dashboard/references?search=" + ReferencePages.encoded(name);
            case "provider" -> Visit.path("/dashboard/providers", name.split("/", 2));
            case "consumer" -> Visit.path("/dashboard/consumers", name);
            case "certificate" -> Visit.path("/dashboard/certificates", name);
            case "credential" ->
                reference.isEmpty()
                        ? Visit.path("/dashboard/consumers", name.split("/", 2)[0])
                        : ReferencePages.page(reference);
            default -> "";
        };
    }

    /** Returns what the column holds, in words. */
    public String title() {
        String away = Math.abs(steps) == 1 ? "1 step" : Math.abs(steps) + " steps";
        return steps == 0 ? "Chosen" : away + (steps < 0 ? " before" : " after");
    }
}
