package dev.secretproviders.dashboard.consumer;

import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Table;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** The list of consumers, and the page of each. */
@Controller
class ConsumerPages {
    private static final String API = "/admin/consumers";

    /** The area. */
    @Bean
    static Room consumersRoom() {
        return new Room("consumers", "Consumers", "consumers", 50, API);
    }

    @GetMapping("/consumers")
    String list(Visit visit, HttpServletRequest request, Model model) {
        Table table = Table.of(visit, request, API);
        model.addAttribute("table", table);
        model.addAttribute(
                "consumers",
                table.rows().stream().map(row -> Summary.of(row.at("value"))).toList());
        return "consumer/list";
    }

    @GetMapping("/consumers/{username}")
    String one(@PathVariable String username, Visit visit, Model model) {
        Item consumer = visit.get(Visit.path(API, username)).orFail().at("value");
        model.addAttribute("consumer", consumer);
        model.addAttribute("summary", Summary.of(consumer));
        model.addAttribute("credentials", consumer.items("credentials"));
        model.addAttribute("labels", consumer.entries("labels"));
        model.addAttribute("page", Visit.path("/dashboard/consumers", username));
        model.addAttribute(
                "graph",
                "/dashboard/references/graph?from="
                        + URLEncoder.encode("consumer/" + username, StandardCharsets.UTF_8));
        List<Item> moving = consumer.items("credentials").stream()
                .filter(credential -> credential.whole("previous_version_uses") > 0)
                .toList();
        model.addAttribute("moving", moving);
        return "consumer/one";
    }
}
