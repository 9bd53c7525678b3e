package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How the provider gets a token of a real OpenBao and keeps it valid. */
final class VaultLoginTest {
    private static final String REFERENCE = "$secret://vault/test/jack/key";
    private static OpenBao bao;

    @BeforeAll
    static void start() {
        bao = OpenBao.start();
        policy("reader", "path \"secret/data/apisix/*\" { capabilities = [\"read\"] }");
        bao.http("POST", "/v1/sys/auth/approle", "{\"type\": \"approle\"}");
        bao.http("POST", "/v1/sys/auth/machines/prod", "{\"type\": \"approle\"}");
    }

    @AfterAll
    static void stop() {
        bao.close();
    }

    @BeforeEach
    void writeSecret() {
        bao.kvPut("secret", 2, "apisix/jack", Map.of("key", "one"));
    }

    @Test
    void tokenThatMayReadNothingElseIsEnough() throws Exception {
        try (SecretProvider provider = withToken(token(Map.of("policies", List.of("reader"), "ttl", "1h")))) {
            assertThat(value(provider)).isEqualTo("one");
        }
    }

    /** Such a token may not look itself up, so its ttl is unknown. */
    @Test
    void tokenWithoutTheDefaultPolicyIsEnough() throws Exception {
        String token = token(Map.of("policies", List.of("reader"), "ttl", "1h", "no_default_policy", true));

        try (SecretProvider provider = withToken(token)) {
            assertThat(value(provider)).isEqualTo("one");
        }
    }

    @Test
    void renewableTokenLivesOnWithoutRequests() throws Exception {
        String token = token(Map.of("policies", List.of("reader"), "period", "2s", "renewable", true));

        try (SecretProvider provider = withToken(token)) {
            assertThat(value(provider)).isEqualTo("one");
            // Three lives of the token without any request.
            await().pollDelay(Duration.ofSeconds(6)).until(() -> true);
            assertThat(value(provider)).isEqualTo("one");
        }
    }

    @Test
    void tokenThatIsWrongIsTold() {
        try (SecretProvider provider = withToken("canary-token-1")) {
            assertFails(provider, Kind.AUTHENTICATION);
        }
    }

    @Test
    void tokenThatIsRevokedIsTold() throws Exception {
        String token = token(Map.of("policies", List.of("reader"), "ttl", "1h"));
        try (SecretProvider provider = withToken(token)) {
            assertThat(value(provider)).isEqualTo("one");
            bao.put("auth/token/revoke", Map.of("token", token));

            assertFails(provider, Kind.AUTHENTICATION);
        }
    }

    @Test
    void tokenThatIsReplacedIsFollowed() throws Exception {
        Map<String, String> environment = new HashMap<>();
        String first = token(Map.of("policies", List.of("reader"), "ttl", "1h"));
        environment.put("VAULT", first);
        try (SecretProvider provider = TestProviders.create(
                new VaultProviderFactory(), fields(Map.of("token", "$env://VAULT")), environment)) {
            assertThat(value(provider)).isEqualTo("one");

            environment.put("VAULT", token(Map.of("policies", List.of("reader"), "ttl", "1h")));
            bao.put("auth/token/revoke", Map.of("token", first));

            assertThat(value(provider)).isEqualTo("one");
        }
    }

    /** The token is valid, but may not read this secret: no reason to log in again, or to report the token as wrong. */
    @Test
    void secretThatTheTokenMayNotReadIsAPermissionProblem() throws Exception {
        bao.kvPut("secret", 2, "other/jack", Map.of("key", "one"));
        Map<String, Object> fields =
                new HashMap<>(fields(Map.of("token", token(Map.of("policies", List.of("reader"), "ttl", "1h")))));
        fields.put("prefix", "secret/other");
        try (SecretProvider provider = TestProviders.create(new VaultProviderFactory(), fields)) {
            assertFails(provider, Kind.PERMISSION);
        }
    }

    @Test
    void appRoleLogsInAgainWhenItsTokenExpires() throws Exception {
        role("approle", "short", Map.of("token_policies", "reader", "token_ttl", "2s", "token_max_ttl", "2s"));
        try (SecretProvider provider = withAppRole("approle", "short", secretId("approle", "short"))) {
            assertThat(value(provider)).isEqualTo("one");
            await().pollDelay(Duration.ofSeconds(5)).until(() -> true);
            assertThat(value(provider)).isEqualTo("one");
        }
    }

    @Test
    void appRoleLogsInAgainWhenItsTokenIsRevoked() throws Exception {
        role("machines/prod", "reader", Map.of("token_policies", "reader", "token_ttl", "1h"));
        String secretId = secretId("machines/prod", "reader");
        try (SecretProvider provider = withAppRole("machines/prod", "reader", secretId)) {
            assertThat(value(provider)).isEqualTo("one");
            bao.http("PUT", "/v1/sys/leases/revoke-prefix/auth/machines/prod", null);

            assertThat(value(provider)).isEqualTo("one");
        }
    }

