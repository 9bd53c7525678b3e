package dev.secretproviders.dashboard.secret;

import dev.secretproviders.admin.rest.Json;
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

/** Creates local secrets and writes new versions, with values that a person has. */
@Controller
class SecretForms {
    private static final String FORM = "secret/form";

    @GetMapping("/secrets/{id}/new")
    String create(@PathVariable String id, Model model) {
        return form(model, id, "", "", FieldRow.of(List.of()), "");
    }

    @PostMapping("/secrets/{id}/new")
    String created(
            @PathVariable String id,
            @RequestParam(defaultValue = "") String path,
            @RequestParam(defaultValue = "") String expires,
            Visit visit,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model) {
        ObjectNode body = Json.object();
        body.set("fields", FieldRow.fields(request));
        End.put(body, expires);
        String problem = path.isBlank() ? "Write a path, such as team/jack." : nameless(request);
        if (problem.isEmpty()) {
            SecretPlace place = new SecretPlace(id, path.strip());
            Reply reply = visit.send("PUT", place.api(), Map.of(), body, "");
            if (reply.ok()) {
                visit.done(place.path() + " was created.");
                return "redirect:" + place.page();
            }
            response.setStatus(reply.status());
            problem = reply.status() == 412
                    ? "There is a secret at this path already. Open it and write a new version."
                    : reply.error();
        } else {
            response.setStatus(400);
        }
        model.addAttribute("problem", problem);
        return form(model, id, path, "", FieldRow.sent(request), expires);
    }

    @GetMapping("/secrets/{id}/version")
    String version(@PathVariable String id, @RequestParam(defaultValue = "") String path, Visit visit, Model model) {
        SecretPlace place = SecretPlace.of(id, path);
        Reply reply = visit.get(place.api());
        Item secret = reply.orFail().at("value");
        model.addAttribute("place", place);
        return form(
                model,
                id,
                place.path(),
                reply.revision(),
                FieldRow.of(secret.texts("fields")),
                End.input(secret.time("expires_at")));
    }

    @PostMapping("/secrets/{id}/version")
    String written(
            @PathVariable String id,
            @RequestParam(defaultValue = "") String path,
            @RequestParam(defaultValue = "") String expires,
            @RequestParam(defaultValue = "") String revision,
            Visit visit,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model) {
        SecretPlace place = SecretPlace.of(id, path);
        ObjectNode body = Json.object();
        body.set("fields", FieldRow.fields(request));
        body.putNull("expires_at");
        End.put(body, expires);
        String problem = nameless(request);
        if (problem.isEmpty() && body.path("fields").isEmpty()) {
            problem = "Write the new value of a field, or tick one to remove.";
        }
        if (problem.isEmpty()) {
            Reply reply = visit.send("PATCH", place.api(), Map.of(), body, revision);
            if (reply.ok()) {
                visit.done("Version " + reply.body().text("value.version") + " of " + place.path()
                        + " is in force on every runner.");
                return "redirect:" + place.page();
            }
            response.setStatus(reply.status());
            problem = reply.error();
        } else {
            response.setStatus(400);
        }
        model.addAttribute("problem", problem);
        model.addAttribute("place", place);
        return form(model, id, place.path(), revision, FieldRow.sent(request), expires);
    }

    private static String nameless(HttpServletRequest request) {
        return FieldRow.nameless(request) ? "A value has no name. Write the name of its field." : "";
    }

    private static String form(
            Model model, String id, String path, String revision, List<FieldRow> rows, String expires) {
        model.addAttribute("id", id);
        model.addAttribute("path", path);
        model.addAttribute("title", model.containsAttribute("place") ? "New version of " + path : "New secret");
        model.addAttribute("pages", SecretPlace.pages(id));
        model.addAttribute("revision", revision);
        model.addAttribute("rows", rows);
        model.addAttribute("expires", expires);
        return FORM;
    }
}
