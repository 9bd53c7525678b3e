package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.secretproviders.peers.OpenIdProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Users log in at a real OpenID provider. Their groups decide what they see, and its log-out is offered. */
@ExtendWith(InBrowser.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DashboardOpenIdTest {
    @TempDir
    private static Path directory;

    private OpenIdProvider provider;
    private DashboardServer server;
    private final Chromium chromium;

    DashboardOpenIdTest(Chromium chromium) {
        this.chromium = chromium;
    }

    @BeforeAll
    void start() throws IOException {
        int port = RunnerProcess.freePort();
        String home = "http://127.0.0.1:" + port;
        provider = OpenIdProvider.start(List.of(home + "/dashboard/login/openid/back"), List.of(home + "/dashboard"));
        provider.user("ada", Map.of("name", "Ada Lovelace", "groups", List.of("ops")));
        provider.user("ben", Map.of("name", "Ben", "groups", List.of("audit")));
        provider.user("cy", Map.of("name", "Cy", "groups", List.of("others")));
        server = DashboardServer.start(
                directory,
                """
                dashboard:
                  url: %s
                  oidc:
                    issuer: %s
                    client-id: %s
                    client-secret: %s
                    scopes: [openid, profile, groups]
                    roles:
                      - {group: ops, roles: [admin]}
                      - {group: audit, roles: [auditor]}
                """.formatted(home, provider.issuer(), OpenIdProvider.CLIENT, provider.clientSecret()),
                port);
    }

    @AfterAll
    void end() {
        if (server != null) {
            server.close();
        }
        if (provider != null) {
            provider.close();
        }
    }

    @Test
    void adminLogsInAndOutAtTheProvider() {
        try (Tab tab = chromium.open(server.address())) {
            tab.show("/dashboard/login");
            assertThat(Axe.violations(tab)).isEmpty();
            signIn(tab, "ada");
            tab.page().waitForURL(url -> url.startsWith(server.address() + "/dashboard/") && !url.contains("/login"));
            assertThat(tab.page().locator(".account .name").innerText()).startsWith("Ada Lovelace");
            assertThat(tab.page().content()).doesNotContain(provider.clientSecret());
            tab.show("/dashboard/providers").follow("New provider");

            tab.page().locator("details.account summary").click();
            tab.press("Log out").sees("logged out");
            assertThat(Axe.violations(tab)).isEmpty();
            tab.open("/dashboard/providers");
            assertThat(tab.path()).startsWith("/dashboard/login");
            assertThat(tab.complaints()).isEmpty();
        }
    }

    @Test
    void groupsDecideWhatIsSeen() {
        try (Tab tab = chromium.open(server.address())) {
            tab.show("/dashboard/login");
            signIn(tab, "ben");
            tab.page().waitForURL(url -> url.startsWith(server.address() + "/dashboard/") && !url.contains("/login"));
            tab.show("/dashboard/providers");
            assertThat(tab.words()).contains("prod").doesNotContain("New provider");
        }
    }

    @Test
    void userWithoutAGroupStaysOutside() {
        try (Tab tab = chromium.open(server.address())) {
            tab.show("/dashboard/login");
            signIn(tab, "cy");
            tab.sees("none of your groups has a role here");
            tab.open("/dashboard/providers");
            assertThat(tab.path()).startsWith("/dashboard/login");
        }
    }

    /** Follows the link to the provider, and fills in its forms. */
    private void signIn(Tab tab, String user) {
        Page page = tab.page();
        page.locator("a[href='/dashboard/login/openid']").click();
        page.waitForURL(url -> url.startsWith(provider.issuer().toString()));
        page.locator("input[name=login]").fill(user);
        page.locator("input[name=password]").fill("any");
        page.locator("button[type=submit]").click();
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Continue"))
                .click();
    }
}
