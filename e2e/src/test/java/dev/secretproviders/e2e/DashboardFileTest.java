package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The Grafana dashboard as a file. {@link MonitoringTest} asks a Prometheus for its expressions. */
class DashboardFileTest {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)");
    private static final Pattern ALERT = Pattern.compile("\\bSecretProviders\\w+");

    @Test
    void itFitsTheSchema() throws Exception {
        String schema = Files.readString(Path.of("src", "test", "resources", "grafana-dashboard.schema.json"));
        assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(JsonMapper.shared().readTree(schema))
                        .validate(dashboard()))
                .isEmpty();
    }

    @Test
    void panelsDoNotOverlapAndHaveNumbersOfTheirOwn() throws Exception {
        Set<Integer> ids = new HashSet<>();
        Set<String> cells = new HashSet<>();
        for (JsonNode panel : dashboard().path("panels")) {
            String title = panel.path("title").asString("");
            assertThat(ids.add(panel.path("id").asInt())).as(title).isTrue();
            JsonNode place = panel.path("gridPos");
            int right = place.path("x").asInt() + place.path("w").asInt();
            assertThat(right).as(title).isLessThanOrEqualTo(24);
            for (int x = place.path("x").asInt(); x < right; x++) {
                for (int y = 0; y < place.path("h").asInt(); y++) {
                    assertThat(cells.add(x + "/" + (place.path("y").asInt() + y)))
                            .as(title)
                            .isTrue();
                }
            }
        }
    }

    @Test
    void variablesAndAlertsThatItNamesAreThere() throws Exception {
        JsonNode dashboard = dashboard();
        Set<String> known = new TreeSet<>(Set.of("__rate_interval", "__all"));
        dashboard
                .path("templating")
                .path("list")
                .forEach(variable -> known.add(variable.path("name").asString("")));
        Set<String> alerts = new TreeSet<>();
        for (JsonNode alert : AlertsTest.alerts()) {
            alerts.add(alert.path("alert").asString(""));
        }
        String text = dashboard.toString();
        List<String> unknown = new ArrayList<>();
        VARIABLE.matcher(text)
                .results()
                .map(variable -> variable.group(1))
                .filter(name -> !known.contains(name))
                .forEach(unknown::add);
        ALERT.matcher(text)
                .results()
                .map(alert -> Objects.requireNonNull(alert.group()))
                .filter(name -> !alerts.contains(name))
                .forEach(unknown::add);
        assertThat(unknown).isEmpty();
    }

    private static JsonNode dashboard() throws IOException {
        return JsonMapper.shared().readTree(Files.readString(AlertsTest.DIRECTORY.resolve("grafana-dashboard.json")));
    }
}
