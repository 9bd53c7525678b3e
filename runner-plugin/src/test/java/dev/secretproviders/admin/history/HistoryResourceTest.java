package dev.secretproviders.admin.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.spi.ProviderId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class HistoryResourceTest {
    @TempDir
    private Path directory;

    private AdminFixture admin;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    private void sample(int times) {
        for (int i = 0; i < times; i++) {
            admin.figures.sample();
        }
    }

    @Test
    void historyIsEmptyBeforeTheFirstSample() {
        JsonNode history = admin.get("/admin/history").expect(200).json();

        assertThat(history.path("samples").asInt()).isZero();
        assertThat(history.path("from").isNull()).isTrue();
        assertThat(history.at("/decisions/accepted").size()).isZero();
    }

    @Test
    void historyShowsDecisionsByReasonWithTheirTimes() {
        admin.decided = new DecisionTotals(Map.of(Reason.ACCEPTED, 4L, Reason.INVALID_KEY, 1L), 9, 0, 0);
        sample(6);

        JsonNode hour = admin.get("/admin/history").expect(200).json();
        assertThat(hour.at("/decisions/accepted").toString()).isEqualTo("[4,0,0,0,0,0]");
        assertThat(hour.at("/decisions/invalid_key").toString()).isEqualTo("[1,0,0,0,0,0]");
        assertThat(hour.at("/verdicts/accepted").toString()).isEqualTo("[9,0,0,0,0,0]");
        assertThat(Duration.between(
                        Instant.parse(hour.path("from").asString()),
                        Instant.parse(hour.path("to").asString())))
                .isEqualTo(Duration.ofMinutes(1));
        JsonNode day = admin.get("/admin/history?span=half_day").expect(200).json();
        assertThat(day.path("interval_seconds").asInt()).isEqualTo(60);
        assertThat(day.at("/decisions/accepted").toString()).isEqualTo("[4]");
    }

    @Test
    void wrongSpanIsRefusedWithTheChoices() {
        assertThat(admin.get("/admin/history?span=week").expect(400).text()).contains("hour", "half_day");
    }

    @Test
    void providersAreListedByNameAsFarAsTheyAreInScope() {
        for (String id : new String[] {"b", "a", "c"}) {
            admin.figures.asked(new ProviderId("vault", id), Duration.ofMillis(3));
        }
        sample(6);
        String limited = admin.token("viewer", ", 'scope': {'providers': ['vault/b', 'vault/c']}");

        JsonNode all = admin.get("/admin/history/providers").expect(200).json();
        assertThat(all.path("total").asInt()).isEqualTo(3);
        assertThat(all.at("/list/0/provider").asString()).isEqualTo("vault/a");
        assertThat(all.at("/list/0/latency_mean_us").toString()).isEqualTo("[3000]");
        JsonNode some = admin.call(limited, "GET", "/admin/history/providers?providers=vault/a,vault/c", null)
                .expect(200)
                .json();
        assertThat(some.path("total").asInt()).isEqualTo(1);
        assertThat(some.at("/list/0/provider").asString()).isEqualTo("vault/c");
        admin.call(limited, "GET", "/admin/history", null).expect(403);
    }
}
