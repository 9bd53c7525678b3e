package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The list of references, the page of each, and the graph. */
class ReferencePagesTest extends WithAdminBrowser {
    private static final String JACK = "$secret://local/own/jack/key";
    private static final String CANARY = "<img src=x onerror=alert(1)>";

    @BeforeEach
    void fill() throws Exception {
        it.fill("""
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://local/own/jack/key}}
                  - username: rose
                    plugins: {key-auth: {key: $secret://local/other/rose/key}}
                  - username: mary
                    plugins: {key-auth: {key: $secret://local/own/none/key}}
                routes:
                  - id: orders
                    name: Orders <img src=x onerror=alert(1)>
                    uri: /orders
                    plugins:
                      ext-plugin-pre-req: {conf: [{name: secret-key-auth, value: '{}'}]}
                  - id: odd
                    name: Odd <img src=x onerror=alert(1)>
                    uri: /odd
                    plugins: {limit-count: {redis_password: '$secret://local/own/<img src=x onerror=alert(1)>/key'}}
                """);
    }

    private static String one(String reference) {
        return "/dashboard/references/one?reference=" + URLEncoder.encode(reference, StandardCharsets.UTF_8);
    }

    private static void harmless(Page page) {
        Document html = page.html();
        assertThat(html.select("img")).isEmpty();
        assertThat(html.select("script:not([src])")).isEmpty();
        assertThat(html.select("[style]")).isEmpty();
        assertThat(page.text()).doesNotContain("in-the-store");
    }

    @Test
    void listIsSearchedFilteredAndSorted() {
        Page all = browser.get("/dashboard/references").expect(200);
        assertThat(all.html().select("tbody tr")).hasSize(4);
        assertThat(all.words()).contains(JACK, "fresh", "version 1", "negative", "Next check", CANARY);
        harmless(all);

        assertThat(browser.get("/dashboard/references?search=jack").html().select("tbody tr"))
                .hasSize(1);
        assertThat(browser.get("/dashboard/references?state=negative").words())
                .contains("there is no secret")
                .doesNotContain(JACK);
        Page sorted = browser.get("/dashboard/references?sort=-path").expect(200);
        assertThat(sorted.html().expectFirst("th[aria-sort=descending]").text()).contains("Reference");
        assertThat(browser.get("/dashboard/references?search=nothing-like-it").words())
                .contains("No reference fits");
    }

    @Test
    void referenceShowsItsStateAndWhoUsesIt() {
        Page page = browser.get(one(JACK)).expect(200);

        assertThat(page.words()).contains("fresh", "local/own", "plugins.key-auth.key", "Next check", "Revoke");
        assertThat(page.html().select("a[href=/dashboard/consumers/jack]")).isNotEmpty();
        harmless(page);
        assertThat(browser.get(one("$secret://local/own/jack/ke")).expect(404).words())
                .contains("Nothing refers to this any more");
        harmless(browser.get(one("$secret://local/own/" + CANARY + "/key")).expect(200));
    }

    @Test
    void referenceIsRefreshedAndDrilled() throws Exception {
        Page refreshed = browser.post("/dashboard/references/refresh", Map.of("reference", JACK))
                .expect(302);
        assertThat(refreshed.header("Location")).isEqualTo(one(JACK));
        assertThat(browser.get(one(JACK)).words()).contains("The secret is being fetched");
        assertThat(it.admin.audited()).contains("refresh " + JACK);

        browser.post("/dashboard/references/drill", Map.of("reference", JACK, "provider", "local/own"))
                .expect(302);
        assertThat(browser.get(one(JACK)).words()).contains("The drill has begun", "Drills");
        await().until(() -> browser.get(one(JACK)).words().contains("seconds"));
    }

