package dev.secretproviders.dashboard.access;

import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Table;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** Sessions of the dashboard, and what the roles may do. */
@Controller
class SessionPages {
    private static final String API = "/admin/sessions";
    private static final String HOME = "/dashboard/access/sessions";

    /** The area. Everybody sees their own sessions there. */
    @Bean
    static Room accessRoom() {
        return new Room("access", "Access", "access", 100, API);
    }

    @GetMapping("/access/sessions")
    String list(Visit visit, HttpServletRequest request, Model model) {
        model.addAttribute("tab", "sessions");
        model.addAttribute("tokens", visit.may("GET", TokenPages.API));
        model.addAttribute("table", Table.of(visit, request, API));
        model.addAttribute("current", visit.session().handle());
        return "access/sessions";
    }

    @PostMapping("/access/sessions/{id}/end")
    String end(@PathVariable String id, Visit visit) {
        Reply reply = visit.send("DELETE", Visit.path(API, id), Map.of(), null);
        return after(reply, "The session was ended.", visit);
    }

    @PostMapping("/access/sessions/everywhere")
    String endEverywhere(@RequestParam String subject, Visit visit) {
        Reply reply = visit.send("POST", API + "/end", Map.of(), Json.object().put("subject", subject));
        return after(reply, "All sessions of " + subject + " are ended, on every runner.", visit);
    }

    private static String after(Reply reply, String done, Visit visit) {
        if (reply.ok()) {
            visit.done(done);
        } else {
            visit.failed(reply.error());
        }
        return "redirect:" + HOME;
    }

    @GetMapping("/access/roles")
    String roles(Visit visit, Model model) {
        model.addAttribute("tab", "roles");
        model.addAttribute("tokens", visit.may("GET", TokenPages.API));
        model.addAttribute("roles", Arrays.stream(Role.values()).map(Role::text).toList());
        model.addAttribute("rights", RightsTable.rows());
        model.addAttribute("own", visit.roles());
        return "access/roles";
    }
}
