package dev.secretproviders.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.PeerFailedException;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.Canary;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretVersion;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Secrets in moto's Secrets Manager. */
final class AwsProviderTest extends ProviderContract {
    private static Moto moto;

    private final SecretProvider provider = provider(Map.of());

    @BeforeAll
    static void start() {
        moto = Moto.start();
    }

    @AfterAll
    static void stop() {
        moto.close();
    }

    @BeforeEach
    void forgetSecrets() {
        moto.reset();
    }

    @AfterEach
    void close() {
        provider.close();
    }

    @Test
    void plainStringIsFoundByItsName() throws Exception {
        moto.createSecret("plain", "hunter2");

        assertThat(value(provider, "$secret://aws/test/plain")).isEqualTo("hunter2");
    }

    @Test
    void nameMayHaveSlashesAndTheLongestWins() throws Exception {
        moto.createSecret("a/b/c", "longest");
        assertThat(value(provider, "$secret://aws/test/a/b/c")).isEqualTo("longest");

        moto.createSecret("a/b", "{\"c\": \"field of a/b\", \"d\": \"other\"}");
        assertThat(value(provider, "$secret://aws/test/a/b/c")).isEqualTo("longest");
        assertThat(value(provider, "$secret://aws/test/a/b/d")).isEqualTo("other");

        moto.createSecret("x", "{\"y/z\": \"field with a slash\"}");
        assertThat(value(provider, "$secret://aws/test/x/y/z")).isEqualTo("field with a slash");
    }

    @Test
    void binarySecretIsFoundWhole() throws Exception {
        moto.call(
                "CreateSecret",
                Map.of(
                        "Name",
                        "binary",
                        "SecretBinary",
                        Base64.getEncoder().encodeToString("hunter2".getBytes(StandardCharsets.UTF_8)),
                        "ClientRequestToken",
                        "11111111-1111-1111-1111-111111111111"));

        assertThat(value(provider, "$secret://aws/test/binary")).isEqualTo("hunter2");
    }

    @Test
    void fiftySecretsComeInBatches() throws Exception {
        List<FetchRequest> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            moto.createSecret("batch/" + i, "value-" + i);
            all.add(FetchRequest.of(SecretPath.current("batch/" + i), null));
        }

        Map<SecretPath, FetchResult> results = new HashMap<>();
        for (int from = 0; from < all.size(); from += provider.batchSize()) {
            results.putAll(provider.fetch(all.subList(from, Math.min(all.size(), from + provider.batchSize()))));
        }

