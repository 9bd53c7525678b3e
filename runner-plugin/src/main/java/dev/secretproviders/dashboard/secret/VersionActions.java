package dev.secretproviders.dashboard.secret;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.PageException;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import tools.jackson.databind.node.ObjectNode;

/** Rolls back, sets an end, destroys a version, and deletes a secret. What removes something shows first what uses it. */
@Controller
class VersionActions {
    private static final String CONFIRM = "secret/confirm";
    private static final String REMOVE = "secret/remove";

    @GetMapping("/secrets/{id}/rollback")
    String confirmRollback(
            @PathVariable String id,
            @RequestParam(defaultValue = "") String path,
            @RequestParam int version,
            Visit visit,
            Model model) {
        SecretPlace place = SecretPlace.of(id, path);
        Reply reply = visit.get(place.api());
        Item secret = reply.orFail().at("value");
        return rollback(model, place, version, secret, reply.revision());
    }

    @PostMapping("/secrets/{id}/rollback")
    String rollback(
            @PathVariable String id,
            @RequestParam(defaultValue = "") String path,
            @RequestParam int version,
            @RequestParam(defaultValue = "") String revision,
            Visit visit,
            HttpServletResponse response,
            Model model) {
        SecretPlace place = SecretPlace.of(id, path);
        ObjectNode body = Json.object().put("action", "rollback").put("version", version);
        Reply reply = visit.send("POST", place.api(), Map.of(), body, revision);
        if (reply.ok()) {
            visit.done("Version " + reply.body().text("value.version") + " of " + place.path()
                    + " has the values of version " + version + ".");
            return "redirect:" + place.page();
        }
        response.setStatus(reply.status());
        model.addAttribute("problem", reply.error());
        return rollback(model, place, version, visit.get(place.api()).body().at("value"), revision);
    }

    private static String rollback(Model model, SecretPlace place, int version, Item secret, String revision) {
        Item wanted = secret.items("versions").stream()
                .filter(one -> one.whole("version") == version)
                .findFirst()
                .orElseThrow(() -> new PageException(404, "Version " + version + " is not kept any more."));
        model.addAttribute("place", place);
        model.addAttribute("version", wanted);
        model.addAttribute("current", secret);
        model.addAttribute("revision", revision);
        return CONFIRM;
    }

    @GetMapping("/secrets/{id}/expire")
    String end(@PathVariable String id, @RequestParam(defaultValue = "") String path, Visit visit, Model model) {
        SecretPlace place = SecretPlace.of(id, path);
        Reply reply = visit.get(place.api());
        Item secret = reply.orFail().at("value");
        return end(model, place, End.input(secret.time("expires_at")), reply.revision());
    }

    @PostMapping("/secrets/{id}/expire")
    String ended(
            @PathVariable String id,
            @RequestParam(defaultValue = "") String path,
            @RequestParam(defaultValue = "") String expires,
            @RequestParam(defaultValue = "") String revision,
            Visit visit,
            HttpServletResponse response,
            Model model) {
        SecretPlace place = SecretPlace.of(id, path);
        ObjectNode body = Json.object();
        body.putNull("expires_at");
        End.put(body, expires);
        Reply reply = visit.send("PATCH", place.api(), Map.of(), body, revision);
        if (reply.ok()) {
            String at = reply.body().text("value.expires_at");
            visit.done(place.path() + (at.isEmpty() ? " never expires." : " expires at " + at + "."));
            return "redirect:" + place.page();
        }
        response.setStatus(reply.status());
        model.addAttribute("problem", reply.error());
        return end(model, place, expires, revision);
    }

    private static String end(Model model, SecretPlace place, String expires, String revision) {
        model.addAttribute("place", place);
        model.addAttribute("expires", expires);
        model.addAttribute("revision", revision);
        return "secret/expire";
    }

    @GetMapping({"/secrets/{id}/delete", "/secrets/{id}/destroy"})
    String confirmRemoval(
            @PathVariable String id,
            @RequestParam(defaultValue = "") String path,
            @RequestParam(required = false) @Nullable Integer version,
            Visit visit,
            Model model) {
        SecretPlace place = SecretPlace.of(id, path);
        Reply reply = remove(visit, place, version, Map.of("dry_run", "true"));
        if (!reply.ok() && reply.status() != 409) {
            reply.orFail();
        }
        return removal(model, visit, place, version, reply);
    }

    @PostMapping({"/secrets/{id}/delete", "/secrets/{id}/destroy"})
    String removed(
            @PathVariable String id,
            @RequestParam(defaultValue = "") String path,
            @RequestParam(required = false) @Nullable Integer version,
            @RequestParam(defaultValue = "") String action,
            Visit visit,
            HttpServletResponse response,
            Model model) {
        SecretPlace place = SecretPlace.of(id, path);
        Reply reply = remove(visit, place, version, action.equals("force") ? Map.of("force", "true") : Map.of());
        if (reply.ok()) {
            visit.done(
                    version == null
                            ? place.path() + " was deleted with all its versions."
                            : "The values of version " + version + " of " + place.path() + " were destroyed.");
            return "redirect:" + (version == null ? SecretPlace.pages(id) : place.page());
        }
        response.setStatus(reply.status());
        return removal(model, visit, place, version, reply);
    }

    private static Reply remove(Visit visit, SecretPlace place, @Nullable Integer version, Map<String, String> how) {
        Map<String, String> query = new TreeMap<>(how);
        return version == null
                ? visit.send("DELETE", place.api(), query, null)
                : visit.send(
                        "POST",
                        place.api(),
                        query,
                        Json.object().put("action", "destroy").put("version", version.intValue()));
    }

    private static String removal(Model model, Visit visit, SecretPlace place, @Nullable Integer version, Reply reply) {
        model.addAttribute("place", place);
        model.addAttribute("version", version);
        model.addAttribute("target", version == null ? place.at("delete") : place.at("destroy", version));
        model.addAttribute("what", version == null ? place.path() : "version " + version + " of " + place.path());
        model.addAttribute("reply", reply);
        model.addAttribute("mayForce", visit.has(Right.FORCE));
        return REMOVE;
    }
}
