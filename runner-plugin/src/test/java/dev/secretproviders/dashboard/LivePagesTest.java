package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.secretproviders.dashboard.DashboardFixture.Browser;
import dev.secretproviders.dashboard.live.Topic;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The stream that tells pages what changed. */
class LivePagesTest extends WithDashboard {
    @Test
    void changeOfATopicIsToldToThePagesThatShowIt() throws Exception {
        Browser browser = it.asAdmin();
        try (Listening providers = new Listening(browser, "providers");
                Listening both = new Listening(browser, "references,rotations")) {
            await().until(() -> providers.heard(":open") && both.heard(":open"));

            it.dashboard.topics().changed(Topic.PROVIDERS);
            await().atMost(Duration.ofSeconds(8)).until(() -> providers.heard("event:providers"));
            it.dashboard.topics().changed(Topic.ROTATIONS);
            await().atMost(Duration.ofSeconds(8)).until(() -> both.heard("event:rotations"));

            assertThat(both.lines).doesNotContain("event:providers", "event:references");
            assertThat(providers.lines)
                    .filteredOn(line -> line.startsWith("data:"))
                    .containsOnly("data:");
        }
    }

    @Test
    void streamEndsWithItsSessionAndDoesNotKeepItAlive() throws Exception {
        Browser browser = it.asAdmin();
        Browser other = it.asAdmin();
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        Logger logger = (Logger) LoggerFactory.getLogger(DashboardServlet.class);
        logger.addAppender(logged);
        try (Listening listening = new Listening(browser, "providers")) {
            await().until(() -> listening.heard(":open"));
            it.pass(Duration.ofMinutes(20));
            browser.get("/dashboard/providers", "X-Live", "1").expect(200);
            other.get("/dashboard/providers").expect(200);
            it.pass(Duration.ofMinutes(20));

            await().atMost(Duration.ofSeconds(8)).until(() -> listening.heard("event:ended"));
            // The last chunk of the answer.
            await().until(() -> listening.heard("0"));
            browser.get("/dashboard/providers").expect(302);
            other.get("/dashboard/providers").expect(200);
            assertThat(logged.list).isEmpty();
        } finally {
            logger.detachAppender(logged);
        }
    }

    @Test
    void streamNeedsALogInAndAKnownTopic() {
        it.browser().get("/dashboard/live?topics=providers").expect(302);
        it.asAdmin().get("/dashboard/live?topics=nonsense").expect(400);
    }

    /** A page that listens. */
    private final class Listening implements AutoCloseable {
        private final Socket socket;
        private final List<String> lines = new CopyOnWriteArrayList<>();

        Listening(Browser browser, String topics) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), it.port());
            socket.getOutputStream()
                    .write(("GET /dashboard/live?topics=" + topics + " HTTP/1.1\r\nHost: x\r\nCookie: sp-session="
                                    + browser.cookie() + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            Thread.ofVirtual().start(() -> {
                try (BufferedReader reader =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
                    reader.lines().forEach(lines::add);
                } catch (IOException | RuntimeException e) {
                    lines.add("closed");
                }
            });
        }

        boolean heard(String line) {
            return lines.contains(line);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
