package dev.secretproviders.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MotoTest {
    @AutoClose
    private Moto moto;

    @BeforeAll
    void start() {
        moto = Moto.start();
    }

    @BeforeEach
    void forget() {
        moto.reset();
    }

    @Test
    void rotationKeepsThePreviousVersion() {
        String first = moto.createSecret("prod/jack", "k1");
        String second = moto.putSecretValue("prod/jack", "k2");

        assertThat(value("prod/jack", "AWSCURRENT")).isEqualTo("k2");
        assertThat(value("prod/jack", "AWSPREVIOUS")).isEqualTo("k1");
        JsonNode stages =
                moto.call("DescribeSecret", Map.of("SecretId", "prod/jack")).path("VersionIdsToStages");
        assertThat(stages.path(first).path(0).asString()).isEqualTo("AWSPREVIOUS");
        assertThat(stages.path(second).path(0).asString()).isEqualTo("AWSCURRENT");
    }

    @Test
    void deletedSecretsAreNotFoundAndScheduledOnesAreRefused() {
        moto.createSecret("gone", "k");
        moto.createSecret("going", "k");

        moto.deleteSecret("gone");
        moto.scheduleDeletion("going");

        assertThatThrownBy(() -> value("gone", "AWSCURRENT")).hasMessageContaining("ResourceNotFoundException");
        assertThatThrownBy(() -> value("going", "AWSCURRENT")).hasMessageContaining("InvalidRequestException");
    }

    @Test
    void manySecretsAreReadInOneCall() {
        moto.createSecret("a", "1");
        moto.createSecret("b", "2");

        assertThat(moto.call("BatchGetSecretValue", Map.of("SecretIdList", List.of("a", "b")))
                        .path("SecretValues"))
                .hasSize(2);
    }

    @Test
    void comesBackEmptyOnTheSamePort() {
        moto.createSecret("a", "1");

        moto.stop();
        moto.startAgain();

        assertThatThrownBy(() -> value("a", "AWSCURRENT")).hasMessageContaining("ResourceNotFoundException");
    }

    private String value(String name, String stage) {
        return moto.call("GetSecretValue", Map.of("SecretId", name, "VersionStage", stage))
                .path("SecretString")
                .asString();
    }
}
