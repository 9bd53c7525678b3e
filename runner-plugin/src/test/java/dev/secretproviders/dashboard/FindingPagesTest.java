package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import java.util.Map;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;

/** The page of findings, which needs no JavaScript. */
class FindingPagesTest extends WithDashboard {
    private static final String FINDINGS = "/dashboard/findings";

    private void findSomething() throws Exception {
        it.admin.fileProvider("one", Map.of("short", "tiny"));
        it.admin.fileProvider("two", Map.of());
        it.admin.gateway("""
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: "$secret://file/one/short"}}
                  - username: rose
                    plugins: {key-auth: {key: "$secret://file/two/absent"}}
                  - username: mary
                    plugins: {key-auth: {key: "$secret://file/one/<b>bold</b>"}}
                """);
        await().until(() -> it.admin.consumers.undecided() == 0);
    }

    @Test
    void emptyPageSaysThatNothingIsWrong() throws Exception {
        assertThat(it.as("viewer").get(FINDINGS).expect(200).words()).contains("There are no findings");
    }

    @Test
    void findingsAreGroupedByUrgencyWithTheWayToMendThem() throws Exception {
        findSomething();
        Browser browser = it.as("viewer");

        Page page = browser.get(FINDINGS).expect(200);

        assertThat(page.html().select(".findings section > h2").eachText())
                .first()
                .asString()
                .startsWith("Act now");
        assertThat(page.words()).contains("missing secret", "short key", "What to do:", "since");
        Element critical = page.html().expectFirst("section.critical");
        assertThat(critical.text()).contains("file/two/absent", "Write the secret at its manager");
        assertThat(page.html().select("section.warning").text()).contains("Write a random key of 32 characters");
        assertThat(page.html().select(".findings b")).isEmpty();
        assertThat(page.text()).doesNotContain("tiny");
    }

    @Test
    void tabsAndSearchSelect() throws Exception {
        findSomething();
        Browser browser = it.as("viewer");
        String warnings = browser.get(FINDINGS)
                .html()
                .expectFirst(".tabs a[href*=warning]")
                .attr("href");

        Page page = browser.get(warnings).expect(200);
        assertThat(page.words()).contains("short key").doesNotContain("missing secret");
        assertThat(page.html().expectFirst("form [name=urgency]").attr("value")).isEqualTo("warning");
        assertThat(page.html().select(".tabs a[href*=critical] .count").text()).isNotEqualTo("0");
        assertThat(browser.get(FINDINGS + "?search=two").words())
                .contains("missing secret")
                .doesNotContain("short key");
        assertThat(browser.get(FINDINGS + "?search=no-such-thing").words()).contains("No finding fits");
        assertThat(browser.get(FINDINGS + "?urgency=soon").words()).contains("urgency: expected");
    }

    @Test
    void limitedTokenSeesFindingsOfItsProviders() throws Exception {
        findSomething();
        Browser limited = it.loggedIn(it.admin.token("viewer", ", 'scope': {'providers': ['file/one']}"));

        assertThat(limited.get(FINDINGS).expect(200).words())
                .contains("short key")
                .doesNotContain("rose", "file/two");
    }

    @Test
    void linksOpenTheObjectInWhichToMendIt() throws Exception {
        findSomething();
        Browser browser = it.as("viewer");
        Page page = browser.get(FINDINGS).expect(200);

        for (Element link : page.html().select(".findings a[role=button]")) {
            assertThat(browser.get(link.attr("href")).status())
                    .as(link.attr("href"))
                    .isEqualTo(200);
            assertThat(link.attr("aria-label")).startsWith("Open ");
        }
    }
}
