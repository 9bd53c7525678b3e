package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.DashboardFixture.Page;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinkPagesTest {
    private static final String PAGE = "/dashboard/login/link";

    @TempDir
    private Path directory;

    private DashboardFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new DashboardFixture(directory);
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private String code(String token) {
        return fixture.admin
                .call(token, "POST", "/admin/login-links", null)
                .expect(201)
                .json()
                .path("code")
                .asString();
    }

    @Test
    void aCodeLogsInOnce() {
        String token = fixture.admin.token("viewer", "");
        String code = code(token);
        Browser browser = fixture.browser();

        Page in = browser.send(PAGE, Map.of("code", code));

        assertThat(in.status()).as(in.words()).isEqualTo(302);
        assertThat(in.header("Location")).endsWith("/dashboard");
        assertThat(browser.get("/dashboard/providers").expect(200).words()).contains("a viewer");
        Page again = fixture.browser().send(PAGE, Map.of("code", code));
        assertThat(again.status()).isEqualTo(401);
        assertThat(again.words()).contains("This link is used, or older than a minute");
        assertThat(again.text()).doesNotContain(code);
    }

    @Test
    void theSessionEndsWithTheTokenOfItsMaker() {
        String token = fixture.admin.token("viewer", "");
        Browser browser = fixture.browser();
        browser.send(PAGE, Map.of("code", code(token))).expect(302);

        fixture.admin.delete("/admin/tokens/" + token.split("_", -1)[1]).expect(204);

        browser.get("/dashboard/providers").expect(302);
    }

    @Test
    void wrongAndEmptyCodesAreRefused() {
        fixture.browser().send(PAGE, Map.of("code", "guessed")).expect(401);
        fixture.browser().send(PAGE, Map.of()).expect(401);
    }

    @Test
    void anotherSiteCannotUseACode() {
        String code = code(fixture.admin.firstToken);

        fixture.browser()
                .send(PAGE, Map.of("code", code), "Sec-Fetch-Site", "cross-site")
                .expect(403);
        fixture.browser().send(PAGE, Map.of("code", code)).expect(302);
    }

    @Test
    void whoIsLoggedInCanFollowALinkAndGetsANewSession() {
        Browser browser = fixture.as("viewer");
        String before = browser.cookie();

        browser.send(PAGE, Map.of("code", code(fixture.admin.firstToken))).expect(302);

        assertThat(browser.cookie()).isNotEqualTo(before);
        browser.cookie(before);
        browser.get("/dashboard/providers").expect(302);
    }

    @Test
    void thePageTakesACodeAlsoWithoutItsScript() {
        Page page = fixture.browser().get(PAGE).expect(200);

        assertThat(page.html().select("form[data-link-code][method=post] input[type=password][name=code]"))
                .hasSize(1);
        assertThat(page.html().select("script[src]")).hasSize(1);
        assertThat(page.header("Cache-Control")).isEqualTo("no-store");
        assertThat(page.header("Referrer-Policy")).isEqualTo("no-referrer");
    }
}
