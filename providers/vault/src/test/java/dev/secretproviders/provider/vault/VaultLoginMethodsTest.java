package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The login methods other than a given token, at a real OpenBao. */
final class VaultLoginMethodsTest {
    private static final String REFERENCE = "$secret://vault/test/jack/key";
    private static OpenBao bao;

    @TempDir
    private Path temp;

    @BeforeAll
    static void start() {
        bao = OpenBao.start();
        bao.put(
                "sys/policies/acl/reader",
                Map.of("policy", "path \"secret/data/apisix/*\" { capabilities = [\"read\"] }"));
        for (String method : List.of("approle", "userpass", "jwt", "kubernetes")) {
            bao.put("sys/auth/" + method, Map.of("type", method));
        }
        bao.kvPut("secret", 2, "apisix/jack", Map.of("key", "one"));
        bao.put("auth/approle/role/app", Map.of("token_policies", "reader", "token_ttl", "1h"));
    }

    @AfterAll
    static void stop() {
        bao.close();
    }

    @Test
    void secretIdIsUnwrappedOnceAndServesLaterLoginsToo() throws Exception {
        try (SecretProvider provider = provider(wrapped("app", wrappedSecretId("app")))) {
            assertThat(value(provider)).isEqualTo("one");
            bao.http("PUT", "/v1/sys/leases/revoke-prefix/auth/approle", null);

            // The wrapping token is used up; only the secret id that it held can log in again.
            assertThat(value(provider)).isEqualTo("one");
        }
    }

    @Test
    void wrappingTokenThatSomebodyElseUsedIsTold() {
        String token = wrappedSecretId("app");
        bao.put("sys/wrapping/unwrap", Map.of("token", token));

        try (SecretProvider provider = provider(wrapped("app", token))) {
            assertRefused(provider, "was used before");
        }
    }

    /** An attacker who can write the token's file could otherwise choose the identity with which the runner logs in. */
    @Test
    void wrappingTokenOfSomethingElseIsNotUnwrapped() {
        String swapped = bao.http(
                        "PUT",
                        "/v1/sys/wrapping/wrap",
                        "{\"secret_id\": \"canary\"}",
                        Map.of("X-Vault-Wrap-TTL", "300"))
                .json()
                .at("/wrap_info/token")
                .asString();

        try (SecretProvider provider = provider(wrapped("app", swapped))) {
            assertThatThrownBy(() -> value(provider)).isInstanceOfSatisfying(ProviderException.class, e -> {
                assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION);
                assertThat(e)
                        .hasMessageContaining("was not made by auth/approle/role/<role>/secret-id")
                        .hasNoCause();
            });
        }

