package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.TestCertificate;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The method {@code cert} at a real OpenBao, over TLS. */
final class CertificateLoginTest {
    private static final String REFERENCE = "$secret://vault/test/jack/key";
    private static OpenBao bao;

    @TempDir
    private static Path temp;

    @BeforeAll
    static void start() {
        bao = OpenBao.startTls();
        bao.put(
                "sys/policies/acl/reader",
                Map.of("policy", "path \"secret/data/apisix/*\" { capabilities = [\"read\"] }"));
        bao.put("sys/auth/cert", Map.of("type", "cert"));
        bao.put("sys/auth/machines/prod", Map.of("type", "cert"));
        bao.kvPut("secret", 2, "apisix/jack", Map.of("key", "one"));
    }

    @AfterAll
    static void stop() {
        bao.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC"})
    void certificateThatARoleTrustsLogsIn(String algorithm) throws Exception {
        TestCertificate certificate = TestCertificate.create(temp, "runner-" + algorithm, algorithm);
        trust("cert", "runner-" + algorithm, certificate, "reader");

        try (SecretProvider provider =
                provider(Map.of("method", "cert", "role", "runner-" + algorithm), certificate.fields(temp))) {
            int before = accessors();
            assertThat(value(provider)).isEqualTo("one");
            assertThat(accessors()).isEqualTo(before + 1);
        }
    }

    @Test
    void withoutARoleAnyThatTrustsTheCertificateServes() throws Exception {
        TestCertificate certificate = TestCertificate.create(temp, "elsewhere", "EC");
        trust("machines/prod", "gateway", certificate, "reader");

        try (SecretProvider provider =
                provider(Map.of("method", "cert", "mount", "machines/prod"), certificate.fields(temp))) {
            assertThat(value(provider)).isEqualTo("one");
        }
    }

    @Test
    void tokenEndsWithTheProvider() throws Exception {
        TestCertificate certificate = TestCertificate.create(temp, "ending", "EC");
        trust("cert", "ending", certificate, "reader");
        int before = accessors();
        try (SecretProvider provider = provider(Map.of("method", "cert", "role", "ending"), certificate.fields(temp))) {
            assertThat(value(provider)).isEqualTo("one");
            assertThat(accessors()).isEqualTo(before + 1);
        }

        assertThat(accessors()).isEqualTo(before);
    }

    @Test
    void certificateThatNobodyTrustsIsACredentialProblem() throws Exception {
        trust("cert", "known", TestCertificate.create(temp, "known", "EC"), "reader");

        try (SecretProvider provider = provider(
                Map.of("method", "cert", "role", "known"),
                TestCertificate.create(temp, "stranger", "EC").fields(temp))) {
            assertThatThrownBy(() -> value(provider)).isInstanceOfSatisfying(ProviderException.class, e -> {
                assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION);
                assertThat(e)
                        .hasMessageContaining("cert login at auth/cert/login")
                        .hasNoCause();
            });
        }
    }

    /** A valid login whose role may not read is distinguished from a failed login. */
    @Test
    void roleThatMayNotReadTheSecretIsAPermissionProblem() throws Exception {
        TestCertificate certificate = TestCertificate.create(temp, "blind", "EC");
        trust("cert", "blind", certificate, "default");

        try (SecretProvider provider = provider(Map.of("method", "cert", "role", "blind"), certificate.fields(temp))) {
            assertThatThrownBy(() -> value(provider))
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PERMISSION));
        }
    }

    private static void trust(String mount, String role, TestCertificate certificate, String policy) throws Exception {
        bao.put(
                "auth/" + mount + "/certs/" + role,
                Map.of("certificate", certificate.certificatePem(), "token_policies", policy, "token_ttl", "1h"));
    }

    private static String value(SecretProvider provider) throws Exception {
        return String.valueOf(ProviderContract.value(provider, REFERENCE));
    }

    private static SecretProvider provider(Map<String, String> auth, Map<String, String> files) {
        Map<String, String> tls = new HashMap<>(files);
        tls.put("ca_file", bao.caFile().toString());
        return TestProviders.create(
                new VaultProviderFactory(),
                Map.of("uri", bao.uri().toString(), "prefix", "secret/apisix", "auth", auth, "tls", tls));
    }

    private static int accessors() {
        return bao.http("LIST", "/v1/auth/token/accessors", null)
                .json()
                .at("/data/keys")
                .size();
    }
}
