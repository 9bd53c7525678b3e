package dev.secretproviders.dashboard.certificates;

import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Table;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** The list of certificates, the page of each, forms, and deletion. None shows a private key. */
@Controller
class CertificatePages {
    static final String API = "/admin/certificates";
    private static final String HOME = "/dashboard/certificates";
    private static final List<String> STATES =
            List.of("pending", "in_force", "refused", "not_ours", "contested", "not_written");

    /** The area. */
    @Bean
    static Room certificatesRoom() {
        return new Room("certificates", "Certificates", "lock", 45, API);
    }

    @GetMapping("/certificates")
    String list(Visit visit, HttpServletRequest request, Model model) {
        model.addAttribute("table", Table.of(visit, request, API));
        model.addAttribute("states", STATES);
        model.addAttribute("mayCreate", mayWrite(visit));
        return "certificate/list";
    }

    private static boolean mayWrite(Visit visit) {
        return visit.may("PUT", Visit.path(API, "new"));
    }

    @GetMapping("/certificates/new")
    String create(Visit visit, Model model) {
        visit.get(API, Map.of("page_size", "10")).orFail();
        return form(null, CertificateForm.EMPTY, null, model);
    }

    @PostMapping("/certificates/new")
    String created(Visit visit, HttpServletRequest request, HttpServletResponse response, Model model) {
        CertificateForm form = CertificateForm.sent(request);
        String id = Objects.requireNonNullElse(request.getParameter("id"), "").strip();
        model.addAttribute("id", id);
        if (id.isEmpty()) {
            response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
            String page = form(null, form, null, model);
            model.addAttribute("error", "id: write 1 to 64 letters, digits, '-', '_' and '.'");
            return page;
        }
        Reply reply = visit.send("PUT", Visit.path(API, id), Map.of(), form.body(), "");
        if (reply.ok()) {
            visit.done("The certificate " + id + " was checked and saved.");
            return "redirect:" + Visit.path(HOME, id);
        }
        response.setStatus(reply.status());
        return form(null, form, reply, model);
    }

    @GetMapping("/certificates/{id}")
    String one(@PathVariable String id, Visit visit, Model model) {
        Item certificate = visit.get(Visit.path(API, id)).orFail().at("value");
        model.addAttribute("certificate", certificate);
        model.addAttribute("page", Visit.path(HOME, id));
        model.addAttribute("mayWrite", mayWrite(visit));
        return "certificate/one";
    }

    @GetMapping("/certificates/{id}/edit")
    String edit(@PathVariable String id, Visit visit, Model model) {
        Reply reply = visit.get(Visit.path(API, id));
        Item certificate = reply.orFail().at("value");
        model.addAttribute("revision", reply.revision());
        return form(id, CertificateForm.of(certificate), null, model);
    }

    @PostMapping("/certificates/{id}/edit")
    String edited(
            @PathVariable String id,
            @RequestParam(defaultValue = "") String revision,
            Visit visit,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model) {
        CertificateForm form = CertificateForm.sent(request);
        Reply reply = visit.send("PUT", Visit.path(API, id), Map.of(), form.body(), revision);
        if (reply.ok()) {
            visit.done("The certificate " + id + " was checked and saved.");
            return "redirect:" + Visit.path(HOME, id);
        }
        response.setStatus(reply.status());
        model.addAttribute("revision", revision);
        return form(id, form, reply, model);
    }

    private static String form(@Nullable String id, CertificateForm form, @Nullable Reply reply, Model model) {
        model.addAttribute("certificate", id);
        model.addAttribute("title", id == null ? "New certificate" : "Edit " + id);
        model.addAttribute("form", form);
        model.addAttribute("error", reply == null || !reply.problems().isEmpty() ? "" : reply.error());
        model.addAttribute("problems", reply == null ? List.of() : reply.problems());
        model.addAttribute("target", id == null ? HOME + "/new" : Visit.path(HOME, id) + "/edit");
        model.addAttribute("back", id == null ? HOME : Visit.path(HOME, id));
        return "certificate/form";
    }

    @GetMapping("/certificates/{id}/delete")
    String delete(@PathVariable String id, Visit visit, Model model) {
        model.addAttribute(
                "certificate", visit.get(Visit.path(API, id)).orFail().at("value"));
        model.addAttribute("page", Visit.path(HOME, id));
        return "certificate/delete";
    }

    @PostMapping("/certificates/{id}/delete")
    String deleted(@PathVariable String id, Visit visit) {
        Reply reply = visit.send("DELETE", Visit.path(API, id), Map.of(), null);
        if (!reply.ok()) {
            visit.failed(reply.error());
            return "redirect:" + Visit.path(HOME, id);
        }
        visit.done("The certificate " + id + " was deleted. The runner removes it from the gateway.");
        return "redirect:" + HOME;
    }
}
