package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.history.DecisionTotals;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import java.util.Map;
import java.util.Objects;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;

/** The first page, the page of runners, and links to other systems. */
class OverviewPagesTest extends WithAdminBrowser {
    private static final String KEY = "a-key-of-jack-of-32-characters-x";
    private static final String NEXT = "the-next-key-of-jack-32-characters";
    /** Would run if a page did not escape it. */
    private static final String CANARY = "<img src=x onerror=alert(1)>'\"";

    private void jack() throws Exception {
        it.admin
                .put("/admin/providers/local/own", "{'rotation': {'overlap': '1h'}}")
                .expect(201);
        it.admin
                .put("/admin/secrets/own/jack", "{'fields': {'key': '" + KEY + "'}}")
                .expect(201);
        it.admin.gateway("consumers:\n  - {username: jack, plugins: {key-auth: {key: $secret://local/own/jack/key}}}");
        await().until(() -> it.admin.accepts(KEY));
    }

    private void rotate() {
        it.admin
                .put("/admin/secrets/own/jack", "{'fields': {'key': '" + NEXT + "'}}")
                .expect(200);
        await().until(() -> it.admin.accepts(NEXT));
    }

    private Page overview() {
        return browser.get("/dashboard/overview").expect(200);
    }

    @Test
    void firstPageIsTheOverview() {
        assertThat(browser.get("/dashboard").expect(302).header("Location")).endsWith("/dashboard/overview");
    }

    @Test
    void emptyRunnerSaysWhatToDoFirst() {
        Page page = overview();

        assertThat(page.words()).contains("Everything is well", "No consumer refers to a secret yet. Make a provider");
        assertThat(page.html().select(".todo li")).isEmpty();
        assertThat(page.words()).contains("Nothing rotated in the last 24 hours", "a minute");
    }

    @Test
    void verdictAndThingsToDoAreThere() throws Exception {
        jack();
        assertThat(overview().words()).contains("Everything is well", "The reference in use resolves", "own/jack");
        it.admin.gateway("consumers:\n  - {username: rose, plugins: {key-auth: {key: $secret://local/own/rose/key}}}");
        await().untilAsserted(() -> assertThat(overview().words()).contains("There is one thing to do"));

        Document html = overview().html();

        assertThat(Objects.requireNonNull(html.selectFirst(".judgement")).className())
                .contains("bad");
        assertThat(html.select(".todo li").text())
                .contains("critical", "$secret://local/own/rose/key", "Write the secret at its manager");
        assertThat(html.select(".todo a").attr("href")).isEqualTo("/dashboard/findings?kind=missing_secret");
    }

    @Test
    void chartOfDecisionsHasWordsForThoseWhoDoNotSeeIt() {
        it.admin.decided = new DecisionTotals(Map.of(Reason.ACCEPTED, 1_200L, Reason.INVALID_KEY, 30L), 0, 0, 0);
        it.admin.figures.sample();

        Document html = overview().html();

        assertThat(html.select(".plot svg").attr("aria-label"))
                .contains("Requests in the last hour: accepted 1,200, refused 30")
                .contains("At most 1,200 a minute");
        assertThat(html.select(".outcomes").text()).contains("Accepted 1,200", "Refused 30");
        assertThat(html.select(".plot polyline")).hasSize(2);
        assertThat(browser.get("/dashboard/overview?span=half_day").expect(200).words())
                .contains("The first sample is there");
    }

    @Test
    void rotationsAreOnTheTimeLine() throws Exception {
        jack();
        rotate();

        Document html = overview().html();

        assertThat(html.select(".timeline circle")).hasSize(1);
        assertThat(html.select(".timeline .latest-rotations").text()).contains("local/own/jack", "overlap runs");
        assertThat(html.text()).doesNotContain(KEY, NEXT);
    }

