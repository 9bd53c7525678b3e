package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.peers.NginxConnection;
import dev.secretproviders.peers.NginxConnection.Header;
import dev.secretproviders.peers.NginxConnection.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of native {@code jwt-auth}, by the companion, and tokens and secrets that end. */
class CompanionJwtTest extends CompanionDecisions {
    private static final String ROUTE = "/routes/jwt";
    private static final String PATIENT = "{\"verdict_ttl\": 3600, \"grace\": 3600, \"store_in_ctx\": true}";
    private static final String FIRST = "the-first-secret-of-jack-0123456789";
    private static final String SECOND = "the-second-secret-of-jack-012345678";
    private static final String CONSUMERS = """
              - {username: jack}
              - id: jack/credentials/j1
                plugins: {jwt-auth: {key: jack-key, secret: "$secret://local/own/jack/secret"}}
              - {username: ec}
              - id: ec/credentials/j2
                plugins:
                  jwt-auth: {key: ec-key, algorithm: ES256, public_key: "$secret://local/own/ec/public_key"}
            """;

    CompanionJwtTest() {
        super("secret-jwt-auth", "Bearer", "decisions-jwt.json");
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String signed(String algorithm, String payload) {
        return encode(("{\"alg\":\"" + algorithm + "\"}").getBytes(StandardCharsets.UTF_8))
                + "."
                + encode(payload.getBytes(StandardCharsets.UTF_8));
    }

    private static String token(String secret, String payload) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String text = signed("HS256", payload);
        return text + "." + encode(mac.doFinal(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private static String token(KeyPair pair, String payload) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initSign(pair.getPrivate());
        String text = signed("ES256", payload);
        signature.update(text.getBytes(StandardCharsets.US_ASCII));
        return text + "." + encode(signature.sign());
    }

    private static List<Integer> statuses(CompanionGateway gateway, String token) throws IOException {
        return statuses(gateway, ROUTE, token);
    }

    private static List<Integer> statuses(CompanionGateway gateway, String route, String token) throws IOException {
        List<Integer> statuses = new ArrayList<>();
        for (NginxConnection worker : gateway.workers()) {
            statuses.add(worker.get(route, List.of(new Header("Authorization", "Bearer " + token)))
                    .status());
        }
        return statuses;
    }

    private static void awaitStatus(CompanionGateway gateway, int status, String token) {
        Awaitility.await("status " + status + " at all workers")
                .atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> statuses(gateway, token).stream().allMatch(one -> one == status));
    }

    @Test
    void tokensEndWithTheirTimeTheSecretAndARevocation(@TempDir Path place) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair pair = generator.generateKeyPair();
        String pem = "-----BEGIN PUBLIC KEY-----\\n"
                + Base64.getEncoder().encodeToString(pair.getPublic().getEncoded())
                + "\\n-----END PUBLIC KEY-----\\n";
        RunnerProcess.consumers(place, "consumers:\n" + CONSUMERS);
        try (RunnerProcess runner = RunnerProcess.start(place, RunnerProcess.consumersFromFile(place), Map.of());
                AdminClient admin = runner.admin();
                CompanionGateway gateway =
                        CompanionGateway.start(place, CompanionGateway.apisix("consumers:\n" + CONSUMERS))) {
            gateway.nginx().route("jwt", "secret-jwt-auth", PATIENT);
            gateway.nginx().route("multi", "multi-auth", """
                    {"auth_plugins": [{"secret-key-auth": {}}, {"secret-jwt-auth": %s}]}
                    """.formatted(PATIENT));
            admin.put("/admin/providers/local/own", "{'rotation': {'overlap': '60s'}}")
                    .expect(201);
            admin.put("/admin/secrets/own/jack", "{'fields': {'secret': '%s'}}".formatted(FIRST))
                    .expect(201);
            admin.put("/admin/secrets/own/ec", "{'fields': {'public_key': '%s'}}".formatted(pem))
                    .expect(201);
            String endless = token(FIRST, "{\"key\":\"jack-key\",\"role\":\"admin\"}");
            awaitStatus(gateway, 200, endless);
            Reply reply = gateway.workers().getFirst().get(ROUTE, List.of(new Header("Authorization", endless)));
            assertThat(reply.seen().at("/payload/role").asString()).isEqualTo("admin");
            assertThat(reply.seen().at("/consumer").asString()).isEqualTo("jack");

            assertThat(statuses(gateway, "/routes/multi", endless)).containsOnly(200);
            assertThat(statuses(gateway, "/routes/multi", token(SECOND, "{\"key\":\"jack-key\"}")))
                    .containsOnly(401);
            reply = gateway.workers().getFirst().get("/routes/multi", List.of(new Header("Authorization", endless)));
            assertThat(reply.seen().at("/payload/role").asString()).isEqualTo("admin");

            awaitStatus(gateway, 200, token(pair, "{\"key\":\"ec-key\"}"));
            assertThat(statuses(gateway, token(FIRST, "{\"key\":\"ec-key\"}"))).containsOnly(401);

            long now = System.currentTimeMillis() / 1000;
            String brief = token(FIRST, "{\"key\":\"jack-key\",\"exp\":" + (now + 4) + "}");
            assertThat(statuses(gateway, brief)).containsOnly(200);
            Awaitility.await().until(() -> System.currentTimeMillis() / 1000 >= now + 4);
            assertThat(statuses(gateway, brief))
                    .as("remembered for an hour, if it had no end")
                    .containsOnly(401);

            admin.put("/admin/secrets/own/jack", "{'fields': {'secret': '%s'}}".formatted(SECOND))
                    .expect(200);
            awaitStatus(gateway, 200, token(SECOND, "{\"key\":\"jack-key\"}"));
            assertThat(statuses(gateway, endless)).as("within the overlap").containsOnly(200);
            admin.post("/admin/revoke", "{'provider': 'local/own', 'path': 'jack', 'version': 'previous'}")
                    .expect(200);
            awaitStatus(gateway, 401, endless);
            awaitStatus(gateway, 200, token(SECOND, "{\"key\":\"jack-key\"}"));

            runner.kill();
            assertThat(statuses(gateway, token(SECOND, "{\"key\":\"jack-key\"}")))
                    .as("remembered")
                    .containsOnly(200);
            assertThat(gateway.nginx().log()).doesNotContain(endless, FIRST, SECOND);
        }
    }
}
