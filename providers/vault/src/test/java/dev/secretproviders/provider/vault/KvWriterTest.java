package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretWriter;
import dev.secretproviders.spi.SecretWriter.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What creating secrets needs and leaves alone. {@code ProviderContract} has the rest, for both versions of the engine. */
final class KvWriterTest {
    private static OpenBao bao;

    @BeforeAll
    static void start() {
        bao = OpenBao.start();
    }

    @AfterAll
    static void stop() {
        bao.close();
    }

    @Test
    void theRightToCreateIsEnough() throws Exception {
        try (SecretProvider provider = provider(token("creator", "[\"create\"]"));
                Secret value = Secret.ofUtf8("value-1")) {
            assertThat(writer(provider).create("made", "key", value)).isEqualTo(Outcome.CREATED);
            assertThatThrownBy(() -> writer(provider).create("made", "key", value))
                    .isInstanceOf(ProviderException.class)
                    .hasMessageContaining("there is such a secret already");
            assertThat(bao.http("GET", "/v1/secret/data/apisix/made", null)
                            .json()
                            .at("/data/metadata/version")
                            .asInt())
                    .isEqualTo(1);
        }
    }

    /** Version 1 cannot check and write at once, so the writer looks first. */
    @Test
    void versionOneNeedsTheRightToReadToo() throws Exception {
        bao.enableKv("first", 1);
        String path = "first/apisix/*";

        try (SecretProvider provider = provider("first/apisix", token("blind", path, "[\"create\"]"));
                Secret value = Secret.ofUtf8("canary-value")) {
            assertThatThrownBy(() -> writer(provider).create("made", "key", value))
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PERMISSION))
                    .hasMessageContaining("needs read for it")
                    .hasMessageNotContaining("canary");
        }
        assertThat(bao.http("GET", "/v1/first/apisix/made", null).status()).isEqualTo(404);
        try (SecretProvider provider = provider("first/apisix", token("looking", path, "[\"create\", \"read\"]"));
                Secret value = Secret.ofUtf8("value-1")) {
            assertThat(writer(provider).create("made", "key", value)).isEqualTo(Outcome.CREATED);
            assertThat(writer(provider).create("made", "key", value)).isEqualTo(Outcome.EXISTS);
        }
    }

    @Test
    void aTokenThatMayOnlyReadIsToldWhatItLacks() {
        try (SecretProvider provider = provider(token("reader", "[\"read\"]"));
                Secret value = Secret.ofUtf8("canary-value")) {
            assertThatThrownBy(() -> writer(provider).create("refused", "key", value))
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PERMISSION))
                    .hasMessageContaining("its policy needs create")
                    .hasMessageNotContaining("canary");
        }
    }

    @Test
    void aDeletedSecretIsNotBroughtBack() throws Exception {
        bao.kvPut("secret", 2, "apisix/deleted", Map.of("key", "old"));
        bao.kvDelete("secret", 2, "apisix/deleted");

        try (SecretProvider provider = provider(bao.rootToken());
                Secret value = Secret.ofUtf8("value-1")) {
            assertThat(writer(provider).create("deleted", "key", value)).isEqualTo(Outcome.EXISTS);
            assertThat(bao.http("GET", "/v1/secret/data/apisix/deleted", null).status())
                    .isEqualTo(404);
        }
    }

    @Test
    void withoutAnEngineTheRemedyIsNamed() {
        try (SecretProvider provider = TestProviders.create(
                        new VaultProviderFactory(),
                        Map.of("uri", bao.uri().toString(), "token", bao.rootToken(), "prefix", "nowhere/apisix"));
                Secret value = Secret.ofUtf8("value-1")) {
            assertThatThrownBy(() -> writer(provider).create("any", "key", value))
                    .isInstanceOf(ProviderException.class)
                    .hasMessageContaining("no secrets engine is mounted at 'nowhere/apisix/any'");
        }
    }

    private static SecretWriter writer(SecretProvider provider) {
        return Objects.requireNonNull(provider.writer());
    }

    private static String token(String policy, String capabilities) {
        return token(policy, "secret/data/apisix/*", capabilities);
    }

    private static String token(String policy, String path, String capabilities) {
        bao.put(
                "sys/policies/acl/" + policy,
                Map.of("policy", "path \"" + path + "\" { capabilities = " + capabilities + " }"));
        return bao.put("auth/token/create", Map.of("policies", List.of(policy)))
                .at("/auth/client_token")
                .asString();
    }

    private static SecretProvider provider(String token) {
        return provider("secret/apisix", token);
    }

    private static SecretProvider provider(String prefix, String token) {
        return TestProviders.create(
                new VaultProviderFactory(), Map.of("uri", bao.uri().toString(), "token", token, "prefix", prefix));
    }
}