    @Test
    void limitedTokenSeesItsProvidersOnly() throws Exception {
        jack();
        rotate();
        Browser limited = it.loggedIn(it.admin.token("viewer", ", 'scope': {'providers': ['vault/team-a']}"));

        Page page = limited.get("/dashboard/overview").expect(200);

        assertThat(page.text()).doesNotContain("own/jack", "Requests a minute");
        assertThat(page.html().select("nav a[href=/dashboard/runners]")).isEmpty();
        limited.get("/dashboard/runners").expect(403);
    }

    @Test
    void textsOfOthersAreNeverMarkup() throws Exception {
        jack();
        it.admin.gateway("consumers:\n  - {username: rose, plugins: {key-auth: {key: \"$secret://local/own/"
                + "<img src=x onerror=alert(1)>" + "/key\"}}}");
        await().untilAsserted(() -> assertThat(overview().words()).contains("What to do"));

        Document html = overview().html();

        assertThat(html.select("img, [onerror]")).isEmpty();
        assertThat(html.text()).contains("<img src=x onerror=alert(1)>");
    }

    @Test
    void pagesHaveNoInlineStyleOrScript() throws Exception {
        jack();
        rotate();
        for (String path : new String[] {"/dashboard/overview", "/dashboard/rotations", "/dashboard/runners"}) {
            Document html = browser.get(path).expect(200).html();
            assertThat(html.select("[style], style, script:not([src]), [onclick], [onload]"))
                    .as(path)
                    .isEmpty();
            assertThat(html.select("h1")).as(path).hasSize(1);
        }
    }

    @Test
    void runnersAreListedWithLinksToOtherSystems() {
        Page page = browser.get("/dashboard/runners").expect(200);

        assertThat(page.words())
                .contains("shows this page", "up", "Last sign of life", "of its own")
                .doesNotContain("gives no signs", "does not hear", "cannot use the store");
        Document html = page.html();
        assertThat(html.select("a[href=https://grafana.example/d/all]")).hasSize(1);
        assertThat(html.select("a[href^=https://logs.example/?host=node-of-]").attr("rel"))
                .isEqualTo("noopener noreferrer");
        assertThat(overview().html().select("a[href^=https://logs.example]")).isEmpty();
        assertThat(overview().html().select("a[href=https://grafana.example/d/all]"))
                .hasSize(1);
    }

    @Test
    void overlapShowsWhoHasNotMovedAndIsEndedAfterAQuestion() throws Exception {
        jack();
        rotate();
        assertThat(it.admin.accepts(KEY)).isTrue();
        Page list = browser.get("/dashboard/rotations").expect(200);
        assertThat(list.words()).contains("local/own/jack", "Version 1 is accepted next to 2", "jack");
        String end = list.html().select(".overlap a[role=button]").attr("href");
        assertThat(it.as("viewer").get("/dashboard/rotations").html().select(".overlap a[role=button]"))
                .isEmpty();

        Page question = browser.get(end).expect(200);
        assertThat(question.words()).contains("End the overlap of local/own/jack?", "Their clients would be refused");
        assertThat(it.admin.accepts(KEY)).isTrue();
        browser.post("/dashboard/rotations/end", Map.of("provider", "local/own", "path", "jack", "reason", CANARY))
                .expect(302);

        assertThat(it.admin.accepts(KEY)).isFalse();
        Page after = browser.get("/dashboard/rotations").expect(200);
        assertThat(after.words()).contains("The overlap of local/own/jack was ended: 1", "refused");
        assertThat(after.html().select(".overlap")).isEmpty();
        Page again = browser.post("/dashboard/rotations/end", Map.of("provider", "local/own", "path", "jack"))
                .expect(409);
        assertThat(again.words()).contains("accepts no previous version", "There is nothing to end");
    }

    @Test
    void onlyThoseWhoMayRevokeEndAnOverlap() throws Exception {
        jack();
        rotate();

        Browser viewer = it.as("viewer");
        assertThat(viewer.get("/dashboard/rotations/end?provider=local/own&path=jack")
                        .expect(200)
                        .html()
                        .select("main form"))
                .isEmpty();
        assertThat(it.admin.accepts(KEY)).isTrue();
    }
}
