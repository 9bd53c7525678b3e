package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.RecordingProxy;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.SecretContent;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretVersion;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The metadata of a real OpenBao's KV version 2 engine show that a secret is unchanged; its value is read only if it
 * has changed.
 */
final class KvMetadataCheckTest {
    private static final String DATA = "GET /v1/secret/data/";
    private static final String METADATA = "GET /v1/secret/metadata/";
    private static OpenBao bao;

    private RecordingProxy proxy;
    private SecretProvider provider;

    @BeforeAll
    static void startOpenBao() {
        bao = OpenBao.start();
    }

    @AfterAll
    static void stopOpenBao() {
        bao.close();
    }

    @BeforeEach
    void start() throws IOException {
        proxy = RecordingProxy.before(bao.uri());
        provider = provider(bao.rootToken());
    }

    @AfterEach
    void stop() {
        provider.close();
        proxy.close();
    }

    private SecretProvider provider(String token) {
        return TestProviders.create(
                new VaultProviderFactory(),
                Map.of("uri", proxy.uri().toString(), "token", token, "prefix", "secret", "kv_version", "kv-v2"));
    }

    private static void write(String name, String value) {
        bao.kvPut("secret", 2, name, Map.of("key", value));
    }

    private FetchResult fetch(String name, @Nullable String known) throws Exception {
        SecretPath path = SecretPath.current(name);
        return Objects.requireNonNull(
                provider.fetch(List.of(FetchRequest.of(path, known))).get(path));
    }

    private SecretVersion found(FetchResult result) {
        return ((FetchResult.Found) result).version();
    }

    private static String value(SecretVersion version) {
        try (SecretContent content = version.content()) {
            AtomicReference<String> value = new AtomicReference<>("");
            content.forEach((field, secret) -> value.set(secret.reveal()));
            return value.get();
        }
    }

    /** Reads a secret until its metadata identify the version, and returns that version. */
    private String settled(String name) throws Exception {
        SecretVersion version = found(fetch(name, null));
        version.content().close();
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> fetch(name, version.id()).equals(new FetchResult.Unchanged(false)));
        assertThat(proxy.takeRequests()).contains(DATA + name).endsWith(METADATA + name);
        return version.id();
    }

    @Test
    void valueOfAnUnchangedSecretIsNotReadAgain() throws Exception {
        write("unchanged", "one");
        String version = settled("unchanged");

        for (int i = 0; i < 5; i++) {
            assertThat(fetch("unchanged", version)).isEqualTo(new FetchResult.Unchanged(false));
        }
        assertThat(proxy.takeRequests()).hasSize(5).containsOnly(METADATA + "unchanged");
    }

    @Test
    void rotationIsNoticedByTheCheck() throws Exception {
        write("rotated", "one");
        String version = settled("rotated");
        write("rotated", "two");

        SecretVersion current = found(fetch("rotated", version));
        assertThat(value(current)).isEqualTo("two");
        assertThat(current.id()).startsWith("2-");
        assertThat(proxy.takeRequests()).containsExactly(METADATA + "rotated", DATA + "rotated");
    }

    @Test
    void secretMadeAnewWithTheSameNumberIsNoticed() throws Exception {
        write("anew", "one");
        String version = settled("anew");
        bao.http("DELETE", "/v1/secret/metadata/anew", null);
        write("anew", "two");

        SecretVersion current = found(fetch("anew", version));
        assertThat(value(current)).isEqualTo("two");
        assertThat(current.id()).startsWith("1-").isNotEqualTo(version);
    }

    /** The time of creation may be the same, to the second. */
    @Test
    void secretMadeAnewAtOnceIsNoticed() throws Exception {
        for (int i = 0; i < 5; i++) {
            String name = "hasty-" + i;
            write(name, "one");
            SecretVersion first = found(fetch(name, null));
            first.content().close();
            bao.http("DELETE", "/v1/secret/metadata/" + name, null);
            write(name, "two");

            SecretVersion second = found(fetch(name, first.id()));
            assertThat(value(second)).isEqualTo("two");
        }
    }

    @Test
    void deletedAndDestroyedSecretsAreGone() throws Exception {
        write("deleted", "one");
        String deleted = settled("deleted");
        bao.kvDelete("secret", 2, "deleted");
        assertThat(fetch("deleted", deleted)).isInstanceOf(FetchResult.Gone.class);

        write("destroyed", "one");
        String destroyed = settled("destroyed");
        bao.kvDestroy("secret", "destroyed", 1);
        assertThat(fetch("destroyed", destroyed)).isInstanceOf(FetchResult.Gone.class);

        write("removed", "one");
        String removed = settled("removed");
        bao.http("DELETE", "/v1/secret/metadata/removed", null);
        assertThat(fetch("removed", removed)).isInstanceOf(FetchResult.Missing.class);
    }

    @Test
    void rightToReadValuesOnlyIsEnoughAndMetadataAreAskedForOnce() throws Exception {
        bao.put(
                "sys/policies/acl/values-only",
                Map.of("policy", "path \"secret/data/*\" { capabilities = [\"read\"] }"));
        String token = bao.put("auth/token/create", Map.of("policies", new String[] {"values-only"}))
                .path("auth")
                .path("client_token")
                .asString();
        write("narrow", "one");
        try (SecretProvider narrow = provider(token)) {
            provider.close();
            provider = narrow;
            SecretVersion version = found(fetch("narrow", null));
            version.content().close();
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> {
                        assertThat(fetch("narrow", version.id())).isEqualTo(new FetchResult.Unchanged(true));
                        return proxy.takeRequests().contains(METADATA + "narrow");
                    });
            for (int i = 0; i < 3; i++) {
                assertThat(fetch("narrow", version.id())).isEqualTo(new FetchResult.Unchanged(true));
            }
            assertThat(proxy.takeRequests()).containsOnly(DATA + "narrow");

            write("narrow", "two");
            assertThat(value(found(fetch("narrow", version.id())))).isEqualTo("two");
        }
    }

    /** Its end is known from the start; only reading shows whether it has come. */
    @Test
    void valueOfASecretThatWillEndIsReadEachTime() throws Exception {
        bao.put("secret/metadata/ending", Map.of("delete_version_after", "1h"));
        write("ending", "one");
        SecretVersion version = found(fetch("ending", null));
        version.content().close();
        proxy.takeRequests();
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> {
                    assertThat(fetch("ending", version.id())).isEqualTo(new FetchResult.Unchanged(true));
                    return proxy.takeRequests().contains(METADATA + "ending");
                });
        assertThat(fetch("ending", version.id())).isEqualTo(new FetchResult.Unchanged(true));
        assertThat(proxy.takeRequests()).containsExactly(METADATA + "ending", DATA + "ending");
    }
}
