package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.Canary;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Secrets in a KV version 1 engine of a real OpenBao, and how the version is detected. */
final class KvFirstVersionTest extends ProviderContract {
    private static OpenBao bao;

    private final SecretProvider provider = provider("auto", "kv1/apisix");

    @BeforeAll
    static void start() {
        bao = OpenBao.start();
        bao.enableKv("kv1", 1);
    }

    @AfterAll
    static void stop() {
        bao.close();
    }

    @AfterEach
    void close() {
        provider.close();
    }

    @Test
    void configuredVersionNeedsNoQuestion() throws Exception {
        write("configured", Map.of("key", "one"));

        try (SecretProvider configured = provider("kv-v1", "kv1/apisix")) {
            assertThat(value(configured, reference("configured", "key"))).isEqualTo("one");
        }
    }

    @Test
    void canaryIsWrittenAsTheOnlyField() throws Exception {
        write("drill", Map.of("key", "one"));

        try (SecretProvider drilled = TestProviders.create(
                        new VaultProviderFactory(),
                        Map.of(
                                "uri",
                                bao.uri().toString(),
                                "token",
                                bao.rootToken(),
                                "prefix",
                                "kv1/apisix",
                                "drill_path",
                                "drill"));
                Secret value = Secret.ofUtf8("two")) {
            Canary canary = Objects.requireNonNull(drilled.canary());
            canary.write(value);

            assertThat(value(drilled, reference(canary.path(), Canary.FIELD))).isEqualTo("two");
        }
        assertThat(provider.canary())
                .as("nothing is written unless it is named")
                .isNull();
    }

    @Test
    void pinnedVersionCannotBeHad() throws Exception {
        write("pinned", Map.of("key", "one"));

        assertThat(resolve(provider, reference("pinned", "key") + "?version=1"))
                .isInstanceOfSatisfying(
                        FetchResult.Failed.class,
                        failed -> assertThat(failed.cause().kind()).isEqualTo(ProviderException.Kind.CONFIGURATION));
        assertThat(provider.fetchPrevious(SecretPath.current("pinned"), "1")).isNull();
    }

    /** {@code vault kv enable-versioning} while the provider runs. */
    @Test
    void engineThatIsUpgradedIsAskedTheNewWay() throws Exception {
        bao.enableKv("upgraded", 1);
        bao.kvPut("upgraded", 1, "jack", Map.of("key", "one"));
        try (SecretProvider following = provider("auto", "upgraded")) {
            assertThat(value(following, "$secret://vault/test/jack/key")).isEqualTo("one");

            bao.http("POST", "/v1/sys/mounts/upgraded/tune", "{\"options\": {\"version\": \"2\"}}");
            await().until(() -> bao.http("GET", "/v1/upgraded/config", null).status() == 200);

            assertThat(value(following, "$secret://vault/test/jack/key")).isEqualTo("one");
        }
    }

    @Test
    void engineThatIsReplacedByAnOlderOneIsAskedTheOldWay() throws Exception {
        bao.enableKv("replaced", 2);
        bao.kvPut("replaced", 2, "jack", Map.of("key", "one"));
        try (SecretProvider following = provider("auto", "replaced")) {
            assertThat(value(following, "$secret://vault/test/jack/key")).isEqualTo("one");

            bao.http("DELETE", "/v1/sys/mounts/replaced", null);
            bao.enableKv("replaced", 1);
            bao.kvPut("replaced", 1, "jack", Map.of("key", "two"));

            assertThat(value(following, "$secret://vault/test/jack/key")).isEqualTo("two");
        }
    }

    /** Reading these engines has side effects. */
    @Test
    void engineThatIsNoKvIsNotRead() throws Exception {
        bao.http("POST", "/v1/sys/mounts/transit", "{\"type\": \"transit\"}");

        try (SecretProvider transit = provider("auto", "transit")) {
            assertConfiguration(resolve(transit, "$secret://vault/test/keys/jack"), "not a KV secrets engine");
        }
    }

    /** An engine that was moved or a wrong prefix is no reason to deny secrets that were valid a moment ago. */
    @Test
    void secretWhereNoEngineIsMountedIsAConfigurationProblem() throws Exception {
        try (SecretProvider nowhere = provider("auto", "nowhere");
                SecretProvider none = provider("auto", "")) {
            assertConfiguration(resolve(nowhere, "$secret://vault/test/a/key"), "no secrets engine is mounted");
            assertConfiguration(resolve(none, "$secret://vault/test/kv1/key"), "path of a secrets engine");
        }
    }

    @Test
    void engineThatIsAskedAsOneOfTheOtherVersionIsAConfigurationProblem() throws Exception {
        bao.enableKv("versioned", 2);
        bao.kvPut("versioned", 2, "jack", Map.of("key", "one"));
        try (SecretProvider wrong = provider("kv-v1", "versioned")) {
            assertConfiguration(resolve(wrong, "$secret://vault/test/jack/key"), "set kv_version to auto");
        }
        write("jack", Map.of("key", "one"));
        try (SecretProvider wrong = provider("kv-v2", "kv1/apisix")) {
            assertConfiguration(resolve(wrong, "$secret://vault/test/jack/key"), "set kv_version to auto");
        }
    }

    private static void assertConfiguration(FetchResult result, String text) {
        assertThat(result).isInstanceOfSatisfying(FetchResult.Failed.class, failed -> {
            assertThat(failed.cause().kind()).isEqualTo(ProviderException.Kind.CONFIGURATION);
            assertThat(failed.cause()).hasMessageContaining(text);
        });
    }

    @Override
    protected SecretProvider provider() {
        return provider;
    }

    @Override
    protected void write(String name, Map<String, String> fields) {
        bao.kvPut("kv1", 1, "apisix/" + name, fields);
    }

    @Override
    protected void delete(String name) {
        bao.kvDelete("kv1", 1, "apisix/" + name);
    }

    @Override
    protected String reference(String name, String field) {
        return "$secret://vault/test/" + name + "/" + field;
    }

    private static SecretProvider provider(String kvVersion, String prefix) {
        return TestProviders.create(
                new VaultProviderFactory(),
                Map.of(
                        "uri",
                        bao.uri().toString(),
                        "token",
                        bao.rootToken(),
                        "kv_version",
                        kvVersion,
                        "prefix",
                        prefix));
    }
}
