package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The life of a local secret in the dashboard, without JavaScript. */
final class SecretPagesTest extends WithAdminBrowser {
    private static final String LIST = "/dashboard/secrets/app";
    private static final String JACK = "?path=team%2Fjack";

    @BeforeEach
    void fill() throws Exception {
        it.admin
                .put("/admin/providers/local/app", "{'desc': 'keys of the app'}")
                .expect(201);
    }

    @Test
    void providersAndEmptyListSayWhatToDoFirst() {
        assertThat(browser.get("/dashboard/secrets").expect(200).words()).contains("local/app", "keys of the app");
        assertThat(browser.get(LIST).expect(200).words()).contains("There is no secret yet", "Generate the first key");
        assertThat(it.as("viewer").get(LIST).expect(200).words())
                .doesNotContain("Generate the first key", "New secret");
        browser.get("/dashboard/secrets/absent").expect(404);
    }

    @Test
    void secretIsCreatedChangedRolledBackEndedAndDeletedAndNoPageShowsAValue() throws Exception {
        List<String> values = List.of("c4n4ry-the-first-value", "c4n4ry-the-second-value", "c4n4ry-of-another-field");
        Page made = browser.post(
                        LIST + "/new",
                        Map.of(
                                "path",
                                "team/jack",
                                "name.0",
                                "key",
                                "value.0",
                                values.get(0),
                                "name.1",
                                "user",
                                "value.1",
                                values.get(2),
                                "name.2",
                                "",
                                "value.2",
                                ""))
                .expect(302);
        assertThat(made.header("Location")).isEqualTo(LIST + "/show" + JACK);
        Page one = browser.get(LIST + "/show" + JACK).expect(200);
        assertThat(one.words())
                .contains("team/jack was created.", "$secret://local/app/team/jack/key", "Nothing refers");
        assertThat(browser.get(LIST).words()).contains("team/jack", "key, user", "1 to 1 of 1");

        Page form = browser.get(LIST + "/version" + JACK).expect(200);
        assertThat(form.html().select("input[readonly]").eachAttr("value")).containsExactly("key", "user");
        Map<String, String> change = new TreeMap<>(Map.of(
                "revision",
                form.html().expectFirst("[name=revision]").attr("value"),
                "name.0",
                "key",
                "kept.0",
                "true",
                "value.0",
                values.get(1),
                "name.1",
                "user",
                "kept.1",
                "true",
                "removed.1",
                "true",
                "value.1",
                ""));
        browser.post(LIST + "/version" + JACK, change).expect(302);
        assertThat(browser.get(LIST + "/show" + JACK).words()).contains("Version 2 of team/jack is in force");
        Page late = browser.post(LIST + "/version" + JACK, change).expect(412);
        assertThat(late.words()).contains("changed by another caller", "Write values again");
        Page two = browser.get(LIST + "/show" + JACK);
        assertThat(two.html().select("tbody tr")).hasSize(2);

        Page confirm = browser.get(LIST + "/rollback" + JACK + "&version=1").expect(200);
        assertThat(confirm.words()).contains("Roll back to version 1?", "Version 2, in force now", "key, user");
        browser.post(
                        LIST + "/rollback" + JACK + "&version=1",
                        Map.of(
                                "revision",
                                confirm.html().expectFirst("[name=revision]").attr("value")))
                .expect(302);
        assertThat(browser.get(LIST + "/show" + JACK).words())
                .contains("Version 3 of team/jack has the values of version 1");

        Page end = browser.get(LIST + "/expire" + JACK).expect(200);
        String revision = end.html().expectFirst("[name=revision]").attr("value");
        assertThat(browser.post(LIST + "/expire" + JACK, Map.of("revision", revision, "expires", "2001-01-01T12:00"))
                        .expect(400)
                        .words())
                .contains("expires_at");
        browser.post(LIST + "/expire" + JACK, Map.of("revision", revision, "expires", "2035-01-31T12:00"))
                .expect(302);
        assertThat(browser.get(LIST + "/show" + JACK).words()).contains("2035-01-31");
        assertThat(browser.get(LIST + "/expire" + JACK)
                        .html()
                        .expectFirst("#expires")
                        .attr("value"))
                .isEqualTo("2035-01-31T12:00");

        browser.get(LIST + "/destroy" + JACK + "&version=2").expect(200);
        browser.post(LIST + "/destroy" + JACK + "&version=2", Map.of()).expect(302);
        assertThat(browser.get(LIST + "/show" + JACK).words()).contains("destroyed");

        for (String page : List.of(
                "",
                "/show" + JACK,
                "/version" + JACK,
                "/rollback" + JACK + "&version=1",
                "/expire" + JACK,
                "/delete" + JACK,
                "/generate" + JACK)) {
            Page shown = browser.get(LIST + page).expect(200);
            assertThat(shown.text()).as(page).doesNotContain(values);
            assertThat(shown.header("Cache-Control")).contains("no-store");
        }
        assertThat(late.text() + made.text()).doesNotContain("c4n4ry");

        assertThat(browser.get(LIST + "/delete" + JACK).words()).contains("Nothing refers to it.");
        assertThat(browser.post(LIST + "/delete" + JACK, Map.of()).expect(302).header("Location"))
                .isEqualTo(LIST);
        browser.get(LIST + "/show" + JACK).expect(404);
    }

