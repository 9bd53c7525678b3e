package dev.secretproviders.dashboard.rotation;

import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Table;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import tools.jackson.databind.node.ObjectNode;

/** The rotations, the overlaps that run, and the end of one. */
@Controller
class RotationPages {
    private static final String API = "/admin/rotations";
    private static final String END = "/admin/rotations/end";
    private static final String PAGE = "/dashboard/rotations";
    /** The most overlaps above the list. The list has them all. */
    private static final String MOST = "50";

    /** The area. */
    @Bean
    static Room rotationsRoom() {
        return new Room("rotations", "Rotations", "rotations", 60, API);
    }

    @GetMapping("/rotations")
    String list(Visit visit, HttpServletRequest request, Model model) {
        Table table = Table.of(visit, request, API);
        model.addAttribute("table", table);
        Reply running = visit.get(API, Map.of("running", "true", "page_size", MOST));
        model.addAttribute("running", running.body().items("list"));
        model.addAttribute("overlaps", running.body().whole("total"));
        model.addAttribute("mayEnd", visit.may("POST", END));
        return "rotation/list";
    }

    @GetMapping("/rotations/end")
    String confirm(@RequestParam String provider, @RequestParam String path, Visit visit, Model model) {
        confirmation(provider, path, "", visit, model);
        return "rotation/end";
    }

    @PostMapping("/rotations/end")
    String end(
            @RequestParam String provider,
            @RequestParam String path,
            @RequestParam(defaultValue = "") String reason,
            Visit visit,
            HttpServletResponse response,
            Model model) {
        ObjectNode body = Json.object().put("provider", provider).put("path", path);
        if (!reason.isBlank()) {
            body.put("reason", reason.strip());
        }
        Reply reply = visit.send("POST", END, Map.of(), body);
        if (reply.ok()) {
            List<String> versions = reply.body().items("ended").stream()
                    .map(ended -> ended.text("version"))
                    .toList();
            visit.done("The overlap of " + provider + "/" + path + " was ended: " + String.join(", ", versions)
                    + " is refused on every runner.");
            return "redirect:" + PAGE;
        }
        response.setStatus(reply.status());
        confirmation(provider, path, reply.error(), visit, model);
        model.addAttribute("reason", reason);
        return "rotation/end";
    }

    private static void confirmation(String provider, String path, String error, Visit visit, Model model) {
        List<Item> overlaps = visit.get(API, Map.of("provider", provider, "path", path, "running", "true"))
                .orFail()
                .items("list");
        model.addAttribute("provider", provider);
        model.addAttribute("path", path);
        model.addAttribute("overlaps", overlaps);
        model.addAttribute("error", error);
        model.addAttribute("reason", "");
        model.addAttribute("mayEnd", visit.may("POST", END));
    }
}