    @Test
    void revocationIsConfirmedOnAPageOfItsOwn() {
        String target = "/dashboard/references/revoke?reference=" + URLEncoder.encode(JACK, StandardCharsets.UTF_8);
        Page asked = browser.get(target).expect(200);
        assertThat(asked.words()).contains("Who is refused then", "jack", "current, which is 1");
        it.admin.get("/admin/revocations").expect(200);
        assertThat(it.admin.get("/admin/revocations").json().path("total").asInt())
                .isZero();

        Page absent = browser.post(
                        "/dashboard/references/revoke",
                        Map.of("reference", JACK, "version", "previous", "reason", "leak"))
                .expect(404);
        assertThat(absent.words()).contains("version");
        assertThat(absent.html().expectFirst("[name=reason]").attr("value")).isEqualTo("leak");

        browser.post("/dashboard/references/revoke", Map.of("reference", JACK, "version", "current", "reason", "leak"))
                .expect(302);
        Page after = browser.get(one(JACK)).expect(200);
        assertThat(after.words()).contains("The version is denied on every runner", "negative");
    }

    @Test
    void viewerSeesNoControlsAndMayNotUseThem() {
        Browser viewer = it.as("viewer");

        Page page = viewer.get(one(JACK)).expect(200);
        assertThat(page.words()).doesNotContain("Refresh", "Revoke", "Drill");
        String proof = page.html().expectFirst("input[name=csrf]").attr("value");
        viewer.send("/dashboard/references/refresh", Map.of("reference", JACK, "csrf", proof))
                .expect(302);
        assertThat(viewer.get(one(JACK)).words()).contains("your token's roles do not include the right refresh");
        viewer.send("/dashboard/references/revoke", Map.of("reference", JACK, "csrf", proof))
                .expect(403);
        assertThat(it.admin.get("/admin/revocations").json().path("total").asInt())
                .isZero();
        it.asAdmin()
                .send("/dashboard/references/refresh", Map.of("reference", JACK))
                .expect(403);
    }

    @Test
    void graphIsWalkedFromCardToCard() {
        Page all = browser.get("/dashboard/references/graph?depth=1").expect(200);
        assertThat(all.words()).contains("Managers", "local/own", "Chosen");
        Element provider = all.html().select(".walk a").stream()
                .filter(link -> link.text().contains("local/own"))
                .findFirst()
                .orElseThrow();

        Page own = browser.get(provider.attr("href")).expect(200);
        assertThat(own.html().expectFirst("h1").text()).isEqualTo("Provider local/own");
        assertThat(own.html().expectFirst(".walk .center a").attr("aria-current"))
                .isEqualTo("true");

        Page jack = browser.get("/dashboard/references/graph?from=consumer%2Fjack&depth=4")
                .expect(200);
        assertThat(jack.html().select(".walk .reach h2").eachText())
                .containsExactly(
                        "4 steps before",
                        "3 steps before",
                        "2 steps before",
                        "1 step before",
                        "Chosen",
                        "1 step after");
        assertThat(jack.words())
                .contains("local/own/jack", JACK, "Orders " + CANARY)
                .doesNotContain("rose");
        assertThat(jack.html().select("a[href=/dashboard/consumers/jack]")).isNotEmpty();
        harmless(jack);
        Page secret = browser.get("/dashboard/references/graph?from=secret%2Flocal%2Fown%2Fjack")
                .expect(200);
        assertThat(secret.html()
                        .select("a[href=/dashboard/references?search=local%2Fown%2Fjack]")
                        .text())
                .isEqualTo("Show its references");
        assertThat(browser.get("/dashboard/references/graph?from=consumer%2Fnobody")
                        .expect(404)
                        .words())
                .contains("there is no such node");
        browser.get("/dashboard/references/graph?depth=99").expect(400);
    }

    @Test
    void limitedTokenSeesWhatIsInScope() {
        Browser limited = it.loggedIn(it.admin.token("operator", ", 'scope': {'providers': ['local/own']}"));

        assertThat(limited.get("/dashboard/references").expect(200).words())
                .contains(JACK)
                .doesNotContain("rose", "local/other");
        limited.get(one("$secret://local/other/rose/key")).expect(404);
        assertThat(limited.get("/dashboard/references/graph?depth=6")
                        .expect(200)
                        .words())
                .contains("local/own", "jack", "mary")
                .doesNotContain("rose", "local/other", "Orders");
        assertThat(limited.get(one(JACK)).expect(200).words()).contains("Refresh");
        for (String from : List.of("consumer/rose", "provider/local/other", "route/orders")) {
            limited.get("/dashboard/references/graph?from=" + URLEncoder.encode(from, StandardCharsets.UTF_8))
                    .expect(404);
        }
    }
}
