package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests of a connection, the history of a provider and the import, in the dashboard. */
final class ProviderTestPagesTest extends WithAdminBrowser {
    private static final String PAGE = "/dashboard/providers/vault/prod";

    @BeforeEach
    void fill() throws Exception {
        it.admin
                .put("/admin/providers/vault/prod", "{'uri': 'https://127.0.0.1:1', 'token': 'c4n4ry'}")
                .expect(201);
    }

    @Test
    void withoutJavaScriptThePageHasAllStepsWhenTheTestIsOver() {
        assertThat(browser.get(PAGE).words()).contains("Test connection", "History");
        assertThat(browser.get(PAGE + "/test")
                        .expect(200)
                        .html()
                        .expectFirst("#steps")
                        .hasAttr("hidden"))
                .isTrue();

        Page tested = browser.post(PAGE + "/test", Map.of("path", "jack/key")).expect(200);

        assertThat(tested.html().select("#steps li.teststep").eachAttr("data-state"))
                .containsExactly("passed", "skipped", "failed", "skipped", "skipped", "skipped", "skipped");
        assertThat(tested.html().expectFirst("#steps").hasAttr("hidden")).isFalse();
        assertThat(tested.words()).contains("The test failed", "the connection was refused", "Agree on TLS");
        assertThat(tested.text()).doesNotContain("c4n4ry", "style=", "<script>");
        assertThat(browser.post(PAGE + "/test", Map.of("path", "a//b"))
                        .expect(400)
                        .words())
                .contains("a path segment is empty");
    }

    @Test
    void scriptGetsEachStepAsItHappens() {
        Page events =
                browser.post(PAGE + "/test/steps", Map.of("path", "jack/key")).expect(200);

        assertThat(events.header("Content-Type")).startsWith("text/event-stream");
        assertThat(events.text())
                .contains("event: plan", "\"step\":\"connect\",\"state\":\"running\"", "event: result")
                .doesNotContain("c4n4ry");
        assertThat(browser.send(PAGE + "/test/steps", Map.of()).status())
                .as("without the proof")
                .isEqualTo(403);
    }

    @Test
    void viewerMayNotTestAndSeesNoButton() {
        Browser viewer = it.as("viewer");
        assertThat(viewer.get(PAGE).expect(200).words())
                .doesNotContain("Test connection")
                .contains("History");
        viewer.get(PAGE + "/test").expect(403);
        viewer.post(PAGE + "/test", Map.of()).expect(403);
        viewer.post(PAGE + "/test/steps", Map.of()).expect(403);
        Browser limited = it.loggedIn(it.admin.token("operator", ", 'scope': {'providers': ['vault/other']}"));
        limited.post(PAGE + "/test/steps", Map.of()).expect(403);
        limited.get(PAGE + "/history").expect(403);
    }

    @Test
    void historyShowsWhoChangedWhatWithSecretsMasked() {
        it.admin
                .patch("/admin/providers/vault/prod", "{'desc': '<img src=x onerror=alert(1)>'}")
                .expect(200);

        Page history = browser.get(PAGE + "/history").expect(200);

        assertThat(history.html().select("tbody tr")).hasSize(2);
        assertThat(history.words()).contains("first-admin", "provider.update", "desc", "<img src=x", "***");
        assertThat(history.html().select("img")).isEmpty();
        assertThat(history.text()).doesNotContain("c4n4ry");
    }

    @Test
    void trialOfAnEditShowsTheSteps() {
        Page tried = browser.post(
                        "/dashboard/providers/new/vault",
                        Map.of("id", "new", "f.uri", "https://127.0.0.1:1", "f.token", "x", "action", "try"))
                .expect(200);
        assertThat(tried.html().select("li.teststep").eachAttr("data-state"))
                .containsExactly("passed", "skipped", "failed", "skipped", "skipped");
    }

    @Test
    void importShowsWhatWouldHappenBeforeItDoes() throws Exception {
        it.admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: a-key-of-sixteen-bytes}}}
                secrets:
                  - {id: vault/taken, uri: "http://127.0.0.1:1", prefix: kv, token: gateway-c4n4ry}
                """);
        assertThat(browser.get("/dashboard/providers").words()).contains("Import");

        Page tried = browser.post("/dashboard/providers/import", Map.of("action", "try"))
                .expect(200);
        assertThat(tried.words()).contains("What would happen", "/secrets/vault/taken", "would be imported");
        it.admin.get("/admin/providers/vault/taken").expect(404);
        Page done = browser.post("/dashboard/providers/import", Map.of("action", "import"))
                .expect(200);
        assertThat(done.words()).contains("What was done", "imported");
        it.admin.get("/admin/providers/vault/taken").expect(200);
        assertThat(tried.text() + done.text()).doesNotContain("gateway-c4n4ry");
        it.as("viewer")
                .post("/dashboard/providers/import", Map.of("action", "import"))
                .expect(403);
    }
}
