package dev.secretproviders.dashboard.reference;

import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.PageException;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Table;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** The list of references, and the page of each. */
@Controller
class ReferencePages {
    static final String API = "/admin/references";
    private static final String PAGES = "/dashboard/references";
    private static final List<String> STATES = List.of(
            "fresh",
            "refreshing",
            "stale",
            "expired",
            "negative",
            "invalid",
            "loading",
            "denied",
            "unmanaged",
            "per_consumer",
            "malformed",
            "unknown_provider");
    private static final List<String> TYPES = List.of(
            "consumer",
            "consumer_credential",
            "consumer_group",
            "route",
            "service",
            "plugin_config",
            "global_rule",
            "ssl",
            "provider",
            "certificate");

    /** The area. */
    @Bean
    static Room referencesRoom() {
        return new Room("references", "References", "references", 30, API);
    }

    @GetMapping("/references")
    String list(Visit visit, HttpServletRequest request, Model model) {
        model.addAttribute("table", Table.of(visit, request, API));
        model.addAttribute("states", STATES);
        model.addAttribute("types", TYPES);
        return "reference/list";
    }

    @GetMapping("/references/one")
    String one(@RequestParam String reference, Visit visit, Model model) {
        shown(reference, visit, model);
        String provider = model.getAttribute("provider") instanceof String name ? name : "";
        boolean known = !provider.isEmpty();
        model.addAttribute("page", page(reference));
        model.addAttribute("graph", PAGES + "/graph?from=" + encoded("reference/" + reference));
        model.addAttribute("mayRefresh", known && visit.may("POST", "/admin/refresh"));
        model.addAttribute("mayRevoke", known && visit.may("POST", "/admin/revoke"));
        model.addAttribute("mayDrill", known && visit.may("POST", "/admin/drill"));
        List<Item> drills = visit.get("/admin/drills").body().items("list").stream()
                .map(drill -> drill.at("value"))
                .filter(drill -> drill.text("provider").equals(provider))
                .limit(5)
                .toList();
        model.addAttribute("drills", drills);
        return "reference/one";
    }

    /** Puts the reference, its first use and all of its uses into the model. */
    private static void shown(String reference, Visit visit, Model model) {
        List<Item> uses =
                visit.get(API, Map.of("search", reference, "page_size", "500")).orFail().items("list").stream()
                        .filter(use -> use.text("reference").equals(reference))
                        .toList();
        if (uses.isEmpty()) {
            throw new PageException(404, "Nothing refers to this any more. The list shows what is in use.");
        }
        model.addAttribute("reference", reference);
        model.addAttribute("uses", uses);
        model.addAttribute(
                "one", uses.stream().filter(use -> use.has("path")).findFirst().orElse(uses.getFirst()));
        model.addAttribute("provider", uses.getFirst().text("provider"));
    }

    @PostMapping("/references/refresh")
    String refresh(@RequestParam String reference, Visit visit) {
        Reply reply =
                visit.send("POST", "/admin/refresh", Map.of(), Json.object().put("reference", reference));
        if (!reply.ok()) {
            visit.failed(reply.error());
        } else if (reply.body().has("refreshing")) {
            visit.done("The secret is being fetched. This page shows the new state in a moment.");
        } else {
            visit.warn("No credential uses this reference, so the runner does not fetch it.");
        }
        return "redirect:" + page(reference);
    }

    @PostMapping("/references/drill")
    String drill(@RequestParam String reference, @RequestParam String provider, Visit visit) {
        Reply reply = visit.send("POST", "/admin/drill", Map.of(), Json.object().put("provider", provider));
        if (reply.ok()) {
            visit.done("The drill has begun. Its result is below, once it is there.");
        } else {
            visit.failed(reply.error());
        }
        return "redirect:" + page(reference);
    }

    @GetMapping("/references/revoke")
    String confirm(@RequestParam String reference, Visit visit, Model model) {
        shown(reference, visit, model);
        model.addAttribute("page", page(reference));
        model.addAttribute("may", visit.may("POST", "/admin/revoke"));
        return "reference/revoke";
    }

    @PostMapping("/references/revoke")
    String revoke(
            @RequestParam String reference,
            @RequestParam(defaultValue = "current") String version,
            @RequestParam(defaultValue = "") String reason,
            Visit visit,
            HttpServletResponse response,
            Model model) {
        var body = Json.object().put("reference", reference).put("version", version);
        if (!reason.isBlank()) {
            body.put("reason", reason.strip());
        }
        Reply reply = visit.send("POST", "/admin/revoke", Map.of(), body);
        if (reply.ok()) {
            visit.done("The version is denied on every runner.");
            return "redirect:" + page(reference);
        }
        response.setStatus(reply.status());
        model.addAttribute("problem", reply.error());
        model.addAttribute("version", version);
        model.addAttribute("reason", reason);
        return confirm(reference, visit, model);
    }

    /** Returns the page of a reference. */
    static String page(String reference) {
        return PAGES + "/one?reference=" + encoded(reference);
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
