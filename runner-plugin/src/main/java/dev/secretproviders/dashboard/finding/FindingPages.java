package dev.secretproviders.dashboard.finding;

import dev.secretproviders.admin.AdminRequest;
import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Table;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;

/** The findings, by urgency, each with the way to mend it. */
@Controller
class FindingPages {
    private static final String API = "/admin/findings";

    /** An urgency. */
    private enum Urgency {
        CRITICAL("Act now", "Requests are refused, or may pass without authentication."),
        WARNING("Act soon", "Requests may be refused soon, or a key is at risk."),
        NOTICE("Good to know", "Nothing is broken.");

        private final String title;
        private final String text;

        Urgency(String title, String text) {
            this.title = title;
            this.text = text;
        }

        private String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The findings of one urgency on this page.
     *
     * @param total how many there are on all pages
     * @param link the page with only these
     */
    record Group(String id, String title, String text, long total, String link, List<Row> rows) {}

    /**
     * A finding.
     *
     * @param kind its kind in words
     * @param link the page of the object in which to mend it, or an empty text
     * @param subjects what it is about besides that object
     */
    record Row(String kind, String link, String linkText, Item finding, List<String> subjects) {}

    /** The area. */
    @Bean
    static Room findingsRoom() {
        return new Room("findings", "Findings", "findings", 80, API);
    }

    @GetMapping("/findings")
    String list(Visit visit, HttpServletRequest request, Model model) {
        Table table = Table.of(visit, request, API);
        List<String> rooms = visit.rooms().stream().map(Room::id).toList();
        Map<String, List<Row>> rows = new LinkedHashMap<>();
        for (Item finding : table.rows()) {
            rows.computeIfAbsent(finding.text("urgency"), _ -> new ArrayList<>())
                    .add(row(finding, rooms));
        }
        Item counts = table.reply().body().at("by_urgency");
        List<Group> all = new ArrayList<>();
        for (Urgency urgency : Urgency.values()) {
            all.add(new Group(
                    urgency.id(),
                    urgency.title,
                    urgency.text,
                    counts.whole(urgency.id()),
                    table.with("urgency", urgency.id()),
                    rows.getOrDefault(urgency.id(), List.of())));
        }
        model.addAttribute("table", table);
        model.addAttribute("tabs", all);
        model.addAttribute("everything", table.with("urgency", ""));
        model.addAttribute(
                "groups", all.stream().filter(group -> !group.rows().isEmpty()).toList());
        return "finding/list";
    }

    private static Row row(Item finding, List<String> rooms) {
        String type = finding.text("open.type");
        String id = finding.text("open.id");
        String link = "";
        if (type.equals("provider") && rooms.contains("providers")) {
            link = Visit.path("/dashboard/providers", id.split("/", 2));
        } else if (type.equals("consumer") && rooms.contains("consumers")) {
            link = Visit.path("/dashboard/consumers", id);
        } else if (type.equals("certificate") && rooms.contains("certificates")) {
            link = Visit.path("/dashboard/certificates", id);
        } else if (type.equals("reference") && rooms.contains("references")) {
            link = "/dashboard/references/one?" + AdminRequest.query(Map.of("reference", id));
        }
        List<String> subjects = finding.texts("subjects");
        return new Row(finding.text("kind").replace('_', ' '), link, "Open " + type + " " + id, finding, subjects);
    }
}
