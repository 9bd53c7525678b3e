package dev.secretproviders.dashboard.overview;

import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Links;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Visit;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** The first page. */
@Controller
class OverviewPages {
    private static final String API = "/admin/overview";
    private static final String HISTORY = "/admin/history";
    private static final String ROTATIONS = "/admin/rotations";
    private static final String HALF_DAY = "half_day";

    private final Links links;

    OverviewPages(Links links) {
        this.links = links;
    }

    /** The area. */
    @Bean
    static Room overviewRoom() {
        return new Room("overview", "Overview", "overview", 10, API);
    }

    @GetMapping("/overview")
    String overview(@RequestParam(defaultValue = "") String span, Visit visit, Model model) {
        Item overview = visit.get(API).orFail();
        Instant now = Objects.requireNonNullElseGet(overview.time("at"), Instant::now);
        boolean hour = !span.equals(HALF_DAY);
        model.addAttribute("overview", overview);
        model.addAttribute("verdict", Verdict.of(overview));
        model.addAttribute(
                "todos",
                overview.items("problems").stream()
                        .map(problem -> Todo.of(problem, visit))
                        .toList());
        model.addAttribute("hour", hour);
        if (visit.may("GET", HISTORY)) {
            model.addAttribute(
                    "chart",
                    LineChart.of(
                            visit.get(HISTORY, Map.of("span", hour ? "hour" : HALF_DAY))
                                    .body(),
                            hour));
        }
        List<Item> rotations =
                visit.get(ROTATIONS, Map.of("page_size", "200")).body().items("list");
        model.addAttribute("timeline", TimeLine.of(rotations, now));
        model.addAttribute("links", links.general());
        return "overview/overview";
    }
}
