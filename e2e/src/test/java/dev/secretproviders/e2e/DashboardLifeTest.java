package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What operators do by hand, from the first click to the last, in a real browser with real peers. */
@ExtendWith(InBrowser.class)
class DashboardLifeTest {
    private final DashboardServer server;
    private final Chromium chromium;
    private Tab tab;

    DashboardLifeTest(DashboardServer server, Chromium chromium) {
        this.server = server;
        this.chromium = chromium;
    }

    @BeforeEach
    void logIn() {
        tab = chromium.open(server.address()).logIn(server.admin().token());
    }

    @AfterEach
    void leave() {
        tab.close();
    }

    @Test
    void providerIsMadeUsedChangedAndDeleted() {
        tab.show("/dashboard/providers").follow("New provider").follow("vault");
        tab.fill("#id", "shop").field("uri", server.bao().uri().toString()).field("prefix", "kv");
        tab.field("token", "a-wrong-token").press("Try without saving").sees("the token is not accepted");
        assertThat(tab.words()).doesNotContain("a-wrong-token");
        assertThat(tab.page().content()).doesNotContain("a-wrong-token");
        server.admin().get("/admin/providers/vault/shop").expect(404);
        // The browser says so itself for each answer of 4xx.
        assertThat(tab.complaints()).allMatch(said -> said.contains("Failed to load resource"));

        tab.field("token", server.bao().rootToken()).press("Create");
        tab.page().waitForURL(url -> url.endsWith("/dashboard/providers/vault/shop"));
        assertThat(tab.words())
                .contains("secret, never shown")
                .doesNotContain(server.bao().rootToken());
        assertThat(Axe.violations(tab)).isEmpty();

        server.consumer("walter", "$secret://vault/shop/rose/key");
        server.awaitReference("walter");
        tab.show("/dashboard/providers/vault/shop").sees("walter");

        tab.follow("Edit").field("desc", "Keys of the new shop").press("Save");
        tab.sees("Keys of the new shop");
        assertThat(server.admin().get("/admin/providers/vault/shop").expect(200).text())
                .contains("Keys of the new shop");

        tab.follow("Edit").field("prefix", "elsewhere").press("Save").sees("What would not work any more");
        assertThat(tab.words()).contains("walter");
        assertThat(Axe.violations(tab)).isEmpty();

        tab.show("/dashboard/providers/vault/shop").follow("Delete").sees("walter");
        assertThat(button("Delete").count()).isZero();
        assertThat(button("Delete although references break").count()).isOne();
        assertThat(Axe.violations(tab)).isEmpty();

        server.noConsumer("walter");
        server.awaitNoReference("walter");
        tab.show("/dashboard/providers/vault/shop/delete").press("Delete");
        tab.page().waitForURL(url -> url.endsWith("/dashboard/providers"));
        tab.sees("vault/shop was deleted");
        server.admin().get("/admin/providers/vault/shop").expect(404);
    }

    @Test
    void localSecretIsGeneratedRotatedRolledBackAndDeleted() {
        tab.show("/dashboard/secrets/own").follow("Generate a key");
        tab.fill("#path", "team/jill").fill("#field", "key").press("Generate and show it once");
        tab.sees("Copy it now");
        String first = tab.page().locator("#generated").innerText();
        assertThat(first).hasSizeGreaterThan(40);
        assertThat(Axe.violations(tab)).isEmpty();

        server.consumer("jill", "$secret://local/own/team/jill/key");
        server.runner().awaitStatus(200, first);

        tab.follow("I have it").sees("jill");
        assertThat(tab.page().content()).doesNotContain(first);

        tab.show("/dashboard/secrets/own").follow("team/jill").follow("New version");
        tab.fill("#value-0", "the-second-key-of-jill").press("Write the version");
        server.runner().awaitStatus(200, "the-second-key-of-jill");
        tab.show("/dashboard/secrets/own").follow("team/jill");
        assertThat(tab.page().content()).doesNotContain("the-second-key-of-jill");

        tab.follow("Roll back to version 1").press("Roll back to version 1").sees("version 3");
        server.runner().awaitStatus(200, first);

        tab.show("/dashboard/secrets/own").follow("team/jill").follow("Delete").sees("jill");
        assertThat(button("Delete").count()).isZero();
        server.noConsumer("jill");
        server.awaitNoReference("jill");
        tab.page().reload();
        tab.press("Delete").sees("was deleted");
        server.admin().get("/admin/secrets/own/team/jill").expect(404);
    }

    private Locator button(String name) {
        return tab.page()
                .getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(name).setExact(true));
    }
}
