package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.OpenBao;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runner follows a rotation in the secret manager without a change of any configuration. */
class RotationTest {
    @TempDir
    Path directory;

    @Test
    void inOpenBaoTheNewKeyWorksAndTheOldOneForTheOverlap() throws Exception {
        consumerRefersTo("$secret://vault/prod/jack/key");
        try (OpenBao bao = OpenBao.start()) {
            bao.enableKv("kv", 2);
            bao.kvPut("kv", 2, "apisix/jack", Map.of("key", "the-first-key-of-jack"));
            String yaml = RunnerProcess.consumersFromFile(directory) + """
                    providers:
                      vault:
                        prod:
                          uri: %s
                          prefix: kv/apisix
                          token: $env://TOKEN_OF_TEST
                          cache: {ttl: 1s}
                          rotation: {overlap: 5s}
                    """.formatted(bao.uri());
            try (RunnerProcess runner =
                    RunnerProcess.start(directory, yaml, Map.of("TOKEN_OF_TEST", bao.rootToken()))) {
                runner.awaitStatus(200, "the-first-key-of-jack");
                assertThat(runner.statusFor("the-second-key-of-jack")).isEqualTo(401);

                bao.kvPut("kv", 2, "apisix/jack", Map.of("key", "the-second-key-of-jack"));

                runner.awaitStatus(200, "the-second-key-of-jack");
                assertThat(runner.statusFor("the-first-key-of-jack"))
                        .as("within the overlap")
                        .isEqualTo(200);
                runner.awaitStatus(401, "the-first-key-of-jack");
                assertThat(runner.statusFor("the-second-key-of-jack")).isEqualTo(200);
                assertThat(runner.metric("secret_providers_rotations_total", "vault/prod"))
                        .isEqualTo(1);
                assertThat(runner.metric("secret_providers_decisions_total", "accepted_previous"))
                        .isPositive();

                bao.kvDestroy("kv", "apisix/jack", 2);
                runner.awaitStatus(401, "the-second-key-of-jack");
            }
        }
    }

    @Test
    void inAwsSecretsManagerARunnerThatStartsInTheHandOverKnowsBothKeys() throws Exception {
        consumerRefersTo("$secret://aws/main/prod/jack/key");
        try (Moto moto = Moto.start()) {
            moto.createSecret("prod/jack", "{\"key\":\"the-first-key-of-jack\"}");
            moto.putSecretValue("prod/jack", "{\"key\":\"the-second-key-of-jack\"}");
            String yaml = RunnerProcess.consumersFromFile(directory) + """
                    providers:
                      aws:
                        main:
                          endpoint_url: %s
                          access_key_id: test
                          secret_access_key: $env://AWS_SECRET_OF_TEST
                          cache: {ttl: 1s}
                          rotation: {overlap: 1h}
                    """.formatted(moto.uri());
            try (RunnerProcess runner =
                    RunnerProcess.start(directory, yaml, Map.of("AWS_SECRET_OF_TEST", "secret-of-test"))) {
                runner.awaitStatus(200, "the-second-key-of-jack");
                runner.awaitStatus(200, "the-first-key-of-jack");
                moto.putSecretValue("prod/jack", "{\"key\":\"the-third-key-of-jack\"}");
                runner.awaitStatus(200, "the-third-key-of-jack");
                assertThat(runner.statusFor("the-second-key-of-jack")).isEqualTo(200);
            }
        }
    }

    private void consumerRefersTo(String reference) throws Exception {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: %s}}
                """.formatted(reference));
    }
}
