package dev.secretproviders.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.secretproviders.peers.OpenBao;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard of the packaged runner in a real browser. */
class DashboardTest {
    private static final String KEY = "the-key-of-jack-1234";

    @TempDir
    Path directory;

    @IndependentTest
    void providerIsMadeSeenProtectedAndDeletedInABrowser() throws Exception {
        consumers("$secret://vault/prod/jack/key");
        try (OpenBao bao = OpenBao.start()) {
            bao.enableKv("kv", 2);
            bao.kvPut("kv", 2, "apisix/jack", Map.of("key", KEY));
            try (RunnerProcess runner = RunnerProcess.start(directory, yaml(), Map.of());
                    AdminClient admin = runner.admin();
                    Browser browser = Browser.start(runner.base())) {
                Page page = browser.page();
                wrongLogIn(page);
                Browser.loggedIn(page, admin.token());
                assertThat(page).hasURL(Pattern.compile(".*/dashboard/.*"));
                page.navigate("/dashboard/providers");
                assertThat(page.getByRole(AriaRole.HEADING, heading("Providers")))
                        .isVisible();
                Browser.isAccessible(page);

                made(page, bao);
                runner.awaitStatus(200, KEY);
                seenLive(page, browser, admin);
                protectedAndDeleted(page, runner);

                assertThat(page.content()).doesNotContain(bao.rootToken(), KEY, admin.token());
                assertThat(runner.log()).doesNotContain(bao.rootToken(), KEY, admin.token());
            }
        }
    }

    private static void wrongLogIn(Page page) {
        Browser.loggedIn(page, "sp_000000000000_0000000000000000000000000000000000000000000");
        assertThat(page.getByRole(AriaRole.ALERT)).containsText("not known, or expired");
        assertThat(page.getByLabel("Token of the Admin API")).hasAttribute("aria-invalid", "true");
        Browser.isAccessible(page);
    }

    private static void made(Page page, OpenBao bao) {
        page.getByRole(AriaRole.LINK, link("New provider")).click();
        page.getByRole(AriaRole.LINK, link("vault")).click();
        Browser.isAccessible(page);
        page.locator("#id").fill("prod");
        page.locator("#field-uri").fill(bao.uri().toString());
        page.locator("#field-prefix").fill("kv/apisix");
        page.locator("#field-token").fill("hvs.wrong");
        page.getByRole(AriaRole.BUTTON, button("Try without saving")).click();
        assertThat(page.locator(".steps .bad")).containsText("authenticate");
        assertThat(page.content()).doesNotContain("hvs.wrong");

        page.locator("#field-token").fill(bao.rootToken());
        page.getByRole(AriaRole.BUTTON, button("Create")).click();
        assertThat(page.getByRole(AriaRole.STATUS).first()).containsText("vault/prod was created");
        assertThat(page.getByRole(AriaRole.HEADING, heading("vault/prod"))).isVisible();
        Browser.isAccessible(page);
    }

    /** Another page changes by itself. What somebody has selected in it stays. */
    private static void seenLive(Page page, Browser browser, AdminClient admin) {
        Page other = Browser.loggedIn(browser.dark(), admin.token());
        other.navigate("/dashboard/providers?search=prod");
        Locator description = other.locator("td.main small");
        assertThat(description).not().containsText("of the shop");
        page.getByRole(AriaRole.LINK, link("Edit")).click();
        page.locator("#field-desc").fill("of the shop");
        page.getByRole(AriaRole.BUTTON, button("Save")).click();
        assertThat(page.getByText("vault/prod was saved")).isVisible();
        assertThat(description).containsText("of the shop");
        Browser.isAccessible(other);
    }

    private void protectedAndDeleted(Page page, RunnerProcess runner) throws Exception {
        page.getByRole(AriaRole.LINK, link("Delete")).click();
        assertThat(page.locator("main")).containsText("still referred to");
        assertThat(page.locator("main")).containsText("$secret://vault/prod/jack/key");
        Browser.isAccessible(page);
        assertThat(runner.statusFor(KEY)).isEqualTo(200);

        consumers("a-literal-key-instead-of-it");
        runner.awaitStatus(200, "a-literal-key-instead-of-it");
        page.reload();
        page.getByRole(AriaRole.BUTTON, button("Delete")).click();
        assertThat(page.getByText("vault/prod was deleted")).isVisible();
        page.locator(".account summary").click();
        page.getByRole(AriaRole.BUTTON, button("Log out everywhere")).click();
        assertThat(page).hasURL(Pattern.compile(".*/dashboard/login"));
    }

    @IndependentTest
    void pagesWorkWithoutScriptsWithTheKeyboardAndOnAPhone() throws Exception {
        consumers("a-literal-key-instead-of-it");
        try (RunnerProcess runner = RunnerProcess.start(directory, yaml(), Map.of());
                AdminClient admin = runner.admin();
                Browser browser = Browser.start(runner.base())) {
            Page plain = Browser.loggedIn(browser.withoutScripts(), admin.token());
            plain.navigate("/dashboard/providers/new/local");
            plain.locator("#id").fill("own");
            plain.getByRole(AriaRole.BUTTON, button("Create")).click();
            assertThat(plain.getByText("local/own was created")).isVisible();

            Page phone = Browser.loggedIn(browser.page(360), admin.token());
            for (String path : new String[] {"", "/local/own", "/local/own/edit", "/local/own/delete", "/new/vault"}) {
                phone.navigate("/dashboard/providers" + path);
                Browser.fits(phone);
            }

            Page keyboard = Browser.loggedIn(browser.page(), admin.token());
            keyboard.navigate("/dashboard/providers");
            keyboard.keyboard().press("Tab");
            assertThat(keyboard.locator(".skip")).isFocused();
            keyboard.keyboard().press("Enter");
            keyboard.keyboard().press("Tab");
            assertThat(keyboard.getByRole(AriaRole.LINK, link("New provider"))).isFocused();
        }
    }

    private static Page.GetByRoleOptions link(String name) {
        return new Page.GetByRoleOptions().setName(name).setExact(true);
    }

    private static Page.GetByRoleOptions button(String name) {
        return new Page.GetByRoleOptions().setName(name).setExact(true);
    }

    private static Page.GetByRoleOptions heading(String name) {
        return new Page.GetByRoleOptions().setName(name).setLevel(1);
    }

    private String yaml() {
        return RunnerProcess.consumersFromFile(directory) + "providers:\n  files: {allow: [%s]}\n".formatted(directory);
    }

    private void consumers(String key) throws Exception {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: %s}}
                """.formatted(key));
    }
}
