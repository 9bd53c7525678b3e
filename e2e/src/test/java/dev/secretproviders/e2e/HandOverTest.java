package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.OpenBao;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A manager's event makes a rotation immediate, and an operator sees which consumers still use the previous key. */
class HandOverTest {
    private static final String OLD = "the-key-before-the-rotation";
    private static final String NEW = "the-key-after-the-rotation";

    @TempDir
    Path directory;

    @BeforeEach
    void consumers() throws Exception {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://vault/prod/jack/key}}
                  - username: rose
                    plugins: {key-auth: {key: $secret://aws/main/prod/rose/key}}
                """);
    }

    @Test
    void eventsMakeRotationsImmediateAndUsesOfTheKeyBeforeAreCountedByConsumer() throws Exception {
        try (OpenBao bao = OpenBao.start();
                Moto moto = Moto.start()) {
            bao.kvPut("secret", 2, "jack", Map.of("key", OLD));
            moto.createSecret("prod/rose", "{\"key\":\"" + OLD + "-of-rose\"}");
            // Within this test, the runner notices no change by itself.
            String yaml = RunnerProcess.consumersFromFile(directory) + """
                    providers:
                      vault:
                        prod: {uri: "%s", prefix: secret, token: $env://TOKEN_OF_TEST, cache: {ttl: 30m}}
                      aws:
                        main: {endpoint_url: "%s", access_key_id: test, secret_access_key: $env://AWS_OF_TEST, cache: {ttl: 30m}}
                    """.formatted(bao.uri(), moto.uri());
            try (RunnerProcess runner = RunnerProcess.start(
                            directory,
                            yaml,
                            Map.of("TOKEN_OF_TEST", bao.rootToken(), "AWS_OF_TEST", "secret-of-test"));
                    AdminClient admin = runner.admin()) {
                runner.awaitStatus(200, OLD);
                runner.awaitStatus(200, OLD + "-of-rose");
                assertThat(previousUses(admin, "jack")).isZero();

                bao.kvPut("secret", 2, "jack", Map.of("key", NEW));
                moto.putSecretValue("prod/rose", "{\"key\":\"" + NEW + "-of-rose\"}");
                assertThat(runner.statusFor(NEW)).isEqualTo(401);
                admin.post("/admin/refresh", """
                                {"specversion": "1.0", "type": "*", "data": {"event_type": "kv-v2/data-write",
                                 "event": {"metadata": {"path": "secret/data/jack", "mount_path": "secret/"}}}}""").expect(202);
                runner.awaitStatus(200, NEW);
                assertThat(runner.statusFor(NEW + "-of-rose")).isEqualTo(401);
                admin.post("/admin/refresh", """
                                {"source": "aws.secretsmanager", "detail-type": "AWS API Call via CloudTrail",
                                 "detail": {"eventName": "PutSecretValue", "requestParameters": {"secretId": "prod/rose"}}}""").expect(202);
                runner.awaitStatus(200, NEW + "-of-rose");

                for (int i = 0; i < 3; i++) {
                    assertThat(runner.statusFor(OLD)).isEqualTo(200);
                }
                await().atMost(Duration.ofSeconds(5))
                        .untilAsserted(
                                () -> assertThat(previousUses(admin, "jack")).isEqualTo(3));
                assertThat(previousUses(admin, "rose")).isZero();
                assertThat(runner.metric("secret_providers_previous_version_uses_total", "consumer=\"jack\""))
                        .isEqualTo(3);
                assertThat(runner.metric("secret_providers_previous_version_uses_total", "consumer=\"rose\""))
                        .isZero();
                JsonNode reference = admin.get("/admin/references?provider=vault/prod")
                        .expect(200)
                        .json()
                        .path("list")
                        .path(0);
                assertThat(reference.path("last_used_by").asString()).isEqualTo("jack");
                assertThat(reference.path("last_used_at").asString()).isNotEmpty();
            }
        }
    }

    /** Nothing calls the runner: it reads the queue. */
    @Test
    void eventInAQueueMakesARotationImmediate() throws Exception {
        try (Moto moto = Moto.start()) {
            moto.createSecret("prod/rose", "{\"key\":\"" + OLD + "\"}");
            URI queue = moto.createQueue("apisix-secrets");
            String yaml = RunnerProcess.consumersFromFile(directory) + """
                    providers:
                      vault:
                        prod: {uri: "http://127.0.0.1:1", prefix: secret, token: t}
                      aws:
                        main: {endpoint_url: "%s", access_key_id: test, secret_access_key: $env://AWS_OF_TEST, timeout: 1s,
                               cache: {ttl: 30m}, events: {queue_url: "%s"}}
                    """.formatted(moto.uri(), queue);
            try (RunnerProcess runner = RunnerProcess.start(directory, yaml, Map.of("AWS_OF_TEST", "secret-of-test"))) {
                runner.awaitStatus(200, OLD);
                // The runner reads soon after the provider is in force.
                moto.sendChange(queue, "GetSecretValue", "prod/rose");
                await().atMost(Duration.ofSeconds(10)).until(() -> moto.messages(queue) == 0);

                moto.putSecretValue("prod/rose", "{\"key\":\"" + NEW + "\"}");
                // Not 401: it might be jack's key, whose manager is not there.
                assertThat(runner.statusFor(NEW)).isEqualTo(503);
                long begun = System.nanoTime();
                moto.sendChange(queue, "PutSecretValue", "prod/rose");
                runner.awaitStatus(200, NEW);
                Duration taken = Duration.ofNanos(System.nanoTime() - begun);

                assertThat(taken).isLessThan(Duration.ofSeconds(5));
                await().atMost(Duration.ofSeconds(10)).until(() -> moto.messages(queue) == 0);
            }
        }
    }

    private static int previousUses(AdminClient admin, String consumer) {
        return admin.get("/admin/consumers/" + consumer)
                .expect(200)
                .json()
                .at("/value/credentials/0/previous_version_uses")
                .asInt();
    }
}