        assertThat(provider.batchSize()).isEqualTo(20);
        for (int i = 0; i < 50; i++) {
            FetchResult result = Objects.requireNonNull(results.get(SecretPath.current("batch/" + i)));
            assertThat(text(((FetchResult.Found) result).version(), null)).isEqualTo("value-" + i);
        }
    }

    @Test
    void oneBadSecretDoesNotSpoilItsBatch() throws Exception {
        moto.createSecret("good", "value");
        moto.createSecret("deleted", "value");
        String version = moto.createSecret("known", "value");
        moto.scheduleDeletion("deleted");

        Map<SecretPath, FetchResult> results = provider.fetch(List.of(
                FetchRequest.of(SecretPath.current("good"), null),
                FetchRequest.of(SecretPath.current("nowhere"), null),
                FetchRequest.of(SecretPath.current("deleted"), null),
                FetchRequest.of(SecretPath.current("known"), version),
                FetchRequest.of(new SecretPath("good", null, "AWSPREVIOUS"), null)));

        assertThat(results.get(SecretPath.current("good"))).isInstanceOf(FetchResult.Found.class);
        assertThat(results.get(SecretPath.current("nowhere"))).isInstanceOf(FetchResult.Missing.class);
        assertThat(results.get(SecretPath.current("deleted"))).isInstanceOf(FetchResult.Gone.class);
        assertThat(results.get(SecretPath.current("known"))).isInstanceOf(FetchResult.Unchanged.class);
        assertThat(results.get(new SecretPath("good", null, "AWSPREVIOUS"))).isInstanceOf(FetchResult.Missing.class);
    }

    @Test
    void rotationKeepsTheVersionBefore() throws Exception {
        String first = moto.createSecret("rotated", "one");
        String second = moto.putSecretValue("rotated", "two");

        SecretVersion current = ((FetchResult.Found) resolve(provider, "$secret://aws/test/rotated")).version();
        SecretVersion previous =
                Objects.requireNonNull(provider.fetchPrevious(SecretPath.current("rotated"), current.id()));

        assertThat(current.id()).isEqualTo(second);
        assertThat(current.createdAt()).isNotNull();
        assertThat(text(current, null)).isEqualTo("two");
        assertThat(previous.id()).isEqualTo(first);
        assertThat(text(previous, null)).isEqualTo("one");
        assertThat(value(provider, "$secret://aws/test/rotated?stage=AWSPREVIOUS"))
                .isEqualTo("one");
        assertThat(value(provider, "$secret://aws/test/rotated?version=" + first))
                .isEqualTo("one");
    }

    @Test
    void secretThatWasNeverRotatedHasNoVersionBefore() throws Exception {
        String version = moto.createSecret("young", "one");

        assertThat(provider.fetchPrevious(SecretPath.current("young"), version)).isNull();
    }

    @Test
    void secretMarkedForDeletionIsGone() throws Exception {
        moto.createSecret("marked", "one");
        moto.scheduleDeletion("marked");

        assertThat(resolve(provider, "$secret://aws/test/marked"))
                .isEqualTo(new FetchResult.Gone("secret 'marked' is marked for deletion"));
    }

    @Test
    void keysAreReadAnewForEachCall() throws Exception {
        moto.createSecret("plain", "hunter2");
        Map<String, String> environment = new HashMap<>();
        environment.put("ID", "canary-id");
        environment.put("KEY", "canary-key");
        try (SecretProvider following = TestProviders.create(
                new AwsProviderFactory(),
                Map.of(
                        "endpoint_url", moto.uri().toString(),
                        "access_key_id", "$env://ID",
                        "secret_access_key", "$env://KEY",
                        "session_token", "token"),
                environment)) {
            assertThat(value(following, "$secret://aws/test/plain")).isEqualTo("hunter2");
            environment.remove("KEY");

            assertThatThrownBy(() -> value(following, "$secret://aws/test/plain"))
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION))
                    .hasMessageContaining("providers.aws.test.secret_access_key")
                    .asString()
                    .doesNotContain("canary");
        }
    }

    @Test
    void canaryIsWrittenAsANewVersionOfASecretThatIsThere() throws Exception {
        try (SecretProvider drilled = provider(Map.of("drill_path", "apisix/drill"));
                Secret value = Secret.ofUtf8("two")) {
            Canary canary = Objects.requireNonNull(drilled.canary());
            assertThatThrownBy(() -> canary.write(value))
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CONFIGURATION))
                    .hasMessageContaining("create it once");

            write("apisix/drill", Map.of("key", "one"));
            canary.write(value);

            assertThat(value(drilled, reference(canary.path(), Canary.FIELD))).isEqualTo("two");
            assertThat(value(drilled, reference(canary.path(), Canary.FIELD) + "?stage=AWSPREVIOUS"))
                    .isEqualTo("one");
        }
        assertThat(provider.canary())
                .as("nothing is written unless it is named")
                .isNull();
    }

    @Test
    void managerThatHangsIsLeftAfterTheTimeout() {
        moto.pause();
        try (SecretProvider impatient = provider(Map.of("timeout", "500ms"))) {
            long before = System.nanoTime();

            assertThatThrownBy(() -> resolve(impatient, "$secret://aws/test/plain"))
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
        } finally {
            moto.resume();
        }
    }

    /** On a virtual thread, as in the resolver: a platform thread would wait for the timeout. */
    @Test
    void waitingIsInterruptible() throws Exception {
        moto.pause();
        try {
            CompletableFuture<Throwable> outcome = new CompletableFuture<>();
            Thread asking = Thread.ofVirtual().start(() -> {
                try {
                    outcome.completeExceptionally(new AssertionError(
                            resolve(provider, "$secret://aws/test/plain").toString()));
                } catch (Exception e) {
                    outcome.complete(e);
                }
            });
            asking.join(Duration.ofMillis(300));
            asking.interrupt();

            assertThat(outcome).succeedsWithin(Duration.ofSeconds(2)).isInstanceOf(InterruptedException.class);
        } finally {
            moto.resume();
        }
    }

    @Test
    void managerThatIsNotThereIsUnavailable() {
        try (SecretProvider nowhere = provider(Map.of("endpoint_url", "http://127.0.0.1:1"))) {
            assertThatThrownBy(() -> resolve(nowhere, "$secret://aws/test/plain"))
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
                    .hasNoCause();
        }
    }

    @Test
    void everyProblemWithTheFieldsIsSaid() {
        assertThat(TestProviders.problems(
                        new AwsProviderFactory(),
                        Map.of("access_key_id", "a", "region", "Europe!", "endpoint_url", "moto", "role", "x")))
                .containsExactlyInAnyOrder(
                        "providers.aws.test.region: expected the name of a region, such as us-east-1",
                        "providers.aws.test.endpoint_url: expected an address such as https://host:8200, without user,"
                                + " password or query",
                        "providers.aws.test.secret_access_key: is required",
                        "providers.aws.test.role: is not a known field; known here: access, access_key_id, budget, cache, desc, drill_path, endpoint_url, events,"
                                + " external_id, inject, labels, max_concurrency, profile, region, role_arn, role_session_name,"
                                + " rotation, secret_access_key, session_token, sts_endpoint_url, timeout,"
                                + " tls, web_identity_token_file");
    }

    @Override
    protected SecretProvider provider() {
        return provider;
    }

    @Override
    protected void write(String name, Map<String, String> fields) {
        String value = JsonMapper.shared().writeValueAsString(fields);
        try {
            moto.putSecretValue(name, value);
        } catch (PeerFailedException e) {
            moto.createSecret(name, value);
        }
    }

    @Override
    protected void delete(String name) {
        moto.deleteSecret(name);
    }

    @Override
    protected String reference(String name, String field) {
        return "$secret://aws/test/" + name + "/" + field;
    }

    private static SecretProvider provider(Map<String, String> fields) {
        Map<String, String> all = new HashMap<>(Map.of(
                "endpoint_url", moto.uri().toString(), "access_key_id", "test", "secret_access_key", "canary-key"));
        all.putAll(fields);
        return TestProviders.create(new AwsProviderFactory(), all);
    }
}
