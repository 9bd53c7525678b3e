package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What changes is seen at once in the browsers of two people, and takes nothing away from a user who writes. */
@ExtendWith(InBrowser.class)
class DashboardLiveTest {
    private static final String MARK = "window.notLoadedAgain = true";
    private static final String MARKED = "window.notLoadedAgain === true";

    private final DashboardServer server;
    private final Chromium chromium;

    DashboardLiveTest(DashboardServer server, Chromium chromium) {
        this.server = server;
        this.chromium = chromium;
    }

    @Test
    void rotationAndItsEndAreSeenInTwoBrowsers() {
        try (Tab jane = chromium.open(server.address()).logIn(server.admin().token());
                Tab john = chromium.open(server.address()).logIn(server.token("viewer"))) {
            jane.show("/dashboard/rotations").ask(MARK);
            john.show("/dashboard/rotations").ask(MARK);
            john.fill("input[type=search]", "half a wor");
            assertThat(jane.words()).contains("vault/prod/jack").doesNotContain("vault/prod/rose");

            server.bao().kvPut("kv", 2, "rose", Map.of("key", DashboardServer.CANARY + "-new-key-of-rose"));
            jane.seesIn("#overlaps", "vault/prod/rose");
            john.seesIn("#overlaps", "vault/prod/rose");
            john.seesIn("#rotations", "vault/prod/rose");
            assertThat(john.page().inputValue("input[type=search]")).isEqualTo("half a wor");
            assertThat(jane.ask(MARKED)).isEqualTo(true);
            assertThat(john.ask(MARKED)).isEqualTo(true);

            jane.page()
                    .locator("#overlaps article", new Page.LocatorOptions().setHasText("vault/prod/rose"))
                    .getByRole(AriaRole.BUTTON)
                    .first()
                    .click();
            assertThat(Axe.violations(jane)).isEmpty();
            jane.page().locator("main button[type=submit]").first().click();
            john.seesNoMoreIn("#overlaps", "vault/prod/rose");
            assertThat(john.ask(MARKED)).isEqualTo(true);
            server.runner().awaitStatus(401, DashboardServer.CANARY + "-key-of-rose");
            assertThat(jane.complaints()).isEmpty();
            assertThat(john.complaints()).isEmpty();
        }
    }

    @Test
    void changeOfAProviderIsSeenInTheListOfAnotherUser() {
        try (Tab jane = chromium.open(server.address()).logIn(server.admin().token());
                Tab john = chromium.dark(server.address()).logIn(server.token("viewer"))) {
            john.show("/dashboard/providers").ask(MARK);
            jane.show("/dashboard/providers/local/own").follow("Edit");
            jane.field("desc", "Renamed while John looks").press("Save");

            john.seesIn("#providers", "Renamed while John looks");
            assertThat(john.ask(MARKED)).isEqualTo(true);
            assertThat(Axe.violations(john)).isEmpty();
            assertThat(john.complaints()).isEmpty();
        }
    }
}
