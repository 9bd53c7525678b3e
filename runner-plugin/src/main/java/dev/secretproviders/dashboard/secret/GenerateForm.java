package dev.secretproviders.dashboard.secret;

import dev.secretproviders.admin.rest.Json;
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

/**
 * Has a random key generated and shows it once. The form carries the revision of the secret, so that a page that is loaded again
 * neither shows the key a second time nor generates another one.
 */
@Controller
class GenerateForm {
    private static final String FORM = "secret/generate";
    private static final List<String> ALPHABETS = List.of("base64url", "alphanumeric", "hex");

    @GetMapping("/secrets/{id}/generate")
    String form(@PathVariable String id, @RequestParam(defaultValue = "") String path, Visit visit, Model model) {
        String revision = "";
        String field = "key";
        if (!path.isBlank()) {
            SecretPlace place = SecretPlace.of(id, path);
            Reply reply = visit.get(place.api());
            List<String> fields = reply.orFail().texts("value.fields");
            revision = reply.revision();
            field = fields.contains(field) || fields.isEmpty() ? field : fields.getFirst();
            model.addAttribute("place", place);
        }
        return shown(model, id, Map.of("path", path, "field", field, "revision", revision));
    }

    @PostMapping("/secrets/{id}/generate")
    String generate(
            @PathVariable String id,
            @RequestParam(defaultValue = "") String path,
            @RequestParam(defaultValue = "") String revision,
            Visit visit,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model) {
        if (path.isBlank()) {
            return again(model, id, request, response, 400, "Write a path, such as team/jack.");
        }
        SecretPlace place = SecretPlace.of(id, path);
        if (!revision.isEmpty()) {
            model.addAttribute("place", place);
        }
        Reply reply = visit.send("POST", place.api(), Map.of(), body(request), revision);
        if (reply.ok()) {
            model.addAttribute("place", place);
            model.addAttribute("field", text(request, "field"));
            model.addAttribute("version", reply.body().text("value.version"));
            model.addAttribute("generated", reply.body().text("value.generated"));
            return "secret/generated";
        }
        String problem = reply.status() == 412
                ? "This secret was written meanwhile, perhaps by this very form. A generated key is shown only once."
                        + " Open the secret to see its versions, and generate again if the key is lost."
                : reply.error();
        return again(model, id, request, response, reply.status(), problem);
    }

    private static ObjectNode body(HttpServletRequest request) {
        ObjectNode body = Json.object();
        body.put("action", "generate");
        body.put("field", text(request, "field"));
        body.put("alphabet", text(request, "alphabet"));
        String length = text(request, "length");
        if (length.matches("\\d{1,9}")) {
            body.put("length", Integer.parseInt(length));
        } else if (!length.isEmpty()) {
            body.put("length", length);
        }
        body.put("reveal", true);
        End.put(body, text(request, "expires"));
        return body;
    }

    private static String again(
            Model model,
            String id,
            HttpServletRequest request,
            HttpServletResponse response,
            int status,
            String problem) {
        response.setStatus(status);
        model.addAttribute("problem", problem);
        return shown(
                model,
                id,
                Map.of(
                        "path", text(request, "path"),
                        "field", text(request, "field"),
                        "alphabet", text(request, "alphabet"),
                        "length", text(request, "length"),
                        "expires", text(request, "expires"),
                        "revision", text(request, "revision")));
    }

    private static String shown(Model model, String id, Map<String, String> values) {
        model.addAttribute("id", id);
        model.addAttribute("pages", SecretPlace.pages(id));
        model.addAttribute("alphabets", ALPHABETS);
        for (String name : List.of("path", "field", "alphabet", "length", "expires", "revision")) {
            model.addAttribute(name, values.getOrDefault(name, ""));
        }
        return FORM;
    }

    private static String text(HttpServletRequest request, String name) {
        String text = request.getParameter(name);
        return text == null ? "" : text.strip();
    }
}
