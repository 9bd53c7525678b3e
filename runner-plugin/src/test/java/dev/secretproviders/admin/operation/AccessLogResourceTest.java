package dev.secretproviders.admin.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.key.KeyVerdicts;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class AccessLogResourceTest {
    private static final String LOG = "/admin/access-log";
    private static final String JACKS = "canary-key-of-jack-0123456789";
    private static final String ROSES = "canary-key-of-rose-0123456789";

    @TempDir
    private Path directory;

    private AdminFixture admin;
    private Path secrets;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
        secrets = admin.fileProvider("one", Map.of("jack", JACKS));
        Path _ = admin.fileProvider("two", Map.of("rose", ROSES));
        admin.gateway("""
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: "$secret://file/one/jack"}}
                  - username: rose
                    plugins: {key-auth: {key: "$secret://file/two/rose"}}
                """);
        await().until(() -> admin.consumers.undecided() == 0);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    private void use(String key, int times) {
        KeyVerdicts verdicts = new KeyVerdicts(new AuthContext(
                admin.consumers, admin.digester, admin.resolver.ticker(), UnresolvedAnswer.UNAVAILABLE));
        for (int i = 0; i < times; i++) {
            byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
            assertThat(verdicts.of(bytes, bytes.length)).isInstanceOf(Verdict.Accepted.class);
        }
    }

    private List<String> lines(String token, String query) {
        List<String> lines = new ArrayList<>();
        JsonNode answer =
                admin.call(token, "GET", LOG + query, null).expect(200).json();
        answer.path("list")
                .forEach(entry -> lines.add("%s %s/%s %s %s"
                                .formatted(
                                        entry.path("runner").asString(),
                                        entry.path("provider").asString(),
                                        entry.path("path").asString(),
                                        entry.path("outcome").asString(),
                                        entry.path("consumer").asString(""))
                                .strip()
                        + " x" + entry.path("count").asInt()));
        return lines;
    }

    private List<String> lines(String query) {
        return lines(admin.firstToken, query);
    }

    @Test
    void fetchesAndUsesOfEachConsumerAreShown() throws Exception {
        use(JACKS, 3);
        use(ROSES, 1);
        admin.accessLog.flush();
        Files.writeString(secrets.resolve("jack"), "another-key-of-jack-0123456789");
        admin.post("/admin/refresh", "{'provider': 'file/one'}").expect(202);
        await().untilAsserted(() -> use("another-key-of-jack-0123456789", 1));
        use(JACKS, 2);
        admin.accessLog.flush();

        assertThat(lines(""))
                .contains(
                        "gateway-1 file/one/jack used jack x4",
                        "gateway-1 file/one/jack used_previous jack x2",
                        "gateway-1 file/two/rose used rose x1",
                        "gateway-1 file/two/rose found x1",
                        "gateway-1 file/one/jack found x2");
    }

    @Test
    void keysAndTheirDigestsAreNowhere() throws Exception {
        use(JACKS, 1);
        admin.accessLog.flush();
        String all = admin.get(LOG).text()
                + admin.get(LOG + "/export").text()
                + admin.get(LOG + "/export?format=csv").text();

        assertThat(all).contains("jack", "used").doesNotContain("canary", "content-");
    }

    @Test
    void limitedTokenSeesItsProviders() throws Exception {
        use(JACKS, 1);
        use(ROSES, 1);
        admin.accessLog.flush();
        String limited = admin.token("auditor", ", 'scope': {'providers': ['file/one']}");

        assertThat(lines(limited, "")).isNotEmpty().allMatch(line -> line.contains("file/one/"));
        assertThat(admin.call(limited, "GET", LOG + "/export", null).expect(200).text())
                .contains("jack")
                .doesNotContain("rose", "file/two");
        assertThat(admin.call(limited, "GET", LOG + "?provider=file/two", null).status())
                .isEqualTo(403);
        assertThat(lines(limited, "?consumer=rose")).isEmpty();
        assertThat(admin.call(admin.token("operator", ""), "GET", LOG, null).status())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource({
        "consumer, jack, 1",
        "consumer, unknown, 0",
        "provider, file/two, 2",
        "path, ro*, 2",
        "outcome, used, 2",
        "outcome, found, 2",
        "runner, gateway-2, 0",
        "runner, gateway-1, 4",
        "from, 2020-01-01T00:00:00Z, 4",
        "to, 2020-01-01T00:00:00Z, 0",
    })
    void listIsFiltered(String parameter, String value, int found) throws Exception {
        use(JACKS, 1);
        use(ROSES, 1);
        admin.accessLog.flush();

        assertThat(lines("?" + parameter + "=" + value)).hasSize(found);
        assertThat(admin.get(LOG + "/export?" + parameter + "=" + value).text().lines())
                .hasSize(found);
    }

    @ParameterizedTest
    @CsvSource({
        "from=yesterday, from: expected a time",
        "cursor=x, cursor: expected the value of next",
        "page_size=0, page_size: expected",
        "provider=vault, provider: expected manager/id",
        "outcome=lost, outcome: expected",
    })
    void badParameterIsNamed(String query, String message) {
        assertThat(admin.get(LOG + "?" + query)
                        .expect(400)
                        .json()
                        .path("error_msg")
                        .asString())
                .contains(message);
    }

    @Test
    void pagesAreChained() throws Exception {
        use(JACKS, 1);
        use(ROSES, 1);
        admin.accessLog.flush();
        List<String> all = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            JsonNode page = admin.get(LOG + "?page_size=1" + cursor).expect(200).json();
            page.path("list").forEach(entry -> all.add(entry.toString()));
            cursor = page.path("next").isString()
                    ? "&cursor=" + page.path("next").asString()
                    : null;
        }
        assertThat(all).hasSize(4).doesNotHaveDuplicates();
    }

    @Test
    void csvHasAHeaderAndTheExportIsAudited() throws Exception {
        use(JACKS, 2);
        admin.accessLog.flush();
        String csv =
                admin.get(LOG + "/export?format=csv&outcome=used").expect(200).text();

        assertThat(csv.lines().toList())
                .hasSize(2)
                .first()
                .isEqualTo("hour,runner,provider,path,outcome,version,consumer,credential,count,last_at");
        assertThat(csv.lines().toList().get(1)).contains(",gateway-1,file/one,jack,used,,jack,,2,");
        assertThat(admin.audited()).contains("access.log-export access-log");
    }
}
