package dev.secretproviders.dashboard.secret;

import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Table;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;

/** The lists of local secrets, and the page of each. None shows a value. */
@Controller
class SecretPages {
    private static final String PROVIDERS = "/admin/providers";
    private static final String NEW_PROVIDER = "/dashboard/providers/new/" + SecretPlace.MANAGER;

    /** The area. */
    @Bean
    static Room secretsRoom() {
        return new Room("secrets", "Local secrets", "secrets", 40, PROVIDERS);
    }

    @GetMapping("/secrets")
    String providers(Visit visit, HttpServletRequest request, Model model) {
        model.addAttribute("table", Table.of(visit, request, PROVIDERS, Map.of("manager", SecretPlace.MANAGER)));
        model.addAttribute("create", NEW_PROVIDER);
        model.addAttribute("mayCreate", visit.may("PUT", Visit.path(PROVIDERS, SecretPlace.MANAGER, "new")));
        return "secret/providers";
    }

    @GetMapping("/secrets/{id}")
    String list(@PathVariable String id, Visit visit, HttpServletRequest request, Model model) {
        String path = SecretPlace.list(id);
        Table table = Table.of(visit, request, path);
        if (table.reply().status() == 403 || table.reply().status() == 404) {
            table.reply().orFail();
        }
        model.addAttribute("table", table);
        model.addAttribute("id", id);
        model.addAttribute("pages", SecretPlace.pages(id));
        model.addAttribute("now", Instant.now());
        model.addAttribute("mayWrite", visit.may("PUT", path + "/x"));
        return "secret/list";
    }

    @GetMapping("/secrets/{id}/show")
    String one(
            @PathVariable String id,
            @RequestParam(defaultValue = "") String path,
            Visit visit,
            HttpServletRequest request,
            Model model) {
        SecretPlace place = SecretPlace.of(id, path);
        Reply reply = visit.get(place.api());
        Item secret = reply.orFail().at("value");
        model.addAttribute("place", place);
        model.addAttribute("secret", secret);
        model.addAttribute("now", Instant.now());
        model.addAttribute("mayWrite", visit.may("PATCH", place.api()));
        if (visit.may("GET", Visit.path(PROVIDERS, SecretPlace.MANAGER, id) + "/usage")) {
            model.addAttribute("uses", Uses.of(visit, place));
        }
        return "secret/one";
    }
}
