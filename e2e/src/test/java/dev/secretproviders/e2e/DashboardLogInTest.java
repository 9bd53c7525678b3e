package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ways into the dashboard and out of it, and those that stay closed. */
@ExtendWith(InBrowser.class)
class DashboardLogInTest {
    private final DashboardServer server;
    private final Chromium chromium;

    DashboardLogInTest(DashboardServer server, Chromium chromium) {
        this.server = server;
        this.chromium = chromium;
    }

    @Test
    void wrongTokenIsRefusedAndForgotten() {
        try (Tab tab = chromium.open(server.address())) {
            tab.show("/dashboard/login").fill("#token", "sp_a-wrong-token").press("Log in");
            tab.sees("The token is not known");
            assertThat(tab.page().inputValue("#token")).isEmpty();
            assertThat(tab.page().getAttribute("#token", "aria-invalid")).isEqualTo("true");
            assertThat(tab.page().content() + tab.page().url()).doesNotContain("a-wrong-token");
            assertThat(Axe.violations(tab)).isEmpty();

            tab.open("/dashboard/providers");
            assertThat(tab.path()).startsWith("/dashboard/login");
        }
        assertThat(server.runner().log()).doesNotContain("a-wrong-token");
    }

    @Test
    void logInLeadsToThePageThatWasAskedFor() {
        try (Tab tab = chromium.open(server.address())) {
            tab.open("/dashboard/providers?search=prod");
            tab.fill("#token", server.admin().token()).press("Log in");
            tab.page().waitForURL(url -> url.endsWith("/dashboard/providers?search=prod"));
            tab.sees("1 to 1 of 1");
            assertThat(tab.context().cookies()).singleElement().satisfies(cookie -> {
                assertThat(cookie.httpOnly).isTrue();
                assertThat(cookie.path).isEqualTo("/dashboard");
                assertThat(String.valueOf(cookie.sameSite)).isEqualTo("STRICT");
            });
            assertThat(tab.ask("document.cookie")).isEqualTo("");
        }
    }

    @Test
    void logOutEverywhereEndsTheOtherTabsOfTheToken() {
        String token = server.token("viewer");
        try (Tab one = chromium.open(server.address()).logIn(token);
                Tab other = chromium.open(server.address()).logIn(token);
                Tab third = chromium.open(server.address()).logIn(server.token("viewer"))) {
            other.show("/dashboard/providers");
            one.page().locator("details.account summary").click();
            one.press("Log out everywhere");
            one.page().waitForURL(url -> url.contains("/dashboard/login"));

            // Open pages leave by themselves.
            other.page().waitForURL(url -> url.contains("/dashboard/login"));
            third.show("/dashboard/providers");
            assertThat(third.path()).isEqualTo("/dashboard/providers");
        }
    }

    @Test
    void deletedTokenEndsItsSessionAndChangesNothingMore() {
        String token = server.token("operator");
        String id;
        try (AdminClient own = server.admin(token)) {
            id = own.get("/admin/whoami").expect(200).json().path("id").asString();
        }
        try (Tab tab = chromium.open(server.address()).logIn(token)) {
            tab.show("/dashboard/providers/new/local").fill("#id", "late");
            server.admin().delete("/admin/tokens/" + id).expect(204);
            tab.press("Create").sees("nothing was changed");
            server.admin().get("/admin/providers/local/late").expect(404);
        }
    }
}
