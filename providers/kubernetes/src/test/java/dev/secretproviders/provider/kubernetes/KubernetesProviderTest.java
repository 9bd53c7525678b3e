package dev.secretproviders.provider.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.LiveThreads;
import dev.secretproviders.provider.shared.SlowServer;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Kubernetes client against {@link ApiServer}. */
final class KubernetesProviderTest extends ProviderContract {
    private static final Duration SOON = Duration.ofSeconds(5);

    private ApiServer cluster;
    private SecretProvider provider;

    @BeforeEach
    void start() throws IOException {
        cluster = new ApiServer();
        provider = provider(cluster.address().toString(), "30s");
    }

    @AfterEach
    void stop() {
        provider.close();
        cluster.close();
    }

    @Test
    void secretThatIsBeingDeletedIsGone() throws Exception {
        cluster.put("shop", "jack", Map.of("key", "one"));
        cluster.delete("shop", "jack", true);

        assertThat(resolve(provider, "$secret://kubernetes/test/shop/jack/key")).isInstanceOf(FetchResult.Gone.class);
    }

    @ParameterizedTest
    @CsvSource({
        "403,PERMISSION",
        "429,THROTTLED",
        "500,UNAVAILABLE",
        "503,UNAVAILABLE",
        "504,TIMEOUT",
        "400,CONFIGURATION"
    })
    void refusalsAreToldApartAndNotQuoted(int status, Kind kind) {
        cluster.readStatus(status);

        assertThatThrownBy(this::ask)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .satisfies(e -> assertThat(Throwables.getStackTrace(e)).doesNotContain(ApiServer.CANARY));
    }

    @Test
    void notFoundOfAProxySaysNothingAboutTheSecret() {
        cluster.behindProxy();

        assertThatThrownBy(this::ask)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID_ANSWER));
    }

    @Test
    void refusedTokenIsNoOutage() {
        cluster.expect("another");

        assertThatThrownBy(provider::check)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION))
                .hasMessageNotContaining("token-1");
    }

    @Test
    void checkNeedsNoRight() throws Exception {
        cluster.readStatus(403);

        provider.check();
    }

    @Test
    void clusterThatIsNotThereIsUnavailable() throws Exception {
        cluster.put("shop", "jack", Map.of("key", "one"));
        assertThat(value(provider, "$secret://kubernetes/test/shop/jack/key")).isEqualTo("one");

        cluster.close();

        assertThatThrownBy(this::ask)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
    }

    @Test
    void silentClusterIsATimeout() throws Exception {
        try (ServerSocket silent = new ServerSocket(0);
                SecretProvider impatient = provider("http://127.0.0.1:" + silent.getLocalPort(), "300ms")) {
            assertThatThrownBy(impatient::check)
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$secret://kubernetes/test/shop/jack",
                "$secret://kubernetes/test/shop/jack/key/more",
                "$secret://kubernetes/test/Shop/jack/key",
                "$secret://kubernetes/test/shop/jack%2F/key",
                "$secret://kubernetes/test/shop/jack/ke:y",
                "$secret://kubernetes/test/shop/jack/key?version=3"
            })
    void referenceThatLeadsElsewhereHasNoMeaning(String reference) {
        assertThatThrownBy(() -> provider.addresses(SecretReference.parse(reference)))
                .isInstanceOf(InvalidReferenceException.class);
    }

    @ParameterizedTest
    @EnumSource(names = {"SILENT", "TRICKLING"})
    void answerThatNeverEndsIsGivenUpInTimeTogetherWithItsConnection(SlowServer.Manner manner) throws Exception {
        try (SlowServer slow = new SlowServer(manner);
                SecretProvider impatient = provider(slow.address().toString(), "500ms")) {
            long start = System.nanoTime();
            assertThatThrownBy(impatient::check)
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
            assertThat(slow.accepted()).isEqualTo(1);
            assertThat(slow.awaitAllClosed(SOON)).isTrue();
        }
    }

    @Test
    void halfAnAnswerIsAnOutage() throws Exception {
        try (SlowServer broken = new SlowServer(SlowServer.Manner.BREAKING_OFF);
                SecretProvider asked = provider(broken.address().toString(), "30s")) {
            assertThatThrownBy(asked::check)
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
                    .hasNoCause();
        }
    }

    @Test
    void closingEndsReadsAndWatchesThatAreUnderWay() throws Exception {
        LiveThreads threads = new LiveThreads();
        try (SlowServer slow = new SlowServer(SlowServer.Manner.SILENT)) {
            SecretProvider closing = provider(slow.address().toString(), "1m");
            closing.onChange(paths -> {});
            CompletableFuture<Kind> ended = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    resolve(closing, "$secret://kubernetes/test/shop/jack/key");
                    ended.completeExceptionally(new AssertionError("an unexpected answer"));
                } catch (ProviderException e) {
                    ended.complete(e.kind());
                } catch (Exception e) {
                    ended.completeExceptionally(e);
                }
            });
            slow.awaitAccepted(SOON);
            slow.awaitAccepted(SOON);
            assertThat(threads.with("watch secrets of shop")).hasSize(1);

            closing.close();

            assertThat(ended.get(5, TimeUnit.SECONDS)).isEqualTo(Kind.UNAVAILABLE);
            assertThat(slow.awaitAllClosed(SOON)).isTrue();
            assertThat(threads.awaitNoneWith(SOON, "watch secrets of shop", "secretproviders.provider.kubernetes"))
                    .isEmpty();
        }
    }

    /** Okio keeps its read buffers for the whole process, until they are reused. */
    @Test
    void buffersOfTheHttpClientHoldNothingOfTheAnswer() throws Exception {
        String value = "planted-canary-".repeat(50);
        cluster.put("shop", "jack", Map.of("key", value));

        assertThat(value(provider, "$secret://kubernetes/test/shop/jack/key")).isEqualTo(value);

        StringBuilder pooled = new StringBuilder();
        try (Buffer buffer = new Buffer();
                Buffer.UnsafeCursor cursor = buffer.readAndWriteUnsafe(new Buffer.UnsafeCursor())) {
            for (int i = 0; i < 8; i++) {
                cursor.expandBuffer(8_192);
                pooled.append(new String(Objects.requireNonNull(cursor.data), 0, 8_192, StandardCharsets.ISO_8859_1));
            }
        }
        assertThat(pooled).hasSize(65_536);
        assertThat(pooled.toString())
                .doesNotContain(
                        "token-1",
                        Base64.getEncoder()
                                .encodeToString(value.substring(0, 30).getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    protected SecretProvider provider() {
        return provider;
    }

    @Override
    protected void write(String name, Map<String, String> fields) {
        cluster.put("shop", name.toLowerCase(Locale.ROOT), fields);
    }

    @Override
    protected void delete(String name) {
        cluster.delete("shop", name.toLowerCase(Locale.ROOT), false);
    }

    @Override
    protected String reference(String name, String field) {
        return "$secret://kubernetes/test/shop/" + name.toLowerCase(Locale.ROOT) + "/" + field;
    }

    private void ask() throws Exception {
        if (resolve(provider, "$secret://kubernetes/test/shop/jack/key") instanceof FetchResult.Failed(var cause)) {
            throw cause;
        }
    }

    private static SecretProvider provider(String address, String timeout) {
        return TestProviders.create(
                new KubernetesProviderFactory(),
                Map.of("apiserver_addr", address, "token", "token-1", "timeout", timeout));
    }
}
