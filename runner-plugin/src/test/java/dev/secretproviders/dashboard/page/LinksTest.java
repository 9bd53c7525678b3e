package dev.secretproviders.dashboard.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.dashboard.page.Links.Link;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinksTest {
    private final Problems problems = new Problems();

    private Links read(String name, String url) {
        return Links.read(Settings.root(Map.of("links", List.of(Map.of("name", name, "url", url))), problems));
    }

    @Test
    void linkWithAPlaceholderIsAboutARunner() {
        Links links = read("Grafana", "https://grafana.example/d/x?var-node={node}&from=now-1h");

        assertThat(problems.isEmpty()).isTrue();
        assertThat(links.general()).isEmpty();
        assertThat(links.of("a b/&c"))
                .containsExactly(new Link("Grafana", "https://grafana.example/d/x?var-node=a%20b%2F%26c&from=now-1h"));
    }

    @Test
    void linkWithoutAPlaceholderIsAboutAll() {
        Links links = read("Grafana", "http://grafana.example:3000/");

        assertThat(links.general()).containsExactly(new Link("Grafana", "http://grafana.example:3000/"));
        assertThat(links.of("a")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "javascript:alert(1), must begin with https:// or http://",
        "data:text/html;base64, must begin with https:// or http://",
        "/grafana, must begin with https:// or http://",
        "https:///x, must name a host",
        "https://jack:word@grafana.example/, must not hold a user or password",
        "https://{node}.example/, must not have a placeholder in its host",
        "https://{node}.example, must not have a placeholder in its host",
        "https://grafana.example/{provider}, is not an address",
        "https://grafana.example/a b, is not an address"
    })
    void addressThatIsNoneIsAProblem(String url, String problem) {
        Links links = read("Grafana", url);

        assertThat(links.all()).isEmpty();
        assertThat(problems.lines()).singleElement().asString().contains("links", "url", problem);
    }

    @Test
    void nameIsRequired() {
        Links _ = read("", "https://grafana.example/");

        assertThat(problems.lines()).singleElement().asString().contains("name", "is required");
    }
}
