package dev.secretproviders.dashboard.access;

import dev.secretproviders.admin.access.Role;
import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Table;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** Tokens: the list, forms to create and edit, the text of a new one shown once, and the end of one. */
@Controller
class TokenPages {
    static final String API = "/admin/tokens";
    private static final String HOME = "/dashboard/access";

    @GetMapping("/access")
    String list(Visit visit, HttpServletRequest request, Model model) {
        if (!visit.may("GET", API)) {
            return "redirect:" + HOME + "/sessions";
        }
        model.addAttribute("tab", "tokens");
        model.addAttribute("tokens", true);
        model.addAttribute("table", Table.of(visit, request, API));
        model.addAttribute("roles", Arrays.stream(Role.values()).map(Role::text).toList());
        model.addAttribute("own", Objects.requireNonNullElse(visit.caller().tokenId(), ""));
        model.addAttribute("mayCreate", visit.may("POST", API));
        return "access/tokens";
    }

    @GetMapping("/access/tokens/new")
    String create(Visit visit, Model model) {
        visit.get(API, Map.of("page_size", "10")).orFail();
        return form(null, TokenForm.EMPTY, null, model);
    }

    @PostMapping("/access/tokens/new")
    String created(Visit visit, HttpServletRequest request, HttpServletResponse response, Model model) {
        TokenForm form = TokenForm.sent(request);
        String problem = form.problem();
        Reply reply = problem == null ? visit.send("POST", API, Map.of(), form.body()) : null;
        if (reply == null || !reply.ok()) {
            response.setStatus(reply == null ? 400 : reply.status());
            return form(null, form, reply, model.addAttribute("problem", problem));
        }
        // Not a redirect: the text is in no other place than this answer.
        model.addAttribute("token", reply.body().at("value"));
        return "access/created";
    }

    @GetMapping("/access/tokens/{id}")
    String edit(@PathVariable String id, Visit visit, Model model) {
        Reply reply = visit.get(Visit.path(API, id));
        Item token = reply.orFail().at("value");
        model.addAttribute("revision", reply.revision());
        return form(token, TokenForm.of(token), null, model);
    }

    @PostMapping("/access/tokens/{id}")
    String edited(
            @PathVariable String id,
            @RequestParam(defaultValue = "") String revision,
            Visit visit,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model) {
        TokenForm form = TokenForm.sent(request);
        String problem = form.problem();
        String path = Visit.path(API, id);
        Reply reply = problem == null ? visit.send("PATCH", path, Map.of(), form.body(), revision) : null;
        if (reply != null && reply.ok()) {
            visit.done("The token " + form.name() + " was saved. Its text stays the same.");
            return "redirect:" + HOME;
        }
        response.setStatus(reply == null ? 400 : reply.status());
        model.addAttribute("problem", problem);
        model.addAttribute("revision", revision);
        return form(visit.get(path).orFail().at("value"), form, reply, model);
    }

    private static String form(@Nullable Item token, TokenForm form, @Nullable Reply reply, Model model) {
        model.addAttribute("token", token);
        model.addAttribute("title", token == null ? "Create a token" : "Token " + token.text("name"));
        model.addAttribute("form", form);
        model.addAttribute("error", reply == null ? "" : reply.error());
        model.addAttribute("problems", reply == null ? List.of() : reply.problems());
        return "access/token";
    }

    @GetMapping("/access/tokens/{id}/end")
    String end(@PathVariable String id, Visit visit, Model model) {
        model.addAttribute("token", visit.get(Visit.path(API, id)).orFail().at("value"));
        model.addAttribute("own", id.equals(visit.caller().tokenId()));
        return "access/end";
    }

    @PostMapping("/access/tokens/{id}/end")
    String ended(@PathVariable String id, Visit visit) {
        String path = Visit.path(API, id);
        Reply reply = visit.send("DELETE", path, Map.of(), null);
        if (reply.ok()) {
            visit.done("The token was ended on every runner, and its sessions with it.");
        } else {
            visit.failed(reply.error());
        }
        return "redirect:" + HOME;
    }
}
