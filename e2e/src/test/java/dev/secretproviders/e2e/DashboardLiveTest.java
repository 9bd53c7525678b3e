package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What changes is seen at once in the browsers of two people, and takes nothing away from a user who writes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DashboardLiveTest {
    private static final String MARK = "window.notLoadedAgain = true";
    private static final String MARKED = "window.notLoadedAgain === true";

    @TempDir
    private static Path directory;

    private DashboardServer server;
    private Chromium chromium;

    @BeforeAll
    void start() throws IOException {
        server = DashboardServer.start(directory);
        chromium = Chromium.start();
    }

    @AfterAll
    void end() {
        if (chromium != null) {
            chromium.close();
        }
        if (server != null) {
            server.close();
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
