package dev.secretproviders.dashboard.audit;

import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.PageException;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** The audit log: a list with filters, the page of each record, exports, and the check of the chain. */
@Controller
class AuditPages {
    private static final String API = "/admin/audit";
    private static final String VERIFICATION = API + "/verification";
    private static final String ROWS = "50";

    /** The area. */
    @Bean
    static Room auditRoom() {
        return new Room("audit", "Audit", "audit", 90, API);
    }

    @GetMapping("/audit")
    String list(Visit visit, HttpServletRequest request, HttpServletResponse response, Model model) {
        AuditFilter filter = AuditFilter.of(request);
        Map<String, String> query = new TreeMap<>(filter.parameters());
        query.put("page_size", ROWS);
        Reply reply = visit.get(API, query);
        if (reply.status() == 403) {
            reply.orFail();
        }
        response.setStatus(reply.status());
        model.addAttribute("filter", filter);
        model.addAttribute("error", reply.error());
        model.addAttribute("rows", reply.body().items("list"));
        String next = reply.body().text("next");
        model.addAttribute("older", next.isEmpty() ? null : filter.older(next));
        model.addAttribute("events", events(visit));
        return "audit/list";
    }

    /** Returns what the filter for events offers: groups of events, then each event. */
    private static List<String> events(Visit visit) {
        Set<String> groups = new LinkedHashSet<>();
        Set<String> codes = new LinkedHashSet<>();
        for (Item type : visit.get(API + "/event_types").body().items("list")) {
            String code = type.text("success");
            int dot = code.indexOf('.');
            if (dot > 0) {
                groups.add(code.substring(0, dot + 1));
            }
            codes.add(code);
        }
        groups.addAll(codes);
        return List.copyOf(groups);
    }

    @GetMapping("/audit/{id:\\d{1,18}}")
    String one(@PathVariable long id, Visit visit, Model model) {
        Reply reply = visit.get(API, Map.of("cursor", Long.toString(id + 1), "page_size", "1"));
        Item found = reply.orFail().items("list").stream()
                .filter(record -> record.whole("id") == id)
                .findFirst()
                .orElseThrow(() -> new PageException(
                        404, "There is no record with this number. It may be older than audit.retention."));
        model.addAttribute("record", found);
        model.addAttribute("changes", Difference.between(found.at("before"), found.at("after")));
        return "audit/one";
    }

    /** Shows the last result, and what is under way. Reading every record would take too long for a page. */
    @GetMapping("/audit/verify")
    String verification(Visit visit, Model model) {
        model.addAttribute("state", visit.get(VERIFICATION).orFail());
        return "audit/verify";
    }

    @PostMapping("/audit/verify")
    String verify(Visit visit) {
        Item _ = visit.send("POST", VERIFICATION, Map.of(), null).orFail();
        return "redirect:/dashboard/audit/verify";
    }

    /** Sends all records that match as a file. */
    @GetMapping("/audit/export")
    void export(
            @RequestParam(defaultValue = "csv") String format,
            Visit visit,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        Map<String, String> query = new TreeMap<>(AuditFilter.of(request).parameters());
        query.remove("cursor");
        query.put("format", format);
        Reply reply = visit.get(API + "/export", query);
        if (reply.stream() == null) {
            throw new PageException(reply.ok() ? 500 : reply.status(), reply.error());
        }
        response.setContentType(format.equals("csv") ? "text/csv; charset=utf-8" : "application/x-ndjson");
        response.setHeader(
                "Content-Disposition",
                "attachment; filename=\"audit." + (format.equals("csv") ? "csv" : "jsonl") + "\"");
        reply.stream().to(response.getOutputStream());
    }
}
