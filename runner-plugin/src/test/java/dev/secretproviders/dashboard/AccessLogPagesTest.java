package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.key.KeyVerdicts;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import dev.secretproviders.resolve.ResolverListener.FetchOutcome;
import dev.secretproviders.spi.ProviderId;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The pages of the access log, which need no JavaScript. */
class AccessLogPagesTest extends WithDashboard {
    private static final String LOG = "/dashboard/access-log";
    private static final String KEY = "canary-key-of-jack-0123456789";
    private static final String HOSTILE = "<script>alert(1)</script>\"'";

    @BeforeEach
    void fill() throws Exception {
        it.admin.fileProvider("one", Map.of("jack", KEY));
        it.admin.fileProvider("two", Map.of("rose", "canary-key-of-rose-0123456789"));
        it.admin.gateway("""
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: "$secret://file/one/jack"}}
                  - username: rose
                    plugins: {key-auth: {key: "$secret://file/two/rose"}}
                """);
        await().until(() -> it.admin.consumers.undecided() == 0);
        KeyVerdicts verdicts = new KeyVerdicts(new AuthContext(
                it.admin.consumers, it.admin.digester, it.admin.resolver.ticker(), UnresolvedAnswer.UNAVAILABLE));
        for (int i = 0; i < 1_234; i++) {
            byte[] key = KEY.getBytes(StandardCharsets.UTF_8);
            assertThat(verdicts.of(key, key.length)).isInstanceOf(Verdict.Accepted.class);
        }
        it.admin.accessLog.flush();
    }

    private void fetched(String path, FetchOutcome outcome) {
        it.admin.accessLog.fetched(new ProviderId("file", "one"), path, outcome, "v-" + path);
    }

    @Test
    void entriesAreListedAndFiltered() throws Exception {
        Browser browser = it.asAdmin();

        Page all = browser.get(LOG).expect(200);
        assertThat(all.words()).contains("jack", "rose", "used", "1,234", "found", "gateway-1");
        assertThat(browser.get(LOG + "?consumer=jack").expect(200).html().select("td.main"))
                .hasSize(1);
        assertThat(browser.get(LOG + "?path=ro*").words()).contains("rose").doesNotContain("1,234");
        assertThat(browser.get(LOG + "?consumer=mary").words()).contains("Nothing fits");
        String today = LocalDate.now(ZoneOffset.UTC).toString();
        assertThat(browser.get(LOG + "?day=" + today).words()).contains("1,234");
        assertThat(browser.get(LOG + "?day=2020-01-01").words()).contains("Nothing happened in this time");
        assertThat(browser.get(LOG + "?provider=x").words()).contains("provider: expected manager/id");
    }

    @Test
    void pagesAreChained() throws Exception {
        for (int i = 0; i < 80; i++) {
            fetched("secret-%02d".formatted(i), FetchOutcome.FOUND);
        }
        Browser browser = it.asAdmin();

        Page first = browser.get(LOG + "?outcome=found").expect(200);
        assertThat(first.html().select("td.main")).hasSize(50);
        String older = first.html().expectFirst("a[rel=next]").attr("href");
        Page second = browser.get(older).expect(200);
        assertThat(second.html().select("td.main")).hasSize(32);
        assertThat(second.html().selectFirst("a[rel=next]")).isNull();
        assertThat(second.html().expectFirst("a[rel=start]").attr("href")).contains("outcome=found");
    }

    @Test
    void secretHasItsChartAndWhoUsedIt() throws Exception {
        fetched("jack", FetchOutcome.TIMEOUT);
        Browser browser = it.asAdmin();
        String link = browser.get(LOG + "?consumer=jack")
                .html()
                .expectFirst("td.main a")
                .attr("href");

        Page page = browser.get(link).expect(200);

        assertThat(page.words()).contains("jack", "file/one", "1,234", "in the consumer", "timeout");
        Element chart = page.html().expectFirst("svg.bars");
        assertThat(chart.attr("aria-label")).contains("1234 uses of the current version");
        assertThat(chart.select("rect.use title").text()).contains("UTC: 1234 uses");
        assertThat(page.html().select("rect.failure")).hasSize(1);
        for (String span : new String[] {"7d", "30d", "90d"}) {
            assertThat(browser.get(LOG + "/file/one?path=jack&span=" + span)
                            .expect(200)
                            .words())
                    .contains("1,234");
        }
        assertThat(browser.get(LOG + "/file/one?path=never").expect(200).words())
                .contains("No consumer used it in this time");
        browser.get(LOG + "/file/one").expect(400);
    }

    @Test
    void otherPagesLeadHere() throws Exception {
        Browser browser = it.asAdmin();
        Page reference = browser.get("/dashboard/references/one?reference=%24secret%3A%2F%2Ffile%2Fone%2Fjack")
                .expect(200);
        Page moved = browser.get(
                        reference.html().expectFirst("a[href*=access-log/]").attr("href"))
                .expect(302);
        assertThat(browser.get(moved.header("Location")).expect(200).words()).contains("1,234");
        Page consumer = browser.get("/dashboard/consumers/jack").expect(200);
        assertThat(browser.get(consumer.html()
                                .expectFirst("a[href*=access-log?]")
                                .attr("href"))
                        .expect(200)
                        .words())
                .contains("1,234");
        assertThat(it.as("viewer").get("/dashboard/consumers/jack").text()).doesNotContain(LOG);
        browser.get(LOG + "/of?provider=x&path=y").expect(404);
    }

    @Test
    void exportIsAFile() throws Exception {
        Browser browser = it.asAdmin();
        String csv = browser.get(LOG).html().expectFirst("a[href*=csv]").attr("href");

        Page file = browser.get(csv).expect(200);

        assertThat(file.header("Content-Type")).startsWith("text/csv");
        assertThat(file.header("Content-Disposition")).contains("attachment");
        assertThat(file.text()).startsWith("hour,runner,").contains(",used,,jack,");
        assertThat(browser.get(LOG + "/export?consumer=rose").expect(200).text())
                .doesNotContain("jack");
        browser.get(LOG + "/export?provider=x").expect(400);
    }

    @Test
    void storedNamesAreTextAndNoKeyIsInAPage() throws Exception {
        fetched(HOSTILE, FetchOutcome.FOUND);
        Browser browser = it.asAdmin();

        Page list = browser.get(LOG).expect(200);
        String link = list.html().select("td.main a").stream()
                .filter(a -> a.text().contains("alert"))
                .findFirst()
                .orElseThrow()
                .attr("href");
        Page secret = browser.get(link).expect(200);
        for (Page page : new Page[] {list, secret}) {
            assertThat(page.html().select("script:not([src])")).isEmpty();
            assertThat(page.html().select("[style], [onclick]")).isEmpty();
            assertThat(page.words()).contains("alert(1)");
            assertThat(page.text()).doesNotContain("canary");
        }
    }

    @Test
    void limitedTokenSeesItsSecretsAndOthersNoRoom() throws Exception {
        Browser limited = it.loggedIn(it.admin.token("auditor", ", 'scope': {'providers': ['file/one']}"));
        assertThat(limited.get(LOG).expect(200).words()).contains("jack").doesNotContain("rose");
        limited.get(LOG + "/file/two?path=rose").expect(403);
        limited.get(LOG + "/export?provider=file/two").expect(403);

        Browser viewer = it.as("viewer");
        viewer.get(LOG + "/file/one?path=jack").expect(403);
        assertThat(viewer.get("/dashboard/providers").html().select("a[href='" + LOG + "']"))
                .isEmpty();
    }
}
