package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class VaultTlsTest {
    private static final String REFERENCE = "$secret://vault/test/jack/key";
    private static OpenBao bao;

    @BeforeAll
    static void start() {
        bao = OpenBao.startTls();
        bao.kvPut("secret", 2, "jack", Map.of("key", "one"));
    }

    @AfterAll
    static void stop() {
        bao.close();
    }

    @Test
    void ownAuthorityIsTrusted() throws Exception {
        try (SecretProvider provider = provider(Map.of("ca_file", bao.caFile().toString()))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void unknownAuthorityIsRefusedWithTheReason() {
        try (SecretProvider provider = provider(Map.of())) {
            assertThatThrownBy(() -> ProviderContract.resolve(provider, REFERENCE))
                    .isInstanceOfSatisfying(
                            ProviderException.class,
                            e -> assertThat(e.kind()).isEqualTo(ProviderException.Kind.UNAVAILABLE))
                    .hasMessageContaining("no TLS connection")
                    .hasMessageContaining("certification path");
        }
    }

    @Test
    void verificationCanBeSwitchedOff() throws Exception {
        try (SecretProvider provider = provider(Map.of("verify", false))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    private static SecretProvider provider(Map<String, ?> tls) {
        return TestProviders.create(
                new VaultProviderFactory(),
                Map.of("uri", bao.uri().toString(), "token", bao.rootToken(), "prefix", "secret", "tls", tls));
    }
}
