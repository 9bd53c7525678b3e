package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import java.util.List;
import java.util.Map;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;

class AccessPagesTest extends WithAdminBrowser {
    private static final String PAGE = "/dashboard/access";
    private static final String NEW = PAGE + "/tokens/new";
    private static final String TRAP = "<script>alert(1)</script>${7*7}";

    private static String id(String token) {
        return token.split("_", -1)[1];
    }

    private List<String> named(String query) {
        return browser.get(PAGE + query)
                .expect(200)
                .html()
                .select("#tokens td.main a")
                .eachText();
    }

    @Test
    void aTokenIsCreatedAndItsTextIsShownOnce() {
        Page created = browser.post(
                        NEW,
                        Map.of(
                                "name",
                                "team a",
                                "role",
                                "operator",
                                "providers",
                                "vault/a-*\nlocal/a-*\n",
                                "labels",
                                "team=a",
                                "end",
                                "2035-01-31T00:00"))
                .expect(200);

        String text = created.html().expectFirst("#text").attr("value");
        assertThat(text).startsWith("sp_");
        assertThat(created.header("Cache-Control")).isEqualTo("no-store");
        String shown = it.admin.get("/admin/tokens/" + id(text)).expect(200).text();
        assertThat(shown)
                .contains(
                        "\"roles\":[\"operator\"]", "vault/a-*", "local/a-*", "\"team\":\"a\"", "2035-01-31T00:00:00Z");
        for (String page : List.of(PAGE, PAGE + "/tokens/" + id(text), "/dashboard/audit")) {
            assertThat(browser.get(page).expect(200).text()).doesNotContain(text, text.split("_", -1)[2]);
        }
        it.loggedIn(text).get("/dashboard/providers").expect(200);
    }

    @Test
    void mistakesAreSaidAndTheFormKeepsWhatWasWritten() {
        Page noRole = browser.post(NEW, Map.of("name", "x")).expect(400);
        assertThat(noRole.words()).contains("Choose at least one role");
        Page label = browser.post(NEW, Map.of("name", "x", "role", "viewer", "labels", "team"))
                .expect(400);
        assertThat(label.words()).contains("Write each label as name=value");
        Page pattern = browser.post(NEW, Map.of("name", "kept", "role", "viewer", "providers", "vault"))
                .expect(400);
        assertThat(pattern.html().select("[role=alert]").text()).contains("providers");
        assertThat(pattern.html().expectFirst("#name").attr("value")).isEqualTo("kept");
        assertThat(pattern.html().expectFirst("#providers").wholeText().strip()).isEqualTo("vault");
        Page past = browser.post(NEW, Map.of("name", "x", "role", "viewer", "end", "2020-01-01T00:00"))
                .expect(400);
        assertThat(past.words()).contains("expected a time in the future");
    }

    @Test
    void aTokenIsEditedUnlessItWasChangedMeanwhile() {
        String token = it.admin.token("viewer", "");
        String page = PAGE + "/tokens/" + id(token);
        String revision = browser.get(page)
                .expect(200)
                .html()
                .expectFirst("input[name=revision]")
                .attr("value");

        browser.post(page, Map.of("name", "renamed", "role", "auditor", "revision", revision))
                .expect(302);
        assertThat(browser.get(PAGE).words()).contains("The token renamed was saved");
        Page late = browser.post(page, Map.of("name", "late", "role", "admin", "revision", revision))
                .expect(412);

        assertThat(late.words()).contains("changed meanwhile");
        assertThat(it.admin.get("/admin/tokens/" + id(token)).text()).contains("renamed", "auditor");
    }

    @Test
    void endingATokenAsksFirstAndEndsItsSessions() {
        String token = it.admin.token("viewer", "");
        Browser other = it.loggedIn(token);
        String page = PAGE + "/tokens/" + id(token) + "/end";

        assertThat(browser.get(page).expect(200).words()).contains("This cannot be taken back");
        other.get("/dashboard/providers").expect(200);
        browser.post(page, Map.of()).expect(302);

        other.get("/dashboard/providers").expect(302);
        it.admin.get("/admin/tokens/" + id(token)).expect(404);
    }

    @Test
    void theLastAdminTokenStays() {
        browser.post(PAGE + "/tokens/" + id(it.admin.firstToken) + "/end", Map.of())
                .expect(302);

        assertThat(browser.get(PAGE).words()).contains("it is the last admin token that never ends");
    }

