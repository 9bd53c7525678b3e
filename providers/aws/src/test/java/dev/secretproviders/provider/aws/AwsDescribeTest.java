package dev.secretproviders.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.peers.Moto;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.RecordingProxy;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** DescribeSecret of moto shows that a secret is unchanged; its value is read only if it has changed. */
final class AwsDescribeTest {
    private static Moto moto;

    private RecordingProxy proxy;
    private SecretProvider provider;

    @BeforeAll
    static void startMoto() {
        moto = Moto.start();
    }

    @AfterAll
    static void stopMoto() {
        moto.close();
    }

    @BeforeEach
    void start() throws IOException {
        moto.reset();
        proxy = RecordingProxy.before(moto.uri());
        provider = provider(proxy.uri());
    }

    @AfterEach
    void stop() {
        provider.close();
        proxy.close();
    }

    private static SecretProvider provider(URI endpoint) {
        return TestProviders.create(
                new AwsProviderFactory(),
                Map.of("endpoint_url", endpoint.toString(), "access_key_id", "id", "secret_access_key", "key"));
    }

    private static FetchResult fetch(SecretProvider provider, SecretPath path, @Nullable String known)
            throws Exception {
        return Objects.requireNonNull(
                provider.fetch(List.of(FetchRequest.of(path, known))).get(path));
    }

    private FetchResult fetch(String name, @Nullable String known) throws Exception {
        return fetch(provider, SecretPath.current(name), known);
    }

    private static String version(FetchResult result) {
        try (var content = ((FetchResult.Found) result).version().content()) {
            assertThat(content).isNotNull();
        }
        return ((FetchResult.Found) result).version().id();
    }

    @Test
    void valueOfAnUnchangedSecretIsNotReadAgain() throws Exception {
        String version = moto.createSecret("unchanged", "one");
        assertThat(version(fetch("unchanged", null))).isEqualTo(version);
        assertThat(proxy.takeRequests()).containsExactly("GetSecretValue");

        assertThat(fetch("unchanged", version)).isEqualTo(new FetchResult.Unchanged(false));
        assertThat(proxy.takeRequests()).containsExactly("DescribeSecret");
    }

    @Test
    void rotationIsNoticedByTheCheck() throws Exception {
        String first = moto.createSecret("rotated", "one");
        String second = moto.putSecretValue("rotated", "two");

        assertThat(version(fetch("rotated", first))).isEqualTo(second);
        assertThat(proxy.takeRequests()).containsExactly("DescribeSecret", "GetSecretValue");
    }

    @Test
    void stageIsFollowedByItsOwnName() throws Exception {
        String first = moto.createSecret("staged", "one");
        String second = moto.putSecretValue("staged", "two");
        SecretPath previous = new SecretPath("staged", null, "AWSPREVIOUS");

        assertThat(fetch(provider, previous, first)).isEqualTo(new FetchResult.Unchanged(false));
        assertThat(version(fetch(provider, previous, second))).isEqualTo(first);
    }

    @Test
    void secretMarkedForDeletionIsGoneAndOneThatIsNotThereMissing() throws Exception {
        String version = moto.createSecret("marked", "one");
        moto.scheduleDeletion("marked");
        assertThat(fetch("marked", version)).isInstanceOf(FetchResult.Gone.class);
        assertThat(fetch("nowhere", version)).isInstanceOf(FetchResult.Missing.class);
    }

    @Test
    void severalSecretsAreOneBatchBecauseThatIsFewerCalls() throws Exception {
        String a = moto.createSecret("a", "one");
        String b = moto.createSecret("b", "two");

        Map<SecretPath, FetchResult> results = provider.fetch(
                List.of(FetchRequest.of(SecretPath.current("a"), a), FetchRequest.of(SecretPath.current("b"), b)));
        assertThat(results.values()).containsOnly(new FetchResult.Unchanged(true));
        assertThat(proxy.takeRequests()).containsExactly("BatchGetSecretValue");
    }

    /** moto enforces no policies with the options that it is started with. */
    @Test
    void rightToReadValuesOnlyIsEnoughAndTheCheckIsTriedOnce() throws Exception {
        List<String> operations = new CopyOnWriteArrayList<>();
        HttpServer narrow = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        narrow.createContext("/", exchange -> {
            String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
            operations.add(target.substring(target.indexOf('.') + 1));
            boolean allowed = target.endsWith("GetSecretValue");
            byte[] body = (allowed ? """
                            {"Name": "a", "ARN": "arn:aws:secretsmanager:eu-1:1:secret:a-x", "VersionId": "v1", "SecretString": "s"}""" : "{\"__type\": \"AccessDeniedException\", \"Message\": \"no\"}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
            exchange.sendResponseHeaders(allowed ? 200 : 400, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        narrow.start();
        try (SecretProvider values =
                provider(URI.create("http://127.0.0.1:" + narrow.getAddress().getPort()))) {
            SecretPath a = SecretPath.current("a");
            assertThat(fetch(values, a, "v1")).isEqualTo(new FetchResult.Unchanged(true));
            assertThat(operations).containsExactly("DescribeSecret", "GetSecretValue");
            assertThat(version(fetch(values, a, "v0"))).isEqualTo("v1");
            assertThat(operations).containsExactly("DescribeSecret", "GetSecretValue", "GetSecretValue");
        } finally {
            narrow.stop(0);
        }
    }
}
