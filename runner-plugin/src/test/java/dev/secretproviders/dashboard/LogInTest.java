package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Log-in, the life of sessions, and log-out. */
class LogInTest extends WithDashboard {
    private static final String PAGE = "/dashboard/providers";

    @Test
    void pageNeedsALogInAndIsShownAfterIt() {
        Browser browser = it.browser();
        Page first = browser.get(PAGE + "?search=prod").expect(302);
        assertThat(first.header("Location")).isEqualTo("/dashboard/login?to=%2Fdashboard%2Fproviders%3Fsearch%3Dprod");
        Page form = browser.get(first.header("Location")).expect(200);
        assertThat(form.html().expectFirst("input[name=to]").attr("value")).isEqualTo(PAGE + "?search=prod");

        Page in = browser.send("/dashboard/login", Map.of("token", it.admin.firstToken, "to", PAGE + "?search=prod"));

        assertThat(in.expect(302).header("Location")).isEqualTo(PAGE + "?search=prod");
        assertThat(browser.get(PAGE).expect(200).words()).contains("Providers", "Log out");
        await().untilAsserted(() -> assertThat(it.admin.audited()).anyMatch(line -> line.startsWith("login token/")));
    }

    @Test
    void wrongTokenIsRefusedDelayedAndAudited() {
        Browser browser = it.browser();
        long began = System.nanoTime();

        Page page = browser.logIn("sp_000000000000_0000000000000000000000000000000000000000000")
                .expect(401);

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(90));
        assertThat(page.words()).contains("not known, or expired");
        assertThat(page.text()).doesNotContain("sp_000000000000_0");
        assertThat(browser.cookie()).isEmpty();
        assertThat(browser.logIn(" ").expect(401).words()).contains("begins with sp_");
        await().untilAsserted(() -> assertThat(it.admin.audited()).contains("login.failed token"));
    }

    @Test
    void onlyPagesOfOursAreShownAfterTheLogIn() {
        for (String to : new String[] {
            "https://evil.example/",
            "//evil.example",
            "/dashboard//evil.example",
            "/\\evil.example",
            "/admin/tokens",
            "/dashboard/login",
            "/dashboard/{visit}",
            "/dashboard/a\r\nSet-Cookie: x=y"
        }) {
            Page page = it.browser().send("/dashboard/login", Map.of("token", it.admin.firstToken, "to", to));
            assertThat(page.expect(302).header("Location")).as(to).isEqualTo("/dashboard");
        }
    }

    @Test
    void logInGivesANewIdAndEndsTheSessionBefore() {
        Browser browser = it.asAdmin();
        String before = browser.cookie();

        browser.logIn(it.admin.firstToken).expect(302);

        assertThat(browser.cookie()).isNotEqualTo(before).hasSizeGreaterThanOrEqualTo(43);
        Browser old = it.browser();
        old.cookie(before);
        old.get(PAGE).expect(302);
        Browser planted = it.browser();
        planted.cookie("planted-by-an-attacker");
        planted.logIn(it.admin.firstToken).expect(302);
        assertThat(planted.cookie()).isNotEqualTo("planted-by-an-attacker");
    }

    @Test
    void sessionEndsWhenItIsIdleAndAfterItsLongestTime() {
        Browser idle = it.asAdmin();
        it.pass(Duration.ofMinutes(29));
        idle.get(PAGE).expect(200);
        it.pass(Duration.ofMinutes(31));
        idle.get(PAGE).expect(302);

        Browser busy = it.asAdmin();
        for (int i = 0; i < 28; i++) {
            it.pass(Duration.ofMinutes(25));
            busy.get(PAGE).expect(200);
        }
        it.pass(Duration.ofMinutes(25));
        busy.get(PAGE).expect(302);
    }

    @Test
    void sessionFollowsItsToken() {
        Browser operator = it.as("operator");
        operator.get("/dashboard/providers/new").expect(200);
        String id = it.admin
                .get("/admin/tokens")
                .json()
                .path("list")
                .valueStream()
                .map(entry -> entry.path("value"))
                .filter(token -> token.path("roles").path(0).asString().equals("operator"))
                .map(token -> token.path("id").asString())
                .findFirst()
                .orElseThrow();

        it.admin.patch("/admin/tokens/" + id, "{'roles': ['viewer']}").expect(200);
        assertThat(operator.get(PAGE).expect(200).words()).contains("viewer").doesNotContain("New provider");

        it.admin.delete("/admin/tokens/" + id).expect(204);
        operator.get(PAGE).expect(302);
    }

    @Test
    void logOutEndsThisSessionOrAllOfThem() {
        Browser one = it.asAdmin();
        Browser two = it.asAdmin();
        Browser three = it.asAdmin();
        Browser other = it.as("viewer");

        one.post("/dashboard/logout", Map.of()).expect(302);
        assertThat(one.cookie()).isEmpty();
        two.get(PAGE).expect(200);

        two.post("/dashboard/logout/everywhere", Map.of()).expect(302);
        three.get(PAGE).expect(302);
        other.get(PAGE).expect(200);
        await().untilAsserted(() -> assertThat(it.admin.audited())
                .filteredOn(line -> line.startsWith("logout token/"))
                .hasSize(2));
    }

    @Test
    void furtherSessionsOfOneLogInEndTheIdlestOne() {
        Browser first = it.asAdmin();
        for (int i = 0; i < 16; i++) {
            Browser _ = it.asAdmin();
        }
        first.get(PAGE).expect(302);
        assertThat(it.dashboard.sessions().all()).hasSize(16);
    }
}
