package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.peers.Prometheus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The alert rules: their unit tests by promtool, and a section of the runbook for each. */
class AlertsTest {
    static final Path DIRECTORY = Path.of("..", "monitoring");

    private static final Pattern SECTION = Pattern.compile("(?ms)^### (\\w+)\n(.*?)(?=^##|\\z)");

    @Test
    void promtoolAcceptsTheRulesAndTheirTestsPass() throws Exception {
        Prometheus.Finished check = Prometheus.promtool(DIRECTORY, "check", "rules", "alerts.yml");
        assertThat(check.code()).as(check.out()).isZero();
        Prometheus.Finished test = Prometheus.promtool(DIRECTORY, "test", "rules", "alerts-test.yml");
        assertThat(test.code()).as(test.out()).isZero();
    }

    /** Otherwise the tests of promtool would pass for a rule that they do not name. */
    @Test
    void eachAlertIsTestedSilentAndFiring() throws Exception {
        List<String> silent = new ArrayList<>();
        List<String> firing = new ArrayList<>();
        for (JsonNode group : yaml("alerts-test.yml").path("tests")) {
            for (JsonNode test : group.path("alert_rule_test")) {
                (test.path("exp_alerts").isEmpty() ? silent : firing)
                        .add(test.path("alertname").asString());
            }
        }
        List<String> names =
                alerts().stream().map(alert -> alert.path("alert").asString("")).toList();
        assertThat(names).hasSizeGreaterThan(25).doesNotHaveDuplicates();
        assertThat(silent).containsAll(names);
        assertThat(firing).containsExactlyInAnyOrderElementsOf(names);
    }

    @Test
    void eachAlertHasItsSectionOfTheRunbook() throws Exception {
        String runbook = DocumentedBlock.read("docs/how-to/runbook.md");
        List<String> sections = SECTION.matcher(runbook)
                .results()
                .peek(section -> assertThat(section.group(2))
                        .as(section.group(1))
                        .contains("**Means:**", "**Look:**", "**Do:**"))
                .map(section -> section.group(1))
                .toList();
        List<String> names = new ArrayList<>();
        for (JsonNode alert : alerts()) {
            String name = alert.path("alert").asString("");
            names.add(name);
            JsonNode annotations = alert.path("annotations");
            assertThat(annotations.path("runbook_url").asString(""))
                    .isEqualTo("docs/how-to/runbook.md#" + name.toLowerCase(Locale.ROOT));
            assertThat(annotations.path("summary").asString("")).as(name).isNotBlank();
            assertThat(annotations.path("description").asString("")).as(name).isNotBlank();
            assertThat(alert.path("labels").path("severity").asString(""))
                    .as(name)
                    .isIn("critical", "warning", "info");
        }
        assertThat(sections).containsExactlyInAnyOrderElementsOf(names);
        assertThat(DocumentedBlock.read("docs/how-to/monitoring.md")).contains("has " + names.size() + " rules");
    }

    static List<JsonNode> alerts() throws IOException {
        return StreamSupport.stream(yaml("alerts.yml").path("groups").spliterator(), false)
                .flatMap(group -> StreamSupport.stream(group.path("rules").spliterator(), false))
                .toList();
    }

    private static JsonNode yaml(String name) throws IOException {
        return new YAMLMapper().readTree(Files.readString(DIRECTORY.resolve(name)));
    }
}