    @Test
    void generatedKeyIsShownOnceAndALoadedPageMakesNoOther() {
        Map<String, String> fields =
                Map.of("path", "team/jack", "field", "key", "alphabet", "hex", "length", "40", "revision", "");
        Page shown = browser.post(LIST + "/generate", fields).expect(200);
        String key = shown.html().expectFirst("#generated").text();
        assertThat(key).matches("[0-9a-f]{40}");
        assertThat(shown.header("Cache-Control")).contains("no-store");
        assertThat(shown.response().headers().map()).doesNotContainKeys("set-cookie", "location");

        Page again = browser.post(LIST + "/generate", fields).expect(412);
        assertThat(again.words()).contains("shown only once");
        assertThat(again.html().select("#generated")).isEmpty();
        Page one = browser.get(LIST + "/show" + JACK).expect(200);
        assertThat(one.html().select("tbody tr")).as("one version").hasSize(1);
        assertThat(one.text() + again.text() + browser.get(LIST).text()).doesNotContain(key);

        Page form = browser.get(LIST + "/generate" + JACK).expect(200);
        String revision = form.html().expectFirst("[name=revision]").attr("value");
        Page next = browser.post(
                        LIST + "/generate",
                        Map.of("path", "team/jack", "field", "key", "alphabet", "base64url", "revision", revision))
                .expect(200);
        assertThat(next.html().expectFirst("#generated").text()).hasSize(43).isNotEqualTo(key);
        assertThat(browser.post(LIST + "/generate", Map.of("path", "x", "field", "key", "length", "3", "revision", ""))
                        .expect(400)
                        .words())
                .contains("length");
        assertThat(browser.post(LIST + "/generate", Map.of("path", " ", "field", "key"))
                        .expect(400)
                        .words())
                .contains("Write a path");
    }

    @Test
    void removalShowsWhatUsesTheSecretBeforeItHappens() throws Exception {
        it.admin
                .put("/admin/secrets/app/team/jack", "{'fields': {'key': 'a-key-of-sixteen-bytes'}}")
                .expect(201);
        it.admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: "$secret://local/app/team/jack/key"}}}
                """);
        await().untilAsserted(() ->
                assertThat(browser.get(LIST + "/show" + JACK).words()).contains("jack consumer"));
        Browser operator = it.as("operator");

        assertThat(browser.get(LIST + "/delete" + JACK).expect(200).words())
                .contains("These references use it", "jack", "Delete although references break");
        assertThat(operator.get(LIST + "/destroy" + JACK + "&version=1")
                        .expect(200)
                        .words())
                .contains("These references use it", "jack")
                .doesNotContain("although references break");
        operator.post(LIST + "/delete" + JACK, Map.of()).expect(409);
        operator.post(LIST + "/delete" + JACK, Map.of("action", "force")).expect(403);
        browser.post(LIST + "/delete" + JACK, Map.of("action", "force")).expect(302);
    }

    @Test
    void viewerAndLimitedTokenSeeNoMoreThanTheyMay() {
        it.admin
                .put("/admin/secrets/app/team/jack", "{'fields': {'key': 'a-key-of-sixteen-bytes'}}")
                .expect(201);
        it.admin.put("/admin/providers/local/other", "{}").expect(201);
        Browser viewer = it.as("viewer");
        assertThat(viewer.get(LIST + "/show" + JACK).expect(200).html().select(".head .actions a, .rowactions a"))
                .isEmpty();
        viewer.post(LIST + "/version" + JACK, Map.of("name.0", "key", "value.0", "stolen"))
                .expect(403);
        viewer.post(LIST + "/generate", Map.of("path", "x", "field", "key", "revision", ""))
                .expect(403);
        viewer.post(LIST + "/delete" + JACK, Map.of()).expect(403);

        Browser limited = it.loggedIn(it.admin.token("operator", ", 'scope': {'providers': ['local/other']}"));
        assertThat(limited.get("/dashboard/secrets").expect(200).words())
                .contains("local/other")
                .doesNotContain("local/app");
        limited.get(LIST).expect(403);
        limited.get(LIST + "/show" + JACK).expect(403);
        limited.post(LIST + "/generate", Map.of("path", "x", "field", "key", "revision", ""))
                .expect(403);
    }

    @Test
    void namesOfOthersAreTextAndNoMarks() {
        String mark = "\"><img src=x onerror=alert(1)>";
        it.admin
                .put("/admin/providers/local/marked", "{'desc': '" + mark.replace("\"", "\\\"") + "'}")
                .expect(201);
        Page made = browser.post(
                        "/dashboard/secrets/marked/new",
                        Map.of("path", mark, "name.0", "<b>bold</b>'".replace("/", ""), "value.0", "a-value"))
                .expect(302);
        String page = made.header("Location");
        for (String at : List.of(
                "/dashboard/secrets",
                "/dashboard/secrets/marked",
                page,
                page.replace("show", "version"),
                page.replace("show", "delete"),
                page.replace("show", "generate"),
                page.replace("show", "expire"),
                page.replace("show", "rollback") + "&version=1")) {
            Page shown = browser.get(at).expect(200);
            assertThat(shown.html().select("img, b")).as(at).isEmpty();
        }
        assertThat(browser.get(page).words()).contains(mark);
    }
}
