package dev.secretproviders.dashboard.provider;

import dev.secretproviders.admin.AdminRequest;
import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Visit;
import java.util.Map;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;

/** Who changed a provider when, and what. */
@Controller
class HistoryPages {
    private static final String ROWS = "50";

    @GetMapping("/providers/{manager}/{id}/history")
    String history(
            @PathVariable String manager,
            @PathVariable String id,
            @RequestParam(defaultValue = "") String cursor,
            Visit visit,
            Model model) {
        String page = Visit.path("/dashboard/providers", manager, id);
        Item history = visit.get(
                        Visit.path(ProviderPages.API, manager, id) + "/history",
                        Map.of("cursor", cursor, "page_size", ROWS))
                .orFail();
        model.addAttribute("manager", manager);
        model.addAttribute("id", id);
        model.addAttribute("page", page);
        model.addAttribute("changes", history.items("list"));
        model.addAttribute("first", cursor.isEmpty());
        model.addAttribute(
                "next",
                history.has("next")
                        ? page + "/history?" + AdminRequest.query(Map.of("cursor", history.text("next")))
                        : null);
        return "provider/history";
    }
}
