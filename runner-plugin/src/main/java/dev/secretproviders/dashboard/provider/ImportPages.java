package dev.secretproviders.dashboard.provider;

import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** Takes over the gateway's own secret objects, once a trial showed what would become of each. */
@Controller
class ImportPages {
    private static final String API = "/admin/import";
    private static final String PAGE = "provider/import";

    @GetMapping("/providers/import")
    String start(Model model) {
        model.addAttribute("update", false);
        model.addAttribute("result", Item.EMPTY);
        return PAGE;
    }

    @PostMapping("/providers/import")
    String take(
            @RequestParam(defaultValue = "false") boolean update,
            @RequestParam(defaultValue = "try") String action,
            Visit visit,
            HttpServletResponse response,
            Model model) {
        boolean trial = !action.equals("import");
        Map<String, String> query = new TreeMap<>();
        query.put("update", update ? "true" : "");
        query.put("dry_run", trial ? "true" : "");
        Reply reply = visit.send("POST", API, query, null);
        model.addAttribute("update", update);
        if (reply.ok()) {
            model.addAttribute("result", reply.body());
        } else {
            response.setStatus(reply.status());
            model.addAttribute("problem", reply.error());
            model.addAttribute("result", Item.EMPTY);
        }
        return PAGE;
    }
}
