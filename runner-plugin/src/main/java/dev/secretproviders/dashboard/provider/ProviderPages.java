package dev.secretproviders.dashboard.provider;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Sparkline;
import dev.secretproviders.dashboard.page.Table;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** The list of providers, and the page of each. */
@Controller
class ProviderPages {
    static final String API = "/admin/providers";
    private static final String HISTORY = "/admin/history/providers";

    /** The area. */
    @Bean
    static Room providersRoom() {
        return new Room("providers", "Providers", "providers", 20, API);
    }

    @GetMapping("/providers")
    String list(Visit visit, HttpServletRequest request, Model model) {
        Table table = Table.of(visit, request, API);
        model.addAttribute("table", table);
        model.addAttribute("latencies", latencies(visit, table));
        model.addAttribute("managers", Managers.of(visit));
        model.addAttribute("mayCreate", visit.has(Right.PROVIDER_WRITE));
        model.addAttribute("mayImport", visit.may("POST", "/admin/import"));
        return "provider/list";
    }

    /** Returns the latency of the providers on this page, by manager/id. */
    private static Map<String, Sparkline> latencies(Visit visit, Table table) {
        String names = table.rows().stream()
                .map(row -> row.text("value.manager") + "/" + row.text("value.id"))
                .collect(Collectors.joining(","));
        return names.isEmpty()
                ? Map.of()
                : visit.get(HISTORY, Map.of("providers", names)).body().items("list").stream()
                        .collect(Collectors.toMap(item -> item.text("provider"), Sparkline::latency));
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
        model.addAttribute("mayTest", visit.may("POST", path + "/test"));
        return "provider/one";
    }

    /** Returns the parameters of a trial that changes nothing. */
    static Map<String, String> trial() {
        return Map.of("dry_run", "true");
    }
}
