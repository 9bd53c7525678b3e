package dev.secretproviders.dashboard.provider;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.dashboard.form.FormReader;
import dev.secretproviders.dashboard.form.SchemaForm;
import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import tools.jackson.databind.node.ObjectNode;

/** Creates, edits and deletes providers. */
@Controller
class ProviderForms {
    private static final String PAGES = "/dashboard/providers";

    @GetMapping("/providers/new")
    String choose(Visit visit, Model model) {
        model.addAttribute("managers", Managers.of(visit));
        return "provider/choose";
    }

    @GetMapping("/providers/new/{manager}")
    String create(@PathVariable String manager, Visit visit, Model model) {
        Item schema = Managers.schema(visit, manager);
        form(model, manager, "", "", SchemaForm.of(schema.node(), Json.object(), List.of()));
        return "provider/form";
    }

    @PostMapping("/providers/new/{manager}")
    String created(
            @PathVariable String manager,
            @RequestParam(defaultValue = "") String id,
            @RequestParam(defaultValue = "save") String action,
            Visit visit,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model) {
        if (id.isBlank()) {
            Item schema = Managers.schema(visit, manager);
            ObjectNode value = FormReader.read(schema.node(), request);
            form(model, manager, "", "", SchemaForm.of(schema.node(), value, List.of()));
            model.addAttribute("idProblem", "Write a name, such as prod.");
            response.setStatus(400);
            return "provider/form";
        }
        return write(new Attempt(manager, id.strip(), "", true, action), visit, request, response, model);
    }

    @GetMapping("/providers/{manager}/{id}/edit")
    String edit(@PathVariable String manager, @PathVariable String id, Visit visit, Model model) {
        Reply reply = visit.get(Visit.path(ProviderPages.API, manager, id));
        Item provider = reply.orFail().at("value");
        Item schema = Managers.schema(visit, manager);
        form(model, manager, id, reply.revision(), SchemaForm.of(schema.node(), provider.node(), List.of()));
        return "provider/form";
    }

    @PostMapping("/providers/{manager}/{id}/edit")
    String edited(
            @PathVariable String manager,
            @PathVariable String id,
            @RequestParam(defaultValue = "") String revision,
            @RequestParam(defaultValue = "save") String action,
            Visit visit,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model) {
        return write(new Attempt(manager, id, revision, false, action), visit, request, response, model);
    }

    /**
     * What a form asks for.
     *
     * @param action {@code try} changes nothing, {@code save} writes, {@code force} writes although references break
     */
    private record Attempt(String manager, String id, String revision, boolean creates, String action) {
        boolean trial() {
            return action.equals("try");
        }

        String path() {
            return Visit.path(ProviderPages.API, manager, id);
        }

        String page() {
            return Visit.path(PAGES, manager, id);
        }

        Map<String, String> query() {
            return switch (action) {
                case "try" -> ProviderPages.trial();
                case "force" -> Map.of("force", "true");
                default -> Map.of();
            };
        }
    }

    private static String write(
            Attempt attempt, Visit visit, HttpServletRequest request, HttpServletResponse response, Model model) {
        Item schema = Managers.schema(visit, attempt.manager());
        ObjectNode value = FormReader.read(schema.node(), request);
        Reply reply = visit.send("PUT", attempt.path(), attempt.query(), value, attempt.revision());
        if (reply.ok() && !attempt.trial()) {
            List<String> warnings = reply.body().texts("warnings");
            if (warnings.isEmpty()) {
                visit.done(
                        attempt.manager() + "/" + attempt.id() + (attempt.creates() ? " was created." : " was saved."));
            } else {
                visit.warn("It was saved. Note: " + String.join(" ", warnings));
            }
            return "redirect:" + attempt.page();
        }
        SchemaForm form = SchemaForm.of(schema.node(), value, reply.problems());
        form(model, attempt.manager(), attempt.creates() ? "" : attempt.id(), attempt.revision(), form);
        model.addAttribute("id", attempt.id());
        model.addAttribute("creates", attempt.creates());
        model.addAttribute("reply", reply);
        model.addAttribute("trial", attempt.trial());
        model.addAttribute("titles", StepTitles.ALL);
        model.addAttribute("mayForce", visit.has(Right.FORCE));
        response.setStatus(reply.status());
        return "provider/form";
    }

    private static void form(Model model, String manager, String id, String revision, SchemaForm form) {
        model.addAttribute("manager", manager);
        model.addAttribute("id", id);
        model.addAttribute("creates", id.isEmpty());
        model.addAttribute("title", id.isEmpty() ? "New " + manager + " provider" : "Edit " + manager + "/" + id);
        model.addAttribute("revision", revision);
        model.addAttribute("form", form);
        model.addAttribute(
                "target",
                id.isEmpty() ? Visit.path(PAGES + "/new", manager) : Visit.path(PAGES, manager, id) + "/edit");
    }

    @GetMapping("/providers/{manager}/{id}/delete")
    String confirm(@PathVariable String manager, @PathVariable String id, Visit visit, Model model) {
        String path = Visit.path(ProviderPages.API, manager, id);
        Reply reply = visit.send("DELETE", path, ProviderPages.trial(), null);
        if (!reply.ok() && reply.status() != 409) {
            reply.orFail();
        }
        confirmation(manager, id, reply, visit, model);
        return "provider/delete";
    }

    @PostMapping("/providers/{manager}/{id}/delete")
    String delete(
            @PathVariable String manager,
            @PathVariable String id,
            @RequestParam(defaultValue = "") String action,
            Visit visit,
            HttpServletResponse response,
            Model model) {
        Map<String, String> query = action.equals("force") ? Map.of("force", "true") : Map.of();
        Reply reply = visit.send("DELETE", Visit.path(ProviderPages.API, manager, id), query, null);
        if (reply.ok()) {
            visit.done(manager + "/" + id + " was deleted.");
            return "redirect:" + PAGES;
        }
        response.setStatus(reply.status());
        confirmation(manager, id, reply, visit, model);
        return "provider/delete";
    }

    private static void confirmation(String manager, String id, Reply reply, Visit visit, Model model) {
        model.addAttribute("manager", manager);
        model.addAttribute("id", id);
        model.addAttribute("page", Visit.path(PAGES, manager, id));
        model.addAttribute("reply", reply);
        model.addAttribute("mayForce", visit.has(Right.FORCE));
    }
}
