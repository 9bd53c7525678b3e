package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.util.List;
import java.util.Map;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;

class AuditPagesTest extends WithAdminBrowser {
    private static final String PAGE = "/dashboard/audit";
    private static final String TRAP = "</td><script>alert(1)</script>'${7*7}__${7*7}__";

    private void provider(String id, String desc) {
        it.admin
                .raw(
                        it.admin.firstToken,
                        "PUT",
                        "/admin/providers/vault/" + id,
                        "{\"uri\":\"http://127.0.0.1:1\",\"token\":\"a-secret-token\",\"desc\":\"" + desc + "\"}")
                .expect(201);
    }

    private List<String> events(String query) {
        return browser.get(PAGE + query)
                .expect(200)
                .html()
                .select("#records td.main code")
                .eachText();
    }

    @Test
    void recordsAreFilteredByEachField() {
        provider("one", "first");
        it.admin.put("/admin/providers/local/own", "{}").expect(201);
        it.admin
                .call(it.admin.token("viewer", ""), "DELETE", "/admin/providers/local/own", null)
                .expect(403);

        assertThat(events("")).contains("provider.create", "token.create");
        assertThat(events("?action=provider.")).containsOnly("provider.create").hasSize(2);
        assertThat(events("?object=provider/vault/*")).containsExactly("provider.create");
        assertThat(events("?actor=first-admin&action=token.create")).hasSize(1);
        assertThat(events("?actor=stranger")).isEmpty();
        assertThat(events("?from=2020-01-01T00:00&to=2020-01-02T00:00")).isEmpty();
        assertThat(events("?from=2020-01-01T00:00&action=provider.create")).hasSize(2);
        Page wrong = browser.get(PAGE + "?from=soon").expect(400);
        assertThat(wrong.html().select("[role=alert]").text()).contains("from: expected a time");
    }

    @Test
    void olderRecordsAreOnFurtherPages() {
        for (int i = 0; i < 60; i++) {
            it.admin.put("/admin/providers/local/p" + i, "{}").expect(201);
        }

        Page newest = browser.get(PAGE + "?action=provider.create").expect(200);
        Element older = newest.html().expectFirst("a[rel=next]");
        Page next = browser.get(older.attr("href")).expect(200);

        assertThat(newest.html().select("#records tbody tr")).hasSize(50);
        assertThat(next.html().select("#records tbody tr")).hasSize(10);
        assertThat(next.html().select("a[rel=next]")).isEmpty();
        assertThat(next.html().select(".pager a").attr("href")).isEqualTo(PAGE + "?action=provider.create");
    }

    @Test
    void theDetailShowsWhatChangedAndNoSecret() {
        provider("one", "first");
        it.admin
                .patch("/admin/providers/vault/one", "{'desc': 'second', 'timeout': '9s'}")
                .expect(200);
        String link = browser.get(PAGE + "?action=provider.update")
                .html()
                .expectFirst("#records tbody a")
                .attr("href");

        Page detail = browser.get(link).expect(200);

        assertThat(detail.html().select("tr.changed del").eachText()).contains("first");
        assertThat(detail.html().select("tr.changed ins").eachText()).contains("second");
        assertThat(detail.html().select("tr.added ins").eachText()).contains("9s");
        assertThat(detail.words()).contains("first-admin", "provider/vault/one", "***");
        assertThat(detail.text()).doesNotContain("a-secret-token");
        browser.get(PAGE + "/999999").expect(404);
    }

    @Test
    void storedTextsAreNeverMarkup() {
        provider("trap", TRAP);
        String link = browser.get(PAGE + "?object=provider/vault/trap")
                .html()
                .expectFirst("#records tbody a")
                .attr("href");

        Page detail = browser.get(link).expect(200);

        assertThat(detail.text()).doesNotContain("<script>alert", "'49__");
        assertThat(detail.html().select("td ins").eachText()).contains(TRAP);
        Page list =
                browser.get(PAGE + "?actor=%3Cscript%3Ealert(1)%3C/script%3E").expect(200);
        assertThat(list.text()).doesNotContain("<script>alert");
    }

    @Test
    void exportsHaveTheFilterAndAreFiles() {
        provider("one", "first");
        String link = browser.get(PAGE + "?action=provider.create")
                .html()
                .expectFirst("a[href*=format=csv]")
                .attr("href");

        Page csv = browser.get(link).expect(200);
        Page lines = browser.get(PAGE + "/export?format=jsonl&action=provider.create")
                .expect(200);

        assertThat(csv.header("Content-Disposition")).isEqualTo("attachment; filename=\"audit.csv\"");
        assertThat(csv.header("Content-Type")).startsWith("text/csv");
        assertThat(csv.text()).contains("provider.create").doesNotContain("token.create", "a-secret-token");
        assertThat(lines.text().lines()).hasSize(1);
        browser.get(PAGE + "/export?format=xml").expect(400);
    }

    @Test
    void theChainIsVerifiedAndADefectIsNamed() throws Exception {
        provider("one", "first");
        Page before = browser.get(PAGE + "/verify").expect(200);
        assertThat(before.words()).contains("The log was not verified since this runner started");
        assertThat(verified().words()).contains("records are as they were written", "begun by first-admin");

        Stored record = it.admin.raw.list("audit/record/").entries().getFirst();
        byte[] changed = record.value().clone();
        changed[changed.length / 2] ^= 1;
        assertThat(it.admin.raw.commit(Transaction.EMPTY.put(record.key(), changed)))
                .isNotNull();

        Page broken = verified();
        assertThat(broken.words()).contains("The log is not as it was written");
        assertThat(broken.html().select("tbody tr")).isNotEmpty();
    }

    /** Has the log verified and returns the page with the result. */
    private Page verified() {
        Page begun = browser.post(PAGE + "/verify", Map.of()).expect(302);
        assertThat(begun.header("Location")).isEqualTo(PAGE + "/verify");
        await().until(() ->
                browser.get(PAGE + "/verify").html().select("[hx-trigger]").isEmpty());
        return browser.get(PAGE + "/verify").expect(200);
    }

    @Test
    void onlyWhoMayReadTheLogSeesIt() {
        for (String role : List.of("viewer", "operator")) {
            Browser other = it.as(role);
            other.get(PAGE).expect(403);
            other.get(PAGE + "/1").expect(403);
            other.get(PAGE + "/verify").expect(403);
            other.post(PAGE + "/verify", Map.of()).expect(403);
            other.get(PAGE + "/export").expect(403);
            assertThat(other.get("/dashboard/providers").html().select("nav a[href=" + PAGE + "]"))
                    .isEmpty();
        }
        Browser limited = it.loggedIn(it.admin.token("auditor", ", 'scope': {'providers': ['local/a-*']}"));
        limited.get(PAGE).expect(403);
        it.as("auditor").get(PAGE).expect(200);
    }

    @Test
    void theFilterWorksWithoutAScript() {
        Element form = browser.get(PAGE).html().expectFirst("form[role=search]");

        assertThat(form.attr("method")).isEqualTo("get");
        assertThat(form.select("input, select").eachAttr("name"))
                .containsExactly("from", "to", "actor", "object", "action", "success");
        assertThat(form.select("label")).hasSize(6);
        assertThat(form.select("button[type=submit]")).hasSize(1);
        browser.get(PAGE + "?cursor=x").expect(400);
    }
}
