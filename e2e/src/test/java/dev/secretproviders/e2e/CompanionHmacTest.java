package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.peers.Nginx;
import dev.secretproviders.peers.NginxConnection;
import dev.secretproviders.peers.NginxConnection.Header;
import dev.secretproviders.peers.NginxConnection.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of native {@code hmac-auth}, by the companion, and secret keys that end. */
class CompanionHmacTest extends CompanionDecisions {
    private static final String ROUTE = "/routes/hmac?a=1&b=%2F";
    private static final String ONCE = "/routes/once";
    private static final String FIRST = "the-first-secret-of-jack";
    private static final String SECOND = "the-second-secret-of-jack";
    private static final String CONSUMERS = """
            consumers:
              - {username: jack}
              - id: jack/credentials/h1
                plugins: {hmac-auth: {key_id: jack-id, secret_key: "$secret://local/own/jack/secret"}}
            """;

    CompanionHmacTest() {
        super("secret-hmac-auth", "hmac", "decisions-hmac.json");
    }

    /** The dates of the table are those of its second. */
    @Override
    void prepare(Nginx nginx) {
        nginx.stopClock(Instant.ofEpochSecond(1000));
    }

    private static List<Header> signed(String secret, String target, Instant time) throws GeneralSecurityException {
        String date = PresentedKind.date(time);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String text = "jack-id\nGET " + target + "\ndate: " + date + "\n";
        String signature = Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        return List.of(
                new Header("Date", date),
                new Header(
                        "Authorization",
                        "Signature keyId=\"jack-id\",algorithm=\"hmac-sha256\",headers=\"@request-target date\",signature=\""
                                + signature + "\""));
    }

    private static Reply send(CompanionGateway gateway, String secret, String target)
            throws IOException, GeneralSecurityException {
        return gateway.workers().getFirst().get(target, signed(secret, target, Instant.now()));
    }

    private static void awaitStatus(CompanionGateway gateway, int status, String secret) {
        Awaitility.await("status " + status)
                .atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> send(gateway, secret, ROUTE).status() == status);
    }

    @Test
    void aSignatureIsVerifiedRotatedRevokedAndCountsOnce(@TempDir Path place) throws Exception {
        RunnerProcess.consumers(place, CONSUMERS);
        try (RunnerProcess runner = RunnerProcess.start(place, RunnerProcess.consumersFromFile(place), Map.of());
                AdminClient admin = runner.admin();
                CompanionGateway gateway = CompanionGateway.start(place, CompanionGateway.apisix(CONSUMERS))) {
            gateway.nginx().route("hmac", "secret-hmac-auth", "{}");
            gateway.nginx().route("once", "secret-hmac-auth", "{\"replay_window\": 600}");
            gateway.nginx().route("multi", "multi-auth", """
                    {"auth_plugins": [{"secret-key-auth": {}}, {"secret-hmac-auth": {}}]}
                    """);
            admin.put("/admin/providers/local/own", "{'rotation': {'overlap': '60s'}}")
                    .expect(201);
            admin.put("/admin/secrets/own/jack", "{'fields': {'secret': '%s'}}".formatted(FIRST))
                    .expect(201);
            awaitStatus(gateway, 200, FIRST);
            Reply reply = send(gateway, FIRST, ROUTE);
            assertThat(reply.seen().at("/consumer").asString()).isEqualTo("jack");
            assertThat(reply.seen().at("/headers/x-credential-identifier").asString())
                    .isEqualTo("h1");
            assertThat(send(gateway, FIRST, "/routes/multi").status()).isEqualTo(200);
            assertThat(send(gateway, SECOND, "/routes/multi").status()).isEqualTo(401);
            assertThat(send(gateway, SECOND, ROUTE).body())
                    .isEqualTo("{\"message\":\"client request can't be validated\"}\n");
            Instant late = Instant.now().minusSeconds(302);
            assertThat(gateway.workers()
                            .getFirst()
                            .get(ROUTE, signed(FIRST, ROUTE, late))
                            .status())
                    .isEqualTo(401);

            List<Header> once = signed(FIRST, ONCE, Instant.now());
            for (int i = 0; i < gateway.workers().size(); i++) {
                NginxConnection worker = gateway.workers().get(i);
                assertThat(worker.get(ONCE, once).status()).as("worker %d", i).isEqualTo(i == 0 ? 200 : 401);
            }

            admin.put("/admin/secrets/own/jack", "{'fields': {'secret': '%s'}}".formatted(SECOND))
                    .expect(200);
            awaitStatus(gateway, 200, SECOND);
            assertThat(send(gateway, FIRST, ROUTE).status())
                    .as("within the overlap")
                    .isEqualTo(200);
            admin.post("/admin/revoke", "{'provider': 'local/own', 'path': 'jack', 'version': 'previous'}")
                    .expect(200);
            awaitStatus(gateway, 401, FIRST);
            assertThat(send(gateway, SECOND, ROUTE).status()).isEqualTo(200);

            runner.kill();
            assertThat(send(gateway, SECOND, ROUTE).status())
                    .as("nothing is remembered")
                    .isEqualTo(503);
            assertThat(gateway.nginx().log()).doesNotContain(FIRST, SECOND);
        }
    }
}