        assertThat(bao.put("sys/wrapping/unwrap", Map.of("token", swapped))
                        .at("/data/secret_id")
                        .asString())
                .as("still there for an investigator")
                .isEqualTo("canary");
    }

    @Test
    void wrappedSecretIdHasToBeForTheRoleThatIsNamed() throws Exception {
        bao.put("auth/approle/role/other", Map.of("token_policies", "reader"));
        Map<String, Object> named = new HashMap<>(wrapped("app", wrappedSecretId("app")));
        named.put("role", "app");
        Map<String, Object> swapped = new HashMap<>(wrapped("other", wrappedSecretId("other")));
        swapped.put("role", "app");

        try (SecretProvider right = provider(named);
                SecretProvider wrong = provider(swapped)) {
            assertThat(value(right)).isEqualTo("one");
            assertRefused(wrong, "was not made by auth/approle/role/app/secret-id");
        }
    }

    /** Vault reports the path without the namespace. */
    @Test
    void wrappedSecretIdOfANamespaceIsTaken() throws Exception {
        bao.put("sys/namespaces/team", Map.of());
        bao.put("team/sys/auth/machines/prod", Map.of("type", "approle"));
        bao.put("team/sys/mounts/kv", Map.of("type", "kv"));
        bao.put("team/kv/jack", Map.of("key", "of the team"));
        bao.put("team/sys/policies/acl/reader", Map.of("policy", "path \"kv/*\" { capabilities = [\"read\"] }"));
        bao.put("team/auth/machines/prod/role/app", Map.of("token_policies", "reader"));
        String roleId = bao.http("GET", "/v1/team/auth/machines/prod/role/app/role-id", null)
                .json()
                .at("/data/role_id")
                .asString();
        String token = bao.http(
                        "PUT",
                        "/v1/team/auth/machines/prod/role/app/secret-id",
                        "{}",
                        Map.of("X-Vault-Wrap-TTL", "300"))
                .json()
                .at("/wrap_info/token")
                .asString();

        try (SecretProvider provider = TestProviders.create(
                new VaultProviderFactory(),
                Map.of(
                        "uri",
                        bao.uri().toString(),
                        "namespace",
                        "team",
                        "prefix",
                        "kv",
                        "auth",
                        Map.of(
                                "method",
                                "approle",
                                "mount",
                                "machines/prod",
                                "role",
                                "app",
                                "role_id",
                                roleId,
                                "secret_id",
                                token,
                                "secret_id_wrapped",
                                true)))) {
            assertThat(value(provider)).isEqualTo("of the team");
        }
    }

    @Test
    void wrappingTokenThatIsReplacedIsUnwrappedAnew() throws Exception {
        bao.put("auth/approle/role/once", Map.of("token_policies", "reader", "secret_id_num_uses", 1));
        Map<String, String> environment = new HashMap<>(Map.of("WRAPPED", wrappedSecretId("once")));
        try (SecretProvider provider = TestProviders.create(
                new VaultProviderFactory(), fields(wrapped("once", "$env://WRAPPED")), environment)) {
            assertThat(value(provider)).isEqualTo("one");
            // First: it would revoke the wrapping token too.
            bao.http("PUT", "/v1/sys/leases/revoke-prefix/auth/approle", null);
            environment.put("WRAPPED", wrappedSecretId("once"));

            assertThat(value(provider)).isEqualTo("one");
        }
    }

    @Test
    void userLogsInWithAPassword() throws Exception {
        bao.put("auth/userpass/users/runner", Map.of("password", "correct", "token_policies", "reader"));

        try (SecretProvider right =
                        provider(Map.of("method", "userpass", "username", "runner", "password", "correct"));
                SecretProvider wrong =
                        provider(Map.of("method", "userpass", "username", "runner", "password", "canary"))) {
            assertThat(value(right)).isEqualTo("one");
            assertRefused(wrong, "the credential is not accepted");
        }
    }

    /** The file is read again: the kubelet replaces it long before its token expires. */
    @Test
    void tokenOfAnIdentityProviderIsReadAnewAtEachLogin() throws Exception {
        KeyPair keys = keys();
        bao.put(
                "auth/jwt/config",
                Map.of(
                        "jwt_validation_pubkeys",
                        List.of(pem("PUBLIC KEY", keys.getPublic().getEncoded()))));
        bao.put(
                "auth/jwt/role/runner",
                Map.of("role_type", "jwt", "user_claim", "sub", "bound_audiences", "bao", "token_policies", "reader"));
        Path file = temp.resolve("jwt");
        Map<String, String> auth = Map.of("method", "jwt", "role", "runner", "jwt_file", file.toString());

        try (SecretProvider fromFile = provider(auth);
                SecretProvider given = provider(Map.of("method", "jwt", "role", "runner", "jwt", jwt(keys, "bao")))) {
            assertThat(value(given)).isEqualTo("one");
            assertRefused(fromFile, "cannot be read");
            Files.writeString(file, jwt(keys, "canary-audience"));
            assertRefused(fromFile, "the credential is not accepted");
            Files.writeString(file, jwt(keys, "bao") + "\n");
            assertThat(value(fromFile)).isEqualTo("one");
        }
    }

    /**
     * OpenBao asks the Kubernetes API about the token; here a server answers such reviews as the API documentation
     * describes.
     */
    @Test
    void serviceAccountLogsIn() throws Exception {
        AtomicReference<String> reviewed = new AtomicReference<>();
        String account = serviceAccountToken();
        HttpServer api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.createContext("/apis/authentication.k8s.io/v1/tokenreviews", exchange -> {
            JsonNode review = JsonMapper.shared().readTree(exchange.getRequestBody());
            reviewed.set(review.at("/spec/token").asString(""));
            boolean good = account.equals(reviewed.get());
            byte[] answer = JsonMapper.shared()
                    .writeValueAsBytes(Map.of(
                            "apiVersion", "authentication.k8s.io/v1",
                            "kind", "TokenReview",
                            "status",
                                    Map.of(
                                            "authenticated",
                                            good,
                                            "user",
                                            Map.of(
                                                    "username", "system:serviceaccount:gateway:apisix",
                                                    "uid", "d3b1",
                                                    "groups", List.of("system:serviceaccounts")))));
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(201, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        api.start();
        try {
            bao.put(
                    "auth/kubernetes/config",
                    Map.of(
                            "kubernetes_host",
                            "http://127.0.0.1:" + api.getAddress().getPort(),
                            "kubernetes_ca_cert",
                            anyAuthority(),
                            "disable_local_ca_jwt",
                            true,
                            "token_reviewer_jwt",
                            "reviewer"));
            bao.put(
                    "auth/kubernetes/role/runner",
                    Map.of(
                            "bound_service_account_names", "apisix",
                            "bound_service_account_namespaces", "gateway",
                            "token_policies", "reader"));
            Path file = Files.writeString(temp.resolve("token"), account);

            try (SecretProvider provider =
                    provider(Map.of("method", "kubernetes", "role", "runner", "jwt_file", file.toString()))) {
                assertThat(value(provider)).isEqualTo("one");
                assertThat(reviewed).hasValue(account);
            }
        } finally {
            api.stop(0);
        }
    }

    @Test
    void tokenOfALoginIsRevokedAtTheEnd() throws Exception {
        bao.put("auth/approle/role/ending", Map.of("token_policies", "reader", "token_ttl", "1h"));
        int before;
        try (SecretProvider provider =
                provider(Map.of("method", "approle", "role_id", roleId("ending"), "secret_id", secretId("ending")))) {
            before = accessors();
            assertThat(value(provider)).isEqualTo("one");
            assertThat(accessors()).isEqualTo(before + 1);
        }

        assertThat(accessors()).isEqualTo(before);
    }

    @Test
    void tokenThatWasConfiguredIsNotRevoked() throws Exception {
        String token = bao.put("auth/token/create", Map.of("policies", List.of("reader"), "ttl", "1h"))
                .at("/auth/client_token")
                .asString();
        try (SecretProvider provider = provider(Map.of("method", "token", "token", token))) {
            assertThat(value(provider)).isEqualTo("one");
        }

        assertThat(bao.http("PUT", "/v1/auth/token/lookup", "{\"token\": \"" + token + "\"}")
                        .status())
                .isEqualTo(200);
    }

    private static void assertRefused(SecretProvider provider, String reason) {
        assertThatThrownBy(() -> value(provider)).isInstanceOfSatisfying(ProviderException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION);
            assertThat(e).hasMessageContaining(reason).hasNoCause();
            assertThat(e.toString()).doesNotContain("canary");
        });
    }

    private static String value(SecretProvider provider) throws Exception {
        return String.valueOf(ProviderContract.value(provider, REFERENCE));
    }

    private static SecretProvider provider(Map<String, ?> auth) {
        return TestProviders.create(new VaultProviderFactory(), fields(auth));
    }

    private static Map<String, Object> fields(Map<String, ?> auth) {
        Map<String, Object> fields = new HashMap<>();
        fields.put("auth", auth);
        fields.put("uri", bao.uri().toString());
        fields.put("prefix", "secret/apisix");
        return fields;
    }

    private static Map<String, Object> wrapped(String role, String token) {
        return Map.of("method", "approle", "role_id", roleId(role), "secret_id", token, "secret_id_wrapped", true);
    }

    private static String roleId(String role) {
        return bao.http("GET", "/v1/auth/approle/role/" + role + "/role-id", null)
                .json()
                .at("/data/role_id")
                .asString();
    }

    private static String secretId(String role) {
        return bao.put("auth/approle/role/" + role + "/secret-id", Map.of())
                .at("/data/secret_id")
                .asString();
    }

    /** As made by {@code bao write -wrap-ttl=5m -f auth/approle/role/app/secret-id}. */
    private static String wrappedSecretId(String role) {
        return bao.http("PUT", "/v1/auth/approle/role/" + role + "/secret-id", "{}", Map.of("X-Vault-Wrap-TTL", "300"))
                .json()
                .at("/wrap_info/token")
                .asString();
    }

    private static int accessors() {
        return bao.http("LIST", "/v1/auth/token/accessors", null)
                .json()
                .at("/data/keys")
                .size();
    }

    /** OpenBao requires one even for requests without TLS. */
    private static String anyAuthority() throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        X509TrustManager trust = (X509TrustManager) factory.getTrustManagers()[0];
        return pem("CERTIFICATE", trust.getAcceptedIssuers()[0].getEncoded());
    }

    private static KeyPair keys() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static String pem(String type, byte[] encoded) {
        return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(encoded) + "\n-----END " + type
                + "-----\n";
    }

    private static String jwt(KeyPair keys, String audience) throws Exception {
        long now = Instant.now().getEpochSecond();
        return signed(
                keys,
                "{\"sub\": \"runner\", \"aud\": \"%s\", \"iat\": %d, \"exp\": %d}".formatted(audience, now, now + 600));
    }

    private static String serviceAccountToken() throws Exception {
        long now = Instant.now().getEpochSecond();
        return signed(keys(), """
                {"iss": "kubernetes/serviceaccount", "sub": "system:serviceaccount:gateway:apisix", "iat": %d, "exp": %d,
                 "kubernetes.io": {"namespace": "gateway", "serviceaccount": {"name": "apisix", "uid": "d3b1"}}}
                """.formatted(now, now + 600));
    }

    private static String signed(KeyPair keys, String claims) throws Exception {
        String content = base64("{\"alg\": \"ES256\", \"typ\": \"JWT\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64(claims.getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initSign(keys.getPrivate());
        signature.update(content.getBytes(StandardCharsets.US_ASCII));
        return content + "." + base64(signature.sign());
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
