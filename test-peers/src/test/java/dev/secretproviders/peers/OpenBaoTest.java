package dev.secretproviders.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenBaoTest {

    @Nested
    class InDevelopmentMode {

        @Test
        void keepsSecretsInBothEngineVersions() {
            try (OpenBao bao = OpenBao.start()) {
                bao.enableKv("old", 1);
                bao.enableKv("new", 2);

                assertThat(bao.kvPut("old", 1, "jack", Map.of("key", "k1"))).isZero();
                assertThat(bao.kvPut("new", 2, "jack", Map.of("key", "k1"))).isEqualTo(1);
                assertThat(bao.kvPut("new", 2, "jack", Map.of("key", "k2"))).isEqualTo(2);

                assertThat(read(bao, "/v1/old/jack").json().at("/data/key").asString())
                        .isEqualTo("k1");
                assertThat(read(bao, "/v1/new/data/jack")
                                .json()
                                .at("/data/data/key")
                                .asString())
                        .isEqualTo("k2");
            }
        }

        @Test
        void deletedAndDestroyedSecretsAreGone() {
            try (OpenBao bao = OpenBao.start()) {
                bao.enableKv("old", 1);
                bao.kvPut("old", 1, "jack", Map.of("key", "k"));
                bao.kvPut("secret", 2, "jack", Map.of("key", "k"));
                bao.kvPut("secret", 2, "rose", Map.of("key", "k"));

                bao.kvDelete("old", 1, "jack");
                bao.kvDelete("secret", 2, "jack");
                bao.kvDestroy("secret", "rose", 1);

                assertThat(read(bao, "/v1/old/jack").status()).isEqualTo(404);
                assertThat(read(bao, "/v1/secret/data/jack")
                                .json()
                                .at("/data/metadata/deletion_time")
                                .asString())
                        .isNotEmpty();
                assertThat(read(bao, "/v1/secret/data/rose")
                                .json()
                                .at("/data/metadata/destroyed")
                                .asBoolean())
                        .isTrue();
            }
        }

        @Test
        void sealedItAnswers503UntilItIsUnsealed() {
            try (OpenBao bao = OpenBao.start()) {
                bao.kvPut("secret", 2, "jack", Map.of("key", "k"));

                bao.seal();
                assertThat(read(bao, "/v1/secret/data/jack").status()).isEqualTo(503);

                bao.unseal();
                assertThat(read(bao, "/v1/secret/data/jack").status()).isEqualTo(200);
            }
        }

        @Test
        void comesBackEmptyOnTheSamePortAndCanBeSealedThen() {
            try (OpenBao bao = OpenBao.start()) {
                bao.kvPut("secret", 2, "jack", Map.of("key", "k"));

                bao.stop();
                assertThatThrownBy(() -> read(bao, "/v1/sys/health")).isInstanceOf(PeerFailedException.class);

                bao.startAgain();
                assertThat(read(bao, "/v1/secret/data/jack").status()).isEqualTo(404);

                bao.seal();
                bao.unseal();
                assertThat(read(bao, "/v1/sys/health").status()).isEqualTo(200);
            }
        }

        @Test
        void aRefusalNamesTheRequestAndTheReason() {
            try (OpenBao bao = OpenBao.start()) {
                assertThatThrownBy(() -> bao.put("nothing/here", Map.of("a", "b")))
                        .isInstanceOf(PeerFailedException.class)
                        .hasMessageContaining("PUT /v1/nothing/here: status 404");
            }
        }
    }

    @Test
    void withTlsItIsTrustedByItsOwnAuthorityOnly() {
        try (OpenBao bao = OpenBao.startTls();
                PeerHttp stranger = new PeerHttp(bao.uri())) {
            assertThat(bao.uri()).hasScheme("https");
            assertThat(Files.exists(bao.caFile())).isTrue();
            assertThat(bao.kvPut("secret", 2, "jack", Map.of("key", "k"))).isEqualTo(1);

            assertThatThrownBy(() -> stranger.request("GET", "/v1/sys/health", Map.of(), null))
                    .hasCauseInstanceOf(SSLHandshakeException.class);
        }
    }

    @Test
    void withStorageItComesBackUnsealedWithItsDataAndTokens(@TempDir Path directory) {
        try (OpenBao bao = OpenBao.startPersistent(directory)) {
            bao.enableKv("kv", 2);
            bao.kvPut("kv", 2, "jack", Map.of("key", "k1"));

            bao.stop();
            bao.startAgain();

            assertThat(read(bao, "/v1/kv/data/jack").json().at("/data/data/key").asString())
                    .isEqualTo("k1");
            assertThat(bao.kvPut("kv", 2, "jack", Map.of("key", "k2"))).isEqualTo(2);
        }
        try (OpenBao next = OpenBao.startPersistent(directory)) {
            next.enableKv("kv", 2);
            assertThat(read(next, "/v1/kv/data/jack")
                            .json()
                            .at("/data/data/key")
                            .asString())
                    .isEqualTo("k2");
        }
    }

    @Test
    void itsFilesAreDeletedWhenItIsClosed() {
        OpenBao bao = OpenBao.startTls();
        var certificate = bao.caFile();
        bao.close();
        assertThat(certificate).doesNotExist();
        assertThat(certificate.getParent()).doesNotExist();
    }

    private static HttpReply read(OpenBao bao, String path) {
        return bao.http("GET", path, null);
    }
}
