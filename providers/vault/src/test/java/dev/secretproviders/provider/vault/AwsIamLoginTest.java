package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The method {@code aws}: we sign, and Vault asks STS. See {@link AwsAuthVault} for the parts that are real. */
final class AwsIamLoginTest {
    private static final String REFERENCE = "$secret://vault/test/jack/key";
    private static final String ROLE = "arn:aws:iam::123456789012:role/apisix";
    private static OpenBao bao;
    private static Moto moto;
    private static AwsAuthVault vault;

    @BeforeAll
    static void start() throws IOException {
        bao = OpenBao.start();
        moto = Moto.start();
        vault = new AwsAuthVault(bao, moto);
        bao.put(
                "sys/policies/acl/reader",
                Map.of("policy", "path \"secret/data/apisix/*\" { capabilities = [\"read\"] }"));
        bao.kvPut("secret", 2, "apisix/jack", Map.of("key", "one"));
    }

    @AfterAll
    static void stop() {
        vault.close();
        moto.close();
        bao.close();
    }

    @BeforeEach
    void forget() {
        vault.logins.clear();
        vault.serverId = "";
        vault.answerSts(0);
        vault.know("AKIAGOOD", "good-secret-access-key");
    }

    @Test
    void keysThatAwsKnowsLogIn() throws Exception {
        try (SecretProvider provider = provider(with("AKIAGOOD", "good-secret-access-key", Map.of("role", "reader")))) {
            assertThat(value(provider)).isEqualTo("one");
        }

        assertThat(vault.logins).singleElement().satisfies(login -> {
            assertThat(login.role()).isEqualTo("reader");
            assertThat(login.arn()).startsWith("arn:aws:sts::123456789012:");
            assertThat(login.host()).isEqualTo("sts.amazonaws.com");
            assertThat(login.region()).isEqualTo("us-east-1");
        });
    }

    @Test
    void stsOfTheRegionIsTheOneThatIsAsked() throws Exception {
        try (SecretProvider china =
                        provider(with("AKIAGOOD", "good-secret-access-key", Map.of("region", "cn-north-1")));
                SecretProvider europe =
                        provider(with("AKIAGOOD", "good-secret-access-key", Map.of("region", "eu-central-1")))) {
            assertThat(value(europe)).isEqualTo("one");
            assertThat(value(china)).isEqualTo("one");
        }

        assertThat(vault.logins)
                .extracting(AwsAuthVault.Login::host)
                .containsExactly("sts.eu-central-1.amazonaws.com", "sts.cn-north-1.amazonaws.com.cn");
        assertThat(vault.logins).extracting(AwsAuthVault.Login::region).containsExactly("eu-central-1", "cn-north-1");
    }

    @Test
    void loginIsBoundToTheVaultThatItIsFor() throws Exception {
        vault.serverId = "vault.example.com";
        try (SecretProvider bound =
                        provider(with("AKIAGOOD", "good-secret-access-key", Map.of("server_id", "vault.example.com")));
                SecretProvider unbound = provider(with("AKIAGOOD", "good-secret-access-key", Map.of()));
                SecretProvider forAnother =
                        provider(with("AKIAGOOD", "good-secret-access-key", Map.of("server_id", "other")))) {
            assertThat(value(bound)).isEqualTo("one");
            assertRefused(unbound);
            assertRefused(forAnother);
        }
    }

    @Test
    void wrongSecretKeyIsACredentialProblem() {
        try (SecretProvider provider = provider(with("AKIAGOOD", "canary", Map.of()))) {
            assertRefused(provider);
        }
    }

