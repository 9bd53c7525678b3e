package dev.secretproviders.dashboard.provider;

import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.PageException;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import tools.jackson.databind.node.ObjectNode;

/** Tests of a connection: all steps when the test is over, or each while it happens. */
@Controller
class TestPages {
    private static final String PAGE = "provider/test";

    @GetMapping("/providers/{manager}/{id}/test")
    String form(
            @PathVariable String manager,
            @PathVariable String id,
            @RequestParam(defaultValue = "") String path,
            Visit visit,
            Model model) {
        visit.get(Visit.path(ProviderPages.API, manager, id)).orFail();
        if (!visit.may("POST", api(manager, id))) {
            throw new PageException(403, "Your roles do not include the right to test a provider.");
        }
        return shown(model, manager, id, path);
    }

    @PostMapping("/providers/{manager}/{id}/test")
    String test(
            @PathVariable String manager,
            @PathVariable String id,
            @RequestParam(defaultValue = "") String path,
            Visit visit,
            HttpServletResponse response,
            Model model) {
        Reply reply = visit.send("POST", api(manager, id), Map.of(), body(path));
        if (reply.ok()) {
            model.addAttribute("result", reply.body());
        } else {
            response.setStatus(reply.status());
            model.addAttribute("problem", reply.error());
        }
        return shown(model, manager, id, path);
    }

    /** Sends the steps as server-sent events. The script of the page calls it. */
    @PostMapping("/providers/{manager}/{id}/test/steps")
    void steps(
            @PathVariable String manager,
            @PathVariable String id,
            @RequestParam(defaultValue = "") String path,
            Visit visit,
            HttpServletResponse response)
            throws IOException {
        Reply reply = visit.send("POST", api(manager, id), Map.of("stream", "true"), body(path));
        Answer.Stream stream = reply.stream();
        if (stream == null) {
            throw new PageException(reply.status(), reply.error());
        }
        response.setContentType("text/event-stream;charset=utf-8");
        response.setHeader("X-Accel-Buffering", "no");
        stream.to(response.getOutputStream());
    }

    private static String api(String manager, String id) {
        return Visit.path(ProviderPages.API, manager, id) + "/test";
    }

    private static ObjectNode body(String path) {
        ObjectNode body = Json.object();
        if (!path.isBlank()) {
            body.put("path", path.strip());
        }
        return body;
    }

    private static String shown(Model model, String manager, String id, String path) {
        model.addAttribute("manager", manager);
        model.addAttribute("id", id);
        model.addAttribute("path", path);
        model.addAttribute("page", Visit.path("/dashboard/providers", manager, id));
        if (!model.containsAttribute("result")) {
            model.addAttribute("result", Item.EMPTY);
        }
        model.addAttribute("titles", StepTitles.ALL);
        return PAGE;
    }
}
