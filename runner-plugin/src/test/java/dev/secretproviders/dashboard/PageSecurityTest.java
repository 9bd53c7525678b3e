package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;

/** What keeps a browser and its session safe from other sites, and from stored texts. */
class PageSecurityTest extends WithAdminBrowser {
    private static final String PAGE = "/dashboard/providers";
    private static final String TRAP = "</td><script>alert(1)</script><img src=x onerror=alert(2)>\"'${7*7}__${7*7}__";

    @Test
    void everyAnswerHasTheHeaders() {
        List<Page> pages = List.of(
                browser.get(PAGE),
                browser.get("/dashboard/login"),
                browser.get("/dashboard/nowhere"),
                it.browser().get("/dashboard/login"),
                it.browser().get(PAGE),
                browser.send("/dashboard/logout", Map.of()));
        assertThat(pages).allSatisfy(page -> {
            assertThat(page.header("Content-Security-Policy"))
                    .startsWith("default-src 'none'; script-src 'self'; style-src 'self'")
                    .contains("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'")
                    .doesNotContain("unsafe", "data:", "*");
            assertThat(page.header("X-Frame-Options")).isEqualTo("DENY");
            assertThat(page.header("X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(page.header("Referrer-Policy")).isEqualTo("no-referrer");
            assertThat(page.header("Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
            assertThat(page.header("Cache-Control")).isEqualTo("no-store");
        });
    }

    @Test
    void assetsAreKeptForGoodAndCompressed() {
        Element style = browser.get(PAGE).html().expectFirst("link[rel=stylesheet]");
        Page plain = it.browser().get(style.attr("href")).expect(200);
        assertThat(plain.header("Cache-Control")).isEqualTo("public, max-age=31536000, immutable");
        assertThat(plain.header("Content-Type")).startsWith("text/css");
        assertThat(plain.text()).contains("--accent").doesNotContain("asset:");
        Page compressed = it.browser().get(style.attr("href"), "Accept-Encoding", "br, gzip");
        assertThat(compressed.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(compressed.header("Vary")).isEqualTo("Accept-Encoding");
        assertThat(Integer.parseInt(compressed.header("Content-Length")))
                .isLessThan(plain.text().length() / 4);
        it.browser()
                .get(style.attr("href").replaceFirst("/[0-9a-f]{16}/", "/0000000000000000/"))
                .expect(404);
        it.browser().get("/dashboard/assets/../templates/layout.html").expect(404);
        assertThat(it.browser().get("/dashboard/assets/0/nothing").header("Cache-Control"))
                .isEqualTo("no-store");
    }

    @Test
    void firstVisitTransfersLittle() {
        Page page = browser.get(PAGE);
        int bytes = page.text().length();
        for (Element linked : page.html().select("link[href], script[src]")) {
            String path = linked.hasAttr("href") ? linked.attr("href") : linked.attr("src");
            bytes += Integer.parseInt(it.browser()
                    .get(path, "Accept-Encoding", "gzip")
                    .expect(200)
                    .header("Content-Length"));
        }
        assertThat(bytes).as("bytes of a page with what it links to").isLessThan(100_000);
    }

    @Test
    void redirectsStayOnTheOriginOfTheBrowser() {
        assertThat(it.browser().get(PAGE).expect(302).header("Location")).startsWith("/dashboard/login");
    }

    @Test
    void cookieIsForThisSiteAndForNoScript() {
        Page page = it.browser().logIn(it.admin.firstToken).expect(302);
        assertThat(page.header("Set-Cookie"))
                .contains("; Path=/dashboard", "; HttpOnly", "; SameSite=Strict")
                .doesNotContain("Secure", "Max-Age", "Expires");
        Page proxied = it.browser()
                .send(
                        "/dashboard/login",
                        Map.of("token", it.admin.firstToken),
                        "X-Forwarded-Proto",
                        "https",
                        "Sec-Fetch-Site",
                        "same-origin");
        assertThat(proxied.header("Set-Cookie")).contains("; Secure");
        assertThat(browser.get(PAGE).header("Set-Cookie")).isEmpty();
    }

    @Test
    void formNeedsTheProofOfItsSessionAndItsOrigin() {
        String proof = proof(browser);
        Map<String, String> form = Map.of("csrf", proof);
        browser.send("/dashboard/logout", Map.of()).expect(403);
        browser.send("/dashboard/logout", Map.of("csrf", "nonsense!")).expect(403);
        browser.send("/dashboard/logout", Map.of("csrf", proof(it.asAdmin()))).expect(403);
        browser.send("/dashboard/logout", Map.of("csrf", "A".repeat(proof.length())))
                .expect(403);
        for (String site : List.of("cross-site", "same-site", "none")) {
            browser.send("/dashboard/logout", form, "Sec-Fetch-Site", site).expect(403);
        }
        browser.send("/dashboard/logout", form, "Origin", "https://evil.example")
                .expect(403);
        browser.send("/dashboard/logout", form, "Origin", "null").expect(403);
        it.browser()
                .send("/dashboard/login", Map.of("token", it.admin.firstToken), "Sec-Fetch-Site", "cross-site")
                .expect(403);
        assertThat(proof(browser)).as("another text each time").isNotEqualTo(proof);

        browser.send("/dashboard/logout", form, "Origin", "http://127.0.0.1:" + it.port())
                .expect(302);
        Browser other = it.asAdmin();
        other.send("/dashboard/logout", Map.of(), "X-CSRF-Token", proof(other), "Sec-Fetch-Site", "same-origin")
                .expect(302);
        Page late = browser.send(PAGE + "/file/prod/delete", form).expect(401);
        assertThat(late.words()).contains("session has ended, and nothing was changed");
    }

    @Test
    void otherMethodsAreRefused() {
        for (String method : List.of("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")) {
            assertThat(browser.method(method, PAGE).status()).as(method).isEqualTo(405);
        }
        browser.method("HEAD", PAGE).expect(200);
        browser.get("/dashboard/logout").expect(405);
    }

    @Test
    void linkOfAnotherSiteLoadsThePageAgainInsteadOfTheLogIn() {
        Page page = it.browser().get(PAGE, "Sec-Fetch-Site", "cross-site").expect(200);
        assertThat(page.html().expectFirst("meta[http-equiv=refresh]").attr("content"))
                .isEqualTo("0");
        it.browser().get(PAGE, "Sec-Fetch-Site", "same-origin").expect(302);
    }

    @Test
    void storedTextsAreShownAsTexts() {
        String quoted = TRAP.replace("'", "").replace("\"", "");
        it.admin
                .raw(
                        it.admin.firstToken,
                        "PUT",
                        "/admin/providers/vault/trap",
                        "{\"uri\": \"https://vault.example:8200\", \"desc\": \"" + quoted + "\", \"labels\": {\""
                                + quoted + "\": \"" + quoted + "\"}, \"token\": \"hvs.canary\"}")
                .expect(201);
        for (String path : List.of(
                PAGE,
                PAGE + "/vault/trap",
                PAGE + "/vault/trap/edit",
                PAGE + "/vault/trap/delete",
                PAGE + "?search=" + URLEncoder.encode(TRAP, StandardCharsets.UTF_8),
                "/dashboard/login?to=" + URLEncoder.encode(TRAP, StandardCharsets.UTF_8))) {
            Page page = browser.get(path);
            assertThat(page.status()).as(path).isIn(200, 302);
            assertThat(page.text()).as(path).doesNotContain("<script>", "<img", "49__", "hvs.canary");
            assertThat(page.html().select("script:not([src]), [style], [onerror], style"))
                    .as(path)
                    .isEmpty();
        }
        assertThat(browser.get(PAGE + "/vault/trap").words()).contains("<script>alert(1)</script>");
        Page refused = browser.post(PAGE + "/new/vault", Map.of("id", TRAP, "f.uri", TRAP, "f.desc", TRAP));
        assertThat(refused.status()).isBetween(400, 404);
        assertThat(refused.text()).doesNotContain("<script>", "<img", "49__");
    }

    @Test
    void limitedTokenSeesItsProvidersOnly() throws Exception {
        it.admin.fileProvider("team-a", Map.of("key", "the-key-of-a"));
        it.admin.fileProvider("team-b", Map.of("key", "the-key-of-b"));
        Browser limited = it.loggedIn(it.admin.token("operator", ", 'scope': {'providers': ['file/team-a']}"));

        assertThat(limited.get(PAGE).expect(200).words())
                .contains("team-a", "some providers")
                .doesNotContain("team-b");
        Page page = limited.get(PAGE + "/file/team-a").expect(200);
        assertThat(page.html().select("a[href$=edit]")).hasSize(1);
        limited.get(PAGE + "/file/team-b").expect(403);
        limited.get(PAGE + "/file/team-b/edit").expect(403);
        limited.get(PAGE + "/file/team-b/delete").expect(403);
        limited.post(PAGE + "/file/team-b/delete", Map.of()).expect(403);
    }

    @Test
    void viewerSeesNoControlAndMayUseNone() throws Exception {
        it.admin.fileProvider("prod", Map.of());
        Browser viewer = it.as("viewer");
        assertThat(viewer.get(PAGE + "/file/prod").html().select("main a[href$=edit], main a[href$=delete], main form"))
                .isEmpty();
        viewer.post(PAGE + "/new/file", Map.of("id", "x", "f.directory", "/tmp"))
                .expect(403);
        viewer.get(PAGE + "/file/prod/delete").expect(403);
        viewer.post(PAGE + "/file/prod/delete", Map.of()).expect(403);
    }

    private static String proof(Browser browser) {
        return browser.get(PAGE).html().expectFirst("input[name=csrf]").attr("value");
    }
}
