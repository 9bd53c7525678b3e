package dev.secretproviders.dashboard.accesslog;

import dev.secretproviders.admin.AdminRequest;
import dev.secretproviders.dashboard.page.PageException;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Table;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;

/** The access log: its entries, what it has about one secret, and files to download. */
@Controller
class AccessLogPages {
    static final String API = "/admin/access-log";

    private static final String EXPORT = API + "/export";
    private static final String PAGE = "/dashboard/access-log";
    private static final List<String> FILTERS = List.of("provider", "path", "consumer", "runner", "outcome");
    /** What the form offers, in the order in which readers look for it. */
    private static final List<String> OUTCOMES = List.of(
            "used",
            "used_previous",
            "found",
            "unchanged",
            "checked",
            "missing",
            "gone",
            "unavailable",
            "timeout",
            "throttled",
            "authentication",
            "permission",
            "invalid_answer",
            "configuration",
            "dropped",
            "unreadable");

    private final InstantSource clock = InstantSource.system();

    /** The area. */
    @Bean
    static Room accessLogRoom() {
        return new Room("access-log", "Access log", "accesslog", 70, API);
    }

    @GetMapping("/access-log")
    String list(Visit visit, HttpServletRequest request, Model model) {
        Span span = Span.of(request, clock.instant());
        Table table = Table.of(visit, request, API, span.query());
        Map<String, String> filters = filters(request);
        model.addAttribute("table", table);
        model.addAttribute("hours", Hour.of(table.rows()));
        model.addAttribute("span", span);
        model.addAttribute("spans", Span.choices());
        model.addAttribute("outcomes", OUTCOMES);
        model.addAttribute("filtered", !filters.isEmpty());
        model.addAttribute("first", link(PAGE, filters, span.parameters()));
        Map<String, String> older = new LinkedHashMap<>(span.parameters());
        older.put("cursor", table.reply().body().text("next"));
        model.addAttribute("older", table.reply().body().has("next") ? link(PAGE, filters, older) : "");
        model.addAttribute(
                "recording", !table.reply().ok() || table.reply().body().flag("recording"));
        model.addAttribute("csv", link(PAGE + "/export", filters, with(span.parameters(), "format", "csv")));
        model.addAttribute("lines", link(PAGE + "/export", filters, with(span.parameters(), "format", "jsonl")));
        return "access-log/list";
    }

    @GetMapping("/access-log/{manager}/{id}")
    String secret(
            @PathVariable String manager,
            @PathVariable String id,
            @RequestParam String path,
            Visit visit,
            HttpServletRequest request,
            Model model) {
        Span span = Span.of(request, clock.instant());
        String provider = manager + "/" + id;
        Map<String, String> secret = new LinkedHashMap<>();
        secret.put("provider", provider);
        secret.put("path", path);
        model.addAttribute("provider", provider);
        model.addAttribute("manager", manager);
        model.addAttribute("providerId", id);
        model.addAttribute("path", path);
        model.addAttribute("span", span);
        model.addAttribute("spans", Span.choices());
        model.addAttribute("use", SecretUse.read(visit, provider, path, span));
        model.addAttribute("width", Bars.WIDTH);
        model.addAttribute("height", Bars.HEIGHT);
        model.addAttribute("entries", link(PAGE, secret, span.parameters()));
        model.addAttribute("csv", link(PAGE + "/export", secret, with(span.parameters(), "format", "csv")));
        model.addAttribute("showConsumers", has(visit, "consumers"));
        model.addAttribute("showProviders", has(visit, "providers"));
        return "access-log/secret";
    }

    /** Leads from a page that knows a secret by its provider and name to the secret's page here. */
    @GetMapping("/access-log/of")
    String of(@RequestParam String provider, @RequestParam String path) {
        String[] names = provider.split("/", 2);
        if (names.length != 2) {
            throw new PageException(404, "There is no provider of this name.");
        }
        return "redirect:" + Visit.path(PAGE, names) + "?" + AdminRequest.query(Map.of("path", path));
    }

    @GetMapping("/access-log/export")
    void export(Visit visit, HttpServletRequest request, HttpServletResponse response) throws IOException {
        Map<String, String> query = new TreeMap<>(filters(request));
        query.putAll(Span.of(request, clock.instant()).query());
        boolean csv = "csv".equals(request.getParameter("format"));
        query.put("format", csv ? "csv" : "jsonl");
        Reply reply = visit.get(EXPORT, query);
        var stream = reply.stream();
        if (!reply.ok() || stream == null) {
            throw new PageException(reply.status(), reply.error());
        }
        response.setContentType(csv ? "text/csv; charset=utf-8" : "application/x-ndjson");
        response.setHeader(
                "Content-Disposition", "attachment; filename=\"access-log." + (csv ? "csv" : "jsonl") + "\"");
        stream.to(response.getOutputStream());
    }

    private static boolean has(Visit visit, String room) {
        return visit.rooms().stream().anyMatch(one -> one.id().equals(room));
    }

    private static Map<String, String> filters(HttpServletRequest request) {
        Map<String, String> filters = new LinkedHashMap<>();
        for (String name : FILTERS) {
            String value = request.getParameter(name);
            if (value != null && !value.isBlank()) {
                filters.put(name, value.strip());
            }
        }
        return filters;
    }

    private static Map<String, String> with(Map<String, String> parameters, String name, String value) {
        Map<String, String> all = new LinkedHashMap<>(parameters);
        all.put(name, value);
        return all;
    }

    private static String link(String page, Map<String, String> filters, Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(filters);
        all.putAll(more);
        return page + "?" + AdminRequest.query(all);
    }
}
