package dev.secretproviders.transport.route;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.secretproviders.auth.hmac.HmacAuthenticator;
import dev.secretproviders.auth.hmac.SeenSignatures;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RouteConf;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The decisions about signed requests: what a frame lacks is fetched from the gateway. */
class SignedRequestsTest extends DecisionsOverTheWire {
    private static final String FILTER = "secret-hmac-auth";
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1000));

    SignedRequestsTest() {
        super(FILTER, "hmac", "decisions-hmac.json");
    }

    @Override
    List<BuiltInFilter> filters(AuthContext context, SeenSignatures seen) {
        return List.of(new AuthFilter(FILTER, json -> HmacAuthenticator.prepare(json, context, seen, CLOCK)));
    }

    @Test
    void targetIsTheOneThatApisixHasNormalised() {
        GatewayRequest request =
                GatewayRequest.get("/a/../b%20c?d=%2F").header("date", "Thu, 01 Jan 1970 00:16:40 GMT");
        JsonNode signed = JsonMapper.shared()
                .createObjectNode()
                .put(
                        "signature",
                        "Signature keyId=\"jack-id\",algorithm=\"hmac-sha256\",headers=\"@request-target date\",signature=\"{}\"")
                .put("algorithm", "hmac-sha256")
                .put("secret", "jack-secret")
                .put("text", "jack-id\nGET /b c?d=%2F\ndate: Thu, 01 Jan 1970 00:16:40 GMT\n");
        assertThat(gateway().call(request.header("authorization", text(signed)), RouteConf.of("1", FILTER, "{}")))
                .isInstanceOf(Outcome.Continue.class);
    }

    @Test
    void nothingOfASignedRequestIsLogged() {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Level before = root.getLevel();
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        root.setLevel(Level.TRACE);
        root.addAppender(log);
        try {
            decisions().forEach(each -> send(Objects.requireNonNull((JsonNode) each.get()[0])));
        } finally {
            root.detachAppender(log);
            root.setLevel(before);
        }
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .noneMatch(message -> message.contains("jack-id")
                        || message.contains("jack-secret")
                        || message.contains("Signature "));
    }

    @Test
    void decisionsAreCountedByTheKindOfTheirFilter() {
        gateway().call(GatewayRequest.get("/"), RouteConf.of("counted", FILTER, "{}"));
        List<String> counts = new ArrayList<>();
        server().stats().forEachRoute((route, kind, reason, count) -> {
            if (route.text().equals("counted")) {
                counts.add(kind + " " + reason + " " + count);
            }
        });
        assertThat(counts).containsExactly("hmac MISSING_KEY 1");
    }
}