    @Test
    void tokensAreFoundByNameAndRole() {
        it.admin
                .post("/admin/tokens", "{'name': 'grace', 'roles': ['auditor']}")
                .expect(201);

        assertThat(named("?search=grac")).containsExactly("grace");
        assertThat(named("?role=auditor")).containsExactly("grace");
        assertThat(named("?search=nothing")).isEmpty();
    }

    @Test
    void storedTextsAreNeverMarkup() {
        it.admin
                .raw(it.admin.firstToken, "POST", "/admin/tokens", "{\"name\":\"" + TRAP + "\",\"roles\":[\"viewer\"]}")
                .expect(201);

        Page list = browser.get(PAGE).expect(200);
        String link = list.html().select("#tokens td.main a").stream()
                .filter(a -> a.text().equals(TRAP))
                .findFirst()
                .orElseThrow()
                .attr("href");

        assertThat(list.text()).doesNotContain("<script>alert");
        assertThat(browser.get(link).text()).doesNotContain("<script>alert");
        assertThat(browser.get(link + "/end").text()).doesNotContain("<script>alert");
    }

    @Test
    void sessionsAreListedAndEnded() {
        Browser viewer = it.as("viewer");
        Element row = browser.get(PAGE + "/sessions").expect(200).html().select("#sessions tbody tr").stream()
                .filter(one -> one.text().contains("a viewer"))
                .findFirst()
                .orElseThrow();

        String end = row.expectFirst("button[formaction]").attr("formaction");
        browser.post(end, Map.of()).expect(302);

        viewer.get("/dashboard/providers").expect(302);
        await().untilAsserted(
                        () -> assertThat(it.admin.audited()).anyMatch(event -> event.startsWith("session.end token/")));
    }

    @Test
    void everywhereEndsAllSessionsOfASubject() {
        String token = it.admin.token("viewer", "");
        Browser one = it.loggedIn(token);
        Browser two = it.loggedIn(token);

        browser.post(PAGE + "/sessions/everywhere", Map.of("subject", "token/" + id(token)))
                .expect(302);

        one.get("/dashboard/providers").expect(302);
        two.get("/dashboard/providers").expect(302);
        browser.get(PAGE).expect(200);
    }

    @Test
    void othersSeeTheirOwnSessionsAndNoTokens() {
        for (String role : List.of("viewer", "auditor", "operator")) {
            Browser other = it.as(role);
            assertThat(other.get(PAGE).expect(302).header("Location")).endsWith(PAGE + "/sessions");
            Page sessions = other.get(PAGE + "/sessions").expect(200);
            assertThat(sessions.html().select("#sessions tbody tr")).hasSize(1);
            assertThat(sessions.words()).contains("this session").doesNotContain("first-admin");
            assertThat(sessions.html().select(".tabs a").eachText()).containsExactly("Sessions", "Roles");
            other.get(NEW).expect(403);
            other.get(PAGE + "/tokens/" + id(it.admin.firstToken)).expect(403);
            other.post(NEW, Map.of("name", "x", "role", "viewer")).expect(403);
        }
    }

    @Test
    void aLimitedAdminSeesOnlyWhatIsInScope() {
        String inside = it.admin.token("viewer", ", 'scope': {'providers': ['local/a-1']}");
        Browser limited = it.loggedIn(it.admin.token("admin", ", 'scope': {'providers': ['local/a-*']}"));

        Page tokens = limited.get(PAGE).expect(200);
        assertThat(tokens.text()).contains(id(inside)).doesNotContain(id(it.admin.firstToken));
        limited.get(PAGE + "/tokens/" + id(it.admin.firstToken)).expect(403);
        Page wider = limited.post(NEW, Map.of("name", "wider", "role", "viewer", "providers", "vault/*"))
                .expect(403);
        assertThat(wider.words()).doesNotContain("sp_");
        assertThat(limited.get(PAGE + "/sessions").text()).doesNotContain("first-admin");
    }

    @Test
    void rolesShowWhatTheyMay() {
        Page roles = it.as("viewer").get(PAGE + "/roles").expect(200);

        assertThat(roles.html().select("thead th").eachText())
                .containsExactly("May", "viewer yours", "auditor", "operator", "admin");
        Element audit = roles.html().select("tbody tr").stream()
                .filter(row -> row.text().contains("audit log"))
                .findFirst()
                .orElseThrow();
        assertThat(audit.select("td").eachText()).containsExactly("no", "yes", "no", "yes");
    }
}
