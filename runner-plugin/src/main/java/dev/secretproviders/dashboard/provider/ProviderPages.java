package dev.secretproviders.dashboard.provider;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Table;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** The list of providers, and the page of each. */
@Controller
class ProviderPages {
    static final String API = "/admin/providers";

    /** The area. */
    @Bean
    static Room providersRoom() {
        return new Room("providers", "Providers", "providers", 20, API);
    }

    @GetMapping("/providers")
    String list(Visit visit, HttpServletRequest request, Model model) {
        model.addAttribute("table", Table.of(visit, request, API));
        model.addAttribute("managers", Managers.of(visit));
        model.addAttribute("mayCreate", visit.has(Right.PROVIDER_WRITE));
        return "provider/list";
    }

    @GetMapping("/providers/{manager}/{id}")
    String one(
            @PathVariable String manager,
            @PathVariable String id,
            Visit visit,
            HttpServletRequest request,
            Model model) {
        String path = Visit.path(API, manager, id);
        Reply reply = visit.get(path);
        Item provider = reply.orFail().at("value");
        model.addAttribute("provider", provider);
        model.addAttribute("status", visit.get(path + "/status").body());
        if (visit.may("GET", path + "/usage")) {
            model.addAttribute("references", Table.of(visit, request, path + "/usage"));
        }
        model.addAttribute("fields", Shown.fields(provider));
        model.addAttribute("page", Visit.path("/dashboard/providers", manager, id));
        boolean stored = provider.text("origin").equals("store");
        model.addAttribute("mayEdit", stored && visit.may("PUT", path));
        model.addAttribute("mayDelete", stored && visit.may("DELETE", path));
        return "provider/one";
    }

    /** Returns the parameters of a trial that changes nothing. */
    static Map<String, String> trial() {
        return Map.of("dry_run", "true");
    }
}
