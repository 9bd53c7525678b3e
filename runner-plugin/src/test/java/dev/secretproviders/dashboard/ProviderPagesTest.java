package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.dashboard.DashboardFixture.Page;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The list of providers, a provider's page, and its form. */
class ProviderPagesTest extends WithAdminBrowser {
    @Test
    void emptyListSaysWhatToDoFirst() {
        Page page = browser.get("/dashboard/providers?manager=vault").expect(200);
        assertThat(page.words()).contains("No provider fits");
        assertThat(it.as("viewer").get("/dashboard/providers").words()).doesNotContain("New provider");
    }

    @Test
    void listSearchesAndPages() {
        for (int i = 0; i < 60; i++) {
            it.admin.put("/admin/providers/local/team-%02d".formatted(i), "{}").expect(201);
        }

        Page first = browser.get("/dashboard/providers?search=team").expect(200);
        assertThat(first.html().select("tbody tr")).hasSize(50);
        assertThat(first.words()).contains("1 to 50 of 60");
        String next = first.html().expectFirst("a[rel=next]").attr("href");
        assertThat(browser.get(next).expect(200).html().select("tbody tr")).hasSize(10);
        assertThat(browser.get("/dashboard/providers?search=team-07").words()).contains("1 to 1 of 1");
        assertThat(browser.get("/dashboard/providers?page=nonsense").words()).contains("page: expected a whole number");
    }

    @Test
    void providerIsMadeSeenEditedAndDeleted() throws Exception {
        Path place = Files.createDirectories(directory.resolve("secrets"));
        Files.writeString(place.resolve("key"), "the-key-of-jack");
        Page form = browser.get("/dashboard/providers/new/file").expect(200);
        assertThat(form.html().selectFirst("[name=f.directory]")).isNotNull();

        Page wrong = browser.post("/dashboard/providers/new/file", Map.of("id", "prod", "f.timeout", "soon"))
                .expect(400);
        assertThat(wrong.html().expectFirst("#field-directory").attr("aria-invalid"))
                .isEqualTo("true");
        assertThat(wrong.html().expectFirst("#field-timeout-problem").text()).contains("duration");
        assertThat(wrong.html().expectFirst("[name=id]").attr("value")).isEqualTo("prod");

        Map<String, String> fields = Map.of(
                "id", "prod", "f.directory", place.toString(), "f.desc", "Keys of the shop", "f.labels", "team: shop");
        Page tried = browser.post("/dashboard/providers/new/file", with(fields, "action", "try"))
                .expect(200);
        assertThat(tried.words()).contains("nothing was changed");
        it.admin.get("/admin/providers/file/prod").expect(404);

        Page made = browser.post("/dashboard/providers/new/file", fields).expect(302);
        assertThat(made.header("Location")).isEqualTo("/dashboard/providers/file/prod");
        Page shown = browser.get("/dashboard/providers/file/prod").expect(200);
        assertThat(shown.words()).contains("file/prod was created.", "Keys of the shop", "labels.team", "shop");
        assertThat(browser.get("/dashboard/providers/file/prod").words()).doesNotContain("was created");

        String revision = browser.get("/dashboard/providers/file/prod/edit")
                .expect(200)
                .html()
                .expectFirst("[name=revision]")
                .attr("value");
        browser.post(
                        "/dashboard/providers/file/prod/edit",
                        Map.of("f.directory", place.toString(), "f.desc", "Other keys", "revision", revision))
                .expect(302);
        assertThat(it.admin.get("/admin/providers/file/prod").text())
                .contains("Other keys")
                .doesNotContain("team");
        browser.post(
                        "/dashboard/providers/file/prod/edit",
                        Map.of("f.directory", place.toString(), "revision", revision))
                .expect(412);

        assertThat(browser.get("/dashboard/providers/file/prod/delete")
                        .expect(200)
                        .words())
                .contains("Nothing refers to it");
        browser.post("/dashboard/providers/file/prod/delete", Map.of()).expect(302);
        browser.get("/dashboard/providers/file/prod").expect(404);
    }

    @Test
    void deletionThatBreaksReferencesIsShownBeforeItHappens() throws Exception {
        it.admin.fileProvider("prod", Map.of("jack", "the-key-of-jack"));
        it.admin.gateway("""
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: "$secret://file/prod/jack"}}
                """);

        Page page = browser.get("/dashboard/providers/file/prod/delete").expect(200);

        assertThat(page.words())
                .contains("still referred to: 1 references", "jack", "Delete although references break");
        assertThat(browser.get("/dashboard/providers/file/prod").words()).contains("$secret://file/prod/jack");
        browser.post("/dashboard/providers/file/prod/delete", Map.of()).expect(409);
        assertThat(it.as("operator")
                        .get("/dashboard/providers/file/prod/delete")
                        .words())
                .contains("still referred to")
                .doesNotContain("although");
        browser.post("/dashboard/providers/file/prod/delete", Map.of("action", "force"))
                .expect(302);
    }

    @Test
    void secretsOfAFormAreNeverSentBack() {
        Map<String, String> fields =
                Map.of("id", "prod", "f.uri", "https://vault.example:8200", "f.token", "hvs.canary-of-the-form");

        Page tried = browser.post("/dashboard/providers/new/vault", with(fields, "action", "try"));
        assertThat(tried.text()).doesNotContain("hvs.canary");
        Page refused = browser.post("/dashboard/providers/new/vault", with(fields, "f.timeout", "never"))
                .expect(400);
        assertThat(refused.text()).doesNotContain("hvs.canary");

        browser.post("/dashboard/providers/new/vault", fields).expect(302);
        assertThat(browser.get("/dashboard/providers/vault/prod").text()).doesNotContain("hvs.canary");
        Page edit = browser.get("/dashboard/providers/vault/prod/edit").expect(200);
        assertThat(edit.text()).doesNotContain("hvs.canary").contains("stays as it is if this is empty");
        String revision = edit.html().expectFirst("[name=revision]").attr("value");
        browser.post(
                        "/dashboard/providers/vault/prod/edit",
                        Map.of(
                                "f.uri",
                                "https://vault.example:8200",
                                "f.token",
                                "",
                                "f.token.kept",
                                "true",
                                "f.desc",
                                "kept",
                                "revision",
                                revision))
                .expect(302);
        assertThat(it.admin.get("/admin/providers/vault/prod").text()).contains("\"token\":\"***\"");
    }

    private static Map<String, String> with(Map<String, String> fields, String name, String value) {
        Map<String, String> all = new TreeMap<>(fields);
        all.put(name, value);
        return all;
    }
}
