package dev.secretproviders.dashboard.reference;

import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Visit;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** The graph, seen from one node. Each node is a link that makes it the centre. */
@Controller
class GraphPages {
    @GetMapping("/references/graph")
    String graph(
            @RequestParam(defaultValue = "") String from,
            @RequestParam(defaultValue = "") String depth,
            Visit visit,
            Model model) {
        Item graph =
                visit.get("/admin/graph", Map.of("from", from, "depth", depth)).orFail();
        List<GraphColumn> columns = GraphColumn.of(graph);
        GraphColumn.Card center = columns.stream()
                .filter(column -> column.steps() == 0)
                .flatMap(column -> column.groups().stream())
                .flatMap(group -> group.cards().stream())
                .findFirst()
                .orElse(null);
        boolean chosen = graph.has("from");
        model.addAttribute("graph", graph);
        model.addAttribute("columns", columns);
        model.addAttribute("center", chosen ? center : null);
        model.addAttribute("from", graph.text("from"));
        model.addAttribute("depth", graph.whole("depth"));
        model.addAttribute("depths", List.of(1, 2, 3, 4, 5, 6));
        model.addAttribute("title", chosen && center != null ? center.word() + " " + center.name() : "Graph");
        return "reference/graph";
    }
}
