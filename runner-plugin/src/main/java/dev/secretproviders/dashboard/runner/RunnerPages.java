package dev.secretproviders.dashboard.runner;

import dev.secretproviders.dashboard.page.Links;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Table;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;

/** The runners that share the store. */
@Controller
class RunnerPages {
    private static final String API = "/admin/runners";

    private static final int FORBIDDEN = 403;

    private final Links links;

    RunnerPages(Links links) {
        this.links = links;
    }

    /** The area. */
    @Bean
    static Room runnersRoom() {
        return new Room("runners", "Runners", "runners", 110, API);
    }

    @GetMapping("/runners")
    String list(Visit visit, HttpServletRequest request, Model model) {
        Table table = Table.of(visit, request, API);
        if (table.reply().status() == FORBIDDEN) {
            var _ = table.reply().orFail();
        }
        model.addAttribute("table", table);
        model.addAttribute("storeProblem", table.reply().body().text("store_problem"));
        model.addAttribute("links", links);
        return "runner/list";
    }
}