    @Test
    void keysAreReadAnewAtEachLogin() throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of("ID", "AKIAOLD", "KEY", "canary"));
        try (SecretProvider provider = TestProviders.create(
                new VaultProviderFactory(), fields(with("$env://ID", "$env://KEY", Map.of())), environment)) {
            assertRefused(provider);
            environment.put("ID", "AKIAGOOD");
            environment.put("KEY", "good-secret-access-key");

            assertThat(value(provider)).isEqualTo("one");
        }
    }

    @Test
    void roleOfAWebIdentityLogsIn(@TempDir Path temp) throws Exception {
        Path token = Files.writeString(temp.resolve("token"), "header.claims.signature");
        String sts = vault.uri().toString();
        try (SecretProvider provider = provider(Map.of(
                "method",
                "aws",
                "web_identity_token_file",
                token.toString(),
                "role_arn",
                ROLE,
                "sts_endpoint_url",
                sts))) {
            assertThat(value(provider)).isEqualTo("one");
        }

        assertThat(vault.logins)
                .singleElement()
                .satisfies(login -> assertThat(login.arn()).contains(":assumed-role/apisix/"));
    }

    @Test
    void rolesThatCannotBeTakenOnAreToldApart(@TempDir Path temp) throws Exception {
        Path token = Files.writeString(temp.resolve("token"), "header.claims.signature");
        String nowhere;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nowhere = "http://127.0.0.1:" + closed.getLocalPort();
        }
        String sts = vault.uri().toString();
        try (SecretProvider noToken = provider(web(temp.resolve("nowhere"), sts));
                SecretProvider noSts = provider(web(token, nowhere));
                SecretProvider refused = provider(web(token, sts))) {
            assertKind(noToken, Kind.AUTHENTICATION);
            assertKind(noSts, Kind.UNAVAILABLE);
            vault.answerSts(403);
            assertKind(refused, Kind.AUTHENTICATION);
            vault.answerSts(503);
            assertKind(refused, Kind.UNAVAILABLE);
        }
    }

    @Test
    void fieldsThatContradictEachOtherAreTold() {
        assertThat(TestProviders.problems(
                        new VaultProviderFactory(),
                        Map.of(
                                "uri",
                                "https://v",
                                "auth",
                                Map.of(
                                        "method", "aws",
                                        "access_key_id", "i",
                                        "region", "Frankfurt!",
                                        "server_id", "a b",
                                        "role_arn", "apisix",
                                        "web_identity_token_file", "/t"))))
                .containsExactlyInAnyOrder(
                        "providers.vault.test.auth.region: expected the name of a region, such as us-east-1",
                        "providers.vault.test.auth.server_id: expected up to 256 printable characters without spaces",
                        "providers.vault.test.auth.web_identity_token_file: cannot be used together with"
                                + " access_key_id; write one of them",
                        "providers.vault.test.auth.role_arn: expected a role such as"
                                + " arn:aws:iam::123456789012:role/apisix",
                        "providers.vault.test.auth.secret_access_key: is required");
        assertThat(TestProviders.problems(
                        new VaultProviderFactory(),
                        Map.of(
                                "uri",
                                "https://v",
                                "auth",
                                Map.of("method", "aws", "session_token", "s", "role_arn", "apisix"))))
                .containsExactlyInAnyOrder(
                        "providers.vault.test.auth.web_identity_token_file: is required together with role_arn",
                        "providers.vault.test.auth.role_arn: expected a role such as"
                                + " arn:aws:iam::123456789012:role/apisix",
                        "providers.vault.test.auth.session_token: needs access_key_id");
    }

    private static Map<String, String> web(Path token, String sts) {
        return Map.of(
                "method",
                "aws",
                "role_arn",
                ROLE,
                "web_identity_token_file",
                token.toString(),
                "sts_endpoint_url",
                sts);
    }

    private static void assertRefused(SecretProvider provider) {
        assertKind(provider, Kind.AUTHENTICATION);
    }

    private static void assertKind(SecretProvider provider, Kind kind) {
        assertThatThrownBy(() -> value(provider)).isInstanceOfSatisfying(ProviderException.class, e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e).hasNoCause();
            assertThat(e.toString()).doesNotContainIgnoringCase("canary").doesNotContain("AKIA");
        });
    }

    private static String value(SecretProvider provider) throws Exception {
        return String.valueOf(ProviderContract.value(provider, REFERENCE));
    }

    private static SecretProvider provider(Map<String, String> auth) {
        return TestProviders.create(new VaultProviderFactory(), fields(auth));
    }

    private static Map<String, Object> fields(Map<String, String> auth) {
        return Map.of("uri", vault.uri().toString(), "prefix", "secret/apisix", "auth", auth);
    }

    private static Map<String, String> with(String id, String key, Map<String, String> more) {
        Map<String, String> auth = new HashMap<>(more);
        auth.put("method", "aws");
        auth.put("access_key_id", id);
        auth.put("secret_access_key", key);
        return auth;
    }
}
