package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The list of consumers, and the page of each. */
class ConsumerPagesTest extends WithAdminBrowser {
    private static final String CANARY = "<img src=x onerror=alert(1)>";

    @BeforeEach
    void fill() throws Exception {
        it.fill("""
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
                  - username: kate
                    plugins:
                      basic-auth: {username: $secret://local/own/none/user, password: $secret://local/own/jack/key}
                      jwt-auth: {key: kate-key, secret: $secret://local/own/jack/key}
                  - username: guest
                """);
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
                .anySatisfy(row -> assertThat(row).contains("guest", "no credential"))
                .anySatisfy(row -> assertThat(row).contains("kate", "basic-auth, jwt-auth", "1 of 2"))
                .hasSize(6);
        harmless(all);

        assertThat(browser.get("/dashboard/consumers?unresolved=true").html().select("tbody tr"))
                .hasSize(2);
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
    void listIsFilteredByKindOfCredential() {
        assertThat(named("kind=jwt")).containsExactly("kate");
        assertThat(named("kind=hmac")).isEmpty();
        assertThat(named("kind=basic&unresolved=true")).containsExactly("kate");
        assertThat(named("kind=jwt&unresolved=true")).isEmpty();
        assertThat(it.admin.get("/admin/consumers?kind=jtw").expect(400).text()).contains("jwt");
    }

    private List<String> named(String query) {
        return browser.get("/dashboard/consumers?" + query)
                .expect(200)
                .html()
                .select("tbody td.main a")
                .eachText();
    }

    @Test
    void credentialsOfEachKindShowEachOfTheirReferences() {
        Page kate = browser.get("/dashboard/consumers/kate").expect(200);
        assertThat(kate.html().select("#credentials tbody tr").eachText())
                .satisfiesExactlyInAnyOrder(
                        basic -> assertThat(basic)
                                .contains(
                                        "basic-auth",
                                        "username: $secret://local/own/none/user",
                                        "negative",
                                        "password: $secret://local/own/jack/key",
                                        "fresh"),
                        jwt -> assertThat(jwt).contains("jwt-auth", "secret: $secret://local/own/jack/key", "fresh"));
        harmless(kate);
    }

    @Test
    void consumerShowsItsCredentials() {
        Page jack = browser.get("/dashboard/consumers/jack").expect(200);
        assertThat(jack.words())
                .contains(
                        "in the consumer itself",
                        "key-auth",
                        "fresh",
                        "Valid until",
                        "Custom id C-1 " + CANARY,
                        "team",
                        CANARY);
        assertThat(jack.html().select("a[href^=/dashboard/references/one?reference=]"))
                .isNotEmpty();
        assertThat(jack.html().select("a[href=/dashboard/references/graph?from=consumer%2Fjack]"))
                .isNotEmpty();
        harmless(jack);

        assertThat(browser.get("/dashboard/consumers/mary").words()).contains("unresolved", "there is no secret");
        assertThat(browser.get("/dashboard/consumers/anne").words()).contains("written into the gateway", "valid");
        assertThat(browser.get("/dashboard/consumers/guest").words()).contains("It has no credential");
        browser.get("/dashboard/consumers/unknown").expect(404);
    }

    @Test
    void limitedTokenSeesWhatIsInScope() {
        Browser limited = it.loggedIn(it.admin.token("viewer", ", 'scope': {'providers': ['local/own']}"));

        assertThat(limited.get("/dashboard/consumers").expect(200).words())
                .contains("jack", "mary", "kate")
                .doesNotContain("rose", "anne", "guest");
        limited.get("/dashboard/consumers/rose").expect(403);
        limited.get("/dashboard/consumers/unknown").expect(403);
    }

    @Test
    void credentialsOutOfTheirTimeAreShownAndFound() throws Exception {
        it.admin.gateway("""
                consumers:
                  - username: jack
                    labels: {expires_at: '1000'}
                    plugins: {key-auth: {key: $secret://local/own/jack/key}}
                  - username: odd
                    labels: {expires_at: '<img src=x onerror=alert(1)>'}
                    plugins: {key-auth: {key: a-key-of-odd-in-clear}}
                """);
        Page all = browser.get("/dashboard/consumers?validity=expired").expect(200);
        assertThat(all.html().select("tbody tr").eachText())
                .singleElement()
                .asString()
                .contains("jack", "expired");
        Page jack = browser.get("/dashboard/consumers/jack").expect(200);
        assertThat(jack.html().select("#credentials tbody tr").text()).contains("fresh", "expired", "its end");
        Page odd = browser.get("/dashboard/consumers/odd").expect(200);
        assertThat(odd.words()).contains("unreadable", "the consumer's label expires_at");
        harmless(odd);
    }
}