    @Test
    void secretIdIsReadAnewAtEachLogin() throws Exception {
        role("approle", "once", Map.of("token_policies", "reader", "token_ttl", "1h", "secret_id_num_uses", 1));
        Map<String, String> environment = new HashMap<>();
        environment.put("SECRET_ID", secretId("approle", "once"));
        Map<String, Object> auth =
                Map.of("method", "approle", "role_id", roleId("approle", "once"), "secret_id", "$env://SECRET_ID");
        try (SecretProvider provider =
                TestProviders.create(new VaultProviderFactory(), fields(Map.of("auth", auth)), environment)) {
            assertThat(value(provider)).isEqualTo("one");

            environment.put("SECRET_ID", secretId("approle", "once"));
            bao.http("PUT", "/v1/sys/leases/revoke-prefix/auth/approle", null);

            assertThat(value(provider)).isEqualTo("one");
        }
    }

    /** A second login would fail: the secret id can be used once. */
    @Test
    void manyRequestsAtOnceLogInOnce() throws Exception {
        role("approle", "single", Map.of("token_policies", "reader", "token_ttl", "1h", "secret_id_num_uses", 1));
        try (SecretProvider provider = withAppRole("approle", "single", secretId("approle", "single"));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> requests = Collections.nCopies(50, () -> value(provider));

            for (Future<String> answer : threads.invokeAll(requests)) {
                assertThat(answer.get()).isEqualTo("one");
            }
        }
    }

    @Test
    void appRoleWithAWrongSecretIdIsTold() {
        role("approle", "wrong", Map.of("token_policies", "reader"));
        try (SecretProvider provider = withAppRole("approle", "wrong", "canary-secret-id")) {
            assertFails(provider, Kind.AUTHENTICATION);
        }
    }

    @Test
    void appRoleWhereNoMethodIsMountedIsAConfigurationProblem() {
        role("approle", "moved", Map.of("token_policies", "reader"));
        String secretId = secretId("approle", "moved");
        Map<String, Object> auth = Map.of(
                "method", "approle", "mount", "nowhere", "role_id", roleId("approle", "moved"), "secret_id", secretId);
        try (SecretProvider provider = TestProviders.create(new VaultProviderFactory(), fields(Map.of("auth", auth)))) {
            assertThatThrownBy(() -> value(provider))
                    .isInstanceOfSatisfying(
                            ProviderException.class,
                            e -> assertThat(e.kind()).isIn(Kind.CONFIGURATION, Kind.AUTHENTICATION));
        }
    }

    @Test
    void namespaceIsSentWithEveryRequest() throws Exception {
        bao.http("POST", "/v1/sys/namespaces/team1", null);
        bao.http("POST", "/v1/team1/sys/mounts/kv", "{\"type\": \"kv\", \"options\": {\"version\": \"1\"}}");
        bao.http("POST", "/v1/team1/kv/jack", "{\"key\": \"of team 1\"}");

        try (SecretProvider provider = TestProviders.create(
                new VaultProviderFactory(),
                Map.of("uri", bao.uri().toString(), "token", bao.rootToken(), "namespace", "team1", "prefix", "kv"))) {
            assertThat(value(provider)).isEqualTo("of team 1");
        }
    }

    private static void assertFails(SecretProvider provider, Kind kind) {
        ProviderException failure;
        try {
            FetchResult result = ProviderContract.resolve(provider, REFERENCE);
            assertThat(result).isInstanceOf(FetchResult.Failed.class);
            failure = ((FetchResult.Failed) result).cause();
        } catch (ProviderException e) {
            failure = e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        assertThat(failure.kind()).as(failure.toString()).isEqualTo(kind);
        assertThat(failure).hasNoCause();
        assertThat(failure.toString()).doesNotContain("canary");
    }

    private static String value(SecretProvider provider) throws Exception {
        return String.valueOf(ProviderContract.value(provider, REFERENCE));
    }

    private static SecretProvider withToken(String token) {
        return TestProviders.create(new VaultProviderFactory(), fields(Map.of("token", token)));
    }

    private static SecretProvider withAppRole(String mount, String role, String secretId) {
        return TestProviders.create(
                new VaultProviderFactory(),
                fields(Map.of(
                        "auth",
                        Map.of(
                                "method",
                                "approle",
                                "mount",
                                mount,
                                "role_id",
                                roleId(mount, role),
                                "secret_id",
                                secretId))));
    }

    private static Map<String, Object> fields(Map<String, ?> login) {
        Map<String, Object> fields = new HashMap<>(login);
        fields.put("uri", bao.uri().toString());
        fields.put("prefix", "secret/apisix");
        return fields;
    }

    private static void policy(String name, String rules) {
        bao.put("sys/policies/acl/" + name, Map.of("policy", rules));
    }

    private static String token(Map<String, ?> request) {
        return bao.put("auth/token/create", request)
                .path("auth")
                .path("client_token")
                .asString();
    }

    private static void role(String mount, String name, Map<String, ?> role) {
        bao.put("auth/" + mount + "/role/" + name, role);
    }

    private static String roleId(String mount, String role) {
        return bao.http("GET", "/v1/auth/" + mount + "/role/" + role + "/role-id", null)
                .json()
                .path("data")
                .path("role_id")
                .asString();
    }

    private static String secretId(String mount, String role) {
        return bao.put("auth/" + mount + "/role/" + role + "/secret-id", Map.of())
                .path("data")
                .path("secret_id")
                .asString();
    }
}
