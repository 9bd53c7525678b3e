package dev.secretproviders.transport;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import dev.secretproviders.gateway.Frame;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.transport.hosted.TestFilter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Nothing of a request or of a configuration is in the log, even with everything logged. */
final class CanaryTest {
    private static final String CANARY = "canary-4711";

    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private Level before = Level.INFO;

    @BeforeEach
    void logEverything() {
        before = root.getLevel();
        root.setLevel(Level.TRACE);
        log.start();
        root.addAppender(log);
    }

    @AfterEach
    void restore() {
        root.detachAppender(log);
        root.setLevel(before);
    }

    @Test
    void requestsAndConfigurationsAreNotLogged() throws IOException {
        TestFilter failing = TestFilter.onRequest("failing", (request, response, chain) -> {
            throw new IllegalStateException("key " + request.getHeader("apikey"));
        });
        GatewayRequest request =
                GatewayRequest.post("/" + CANARY + "?q=" + CANARY, CANARY).header("apikey", CANARY);
        try (TestServer server = TestServer.start(failing.needingBody().needing("remote_addr"));
                RunnerClient gateway = server.gateway();
                RawConnection raw = server.connect()) {
            gateway.call(request, RouteConf.of("1", TestServer.KEYS, "{}"));
            gateway.call(request.withHeaders(List.of()).header("apikey", "boom"), RouteConf.of("2", "keys", "{}"));
            gateway.call(request, RouteConf.of("3", "failing", CANARY));
            gateway.call(request, RouteConf.of("4", TestServer.KEYS, CANARY));
            gateway.call(request, RouteConf.of("5", CANARY + "$", CANARY));
            assertThat(raw.verdict(CANARY.getBytes(StandardCharsets.UTF_8), TestServer.SOON))
                    .doesNotContain(CANARY);
            try (RawConnection asking = server.connect()) {
                asking.send(Frame.encodeFrame(Frame.VERDICT, "boom".getBytes(StandardCharsets.UTF_8)));
                asking.awaitClosed(TestServer.SOON);
            }
            raw.send(Frame.encodeFrame(Frame.HTTP_REQ_CALL, CANARY.getBytes(StandardCharsets.UTF_8)));
            raw.awaitClosed(TestServer.SOON);
        }

        assertThat(log.list).isNotEmpty().allSatisfy(event -> {
            assertThat(event.getFormattedMessage()).doesNotContain(CANARY).doesNotContain("key is boom");
            for (IThrowableProxy cause = event.getThrowableProxy(); cause != null; cause = cause.getCause()) {
                assertThat(String.valueOf(cause.getMessage())).doesNotContain(CANARY);
            }
        });
    }
}
