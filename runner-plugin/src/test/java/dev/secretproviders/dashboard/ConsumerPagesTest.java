package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The list of consumers, and the page of each. */
class ConsumerPagesTest {
    private static final String CANARY = "<img src=x onerror=alert(1)>";

    @TempDir
    private Path directory;

    private DashboardFixture it;
    private Browser browser;

    @BeforeEach
    void open() throws Exception {
        it = new DashboardFixture(directory);
        it.admin.put("/admin/providers/local/own", "{}").expect(201);
        it.admin.put("/admin/providers/local/other", "{}").expect(201);
        it.admin
                .put("/admin/secrets/own/jack", "{'fields': {'key': 'a-key-of-jack-in-the-store'}}")
                .expect(201);
        it.admin
                .put("/admin/secrets/other/rose", "{'fields': {'key': 'a-key-of-rose-in-the-store'}}")
                .expect(201);
        it.admin.gateway("""
                consumers:
                  - username: jack
                    labels: {custom_id: 'C-1 <img src=x onerror=alert(1)>', team: '<img src=x onerror=alert(1)>'}
                    plugins: {key-auth: {key: $secret://local/own/jack/key}}
                  - username: rose
                    plugins: {key-auth: {key: $secret://local/other/rose/key}}
                  - username: mary
                    plugins: {key-auth: {key: $secret://local/own/none/key}}
                  - username: anne
                    plugins: {key-auth: {key: a-key-of-anne-in-clear}}
                  - username: guest
                """);
        await().until(() -> it.admin
                        .get("/admin/references?state=loading")
                        .json()
                        .path("total")
                        .asInt()
                == 0);
        browser = it.asAdmin();
    }

    @AfterEach
    void close() throws Exception {
        it.close();
    }

    private static void harmless(Page page) {
        assertThat(page.html().select("img")).isEmpty();
        assertThat(page.html().select("script:not([src])")).isEmpty();
        assertThat(page.text()).doesNotContain("in-the-store", "in-clear");
    }

    @Test
    void listShowsWhichKeysResolve() {
        Page all = browser.get("/dashboard/consumers").expect(200);
        assertThat(all.html().select("tbody tr").eachText())
                .anySatisfy(row -> assertThat(row).contains("jack", "resolved", "1 of 1"))
                .anySatisfy(row -> assertThat(row).contains("mary", "unresolved", "0 of 1"))
                .anySatisfy(row -> assertThat(row).contains("guest", "no key"))
                .hasSize(5);
        harmless(all);

        assertThat(browser.get("/dashboard/consumers?unresolved=true").html().select("tbody tr"))
                .hasSize(1);
        assertThat(browser.get("/dashboard/consumers?previous_version_used=true")
                        .expect(200)
                        .words())
                .contains("No consumer fits");
        assertThat(browser.get("/dashboard/consumers?sort=-name")
                        .html()
                        .expectFirst("tbody tr")
                        .text())
                .contains("rose");
    }

    @Test
    void consumerShowsItsCredentials() {
        Page jack = browser.get("/dashboard/consumers/jack").expect(200);
        assertThat(jack.words())
                .contains("key of the consumer", "fresh", "Valid until", "Custom id C-1 " + CANARY, "team", CANARY);
        assertThat(jack.html().select("a[href^=/dashboard/references/one?reference=]"))
                .isNotEmpty();
        assertThat(jack.html().select("a[href=/dashboard/references/graph?from=consumer%2Fjack]"))
                .isNotEmpty();
        harmless(jack);

        assertThat(browser.get("/dashboard/consumers/mary").words()).contains("unresolved", "there is no secret");
        assertThat(browser.get("/dashboard/consumers/anne").words()).contains("written into the gateway", "valid");
        assertThat(browser.get("/dashboard/consumers/guest").words()).contains("It has no key");
        browser.get("/dashboard/consumers/unknown").expect(404);
    }

    @Test
    void limitedTokenSeesWhatIsInScope() {
        Browser limited = it.loggedIn(it.admin.token("viewer", ", 'scope': {'providers': ['local/own']}"));

        assertThat(limited.get("/dashboard/consumers").expect(200).words())
                .contains("jack", "mary")
                .doesNotContain("rose", "anne", "guest");
        limited.get("/dashboard/consumers/rose").expect(403);
        limited.get("/dashboard/consumers/unknown").expect(403);
    }
}
