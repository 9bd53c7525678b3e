package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.CDPSession;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A first visit of the dashboard, with an empty cache, transfers little. */
class FirstVisitTest {
    private static final long MOST_BYTES = 150_000;

    @TempDir
    Path directory;

    @Test
    void logInAndTheFirstPageTransferLessThan150Kilobytes() throws IOException {
        try (DashboardServer server = DashboardServer.start(directory);
                Chromium chromium = Chromium.start();
                Tab tab = chromium.open(server.address())) {
            LongAdder bytes = new LongAdder();
            CDPSession network = tab.context().newCDPSession(tab.page());
            network.send("Network.enable");
            network.on(
                    "Network.loadingFinished",
                    event -> bytes.add(event.get("encodedDataLength").getAsLong()));

            tab.logIn(server.admin().token());
            tab.page().waitForLoadState();

            System.out.printf("first visit: %d bytes%n", bytes.sum());
            assertThat(bytes.sum()).isBetween(10_000L, MOST_BYTES);
        }
    }
}
