package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cloud pushes an event to the packaged runner, which then has the new key at once. */
final class PushedEventsTest {
    private static final String ACCOUNT = "push@my-project.iam.gserviceaccount.com";
    private static final String AUDIENCE = "https://runner.example/events/gcp";
    private static final String OLD = "the-key-before-the-rotation";
    private static final String NEW = "the-key-after-the-rotation";

    /** A version of the secret. */
    private record Version(int number, String key) {}

    @TempDir
    private Path directory;

    private final AtomicReference<Version> current = new AtomicReference<>(new Version(1, OLD));
    private KeyPair keys;
    private HttpServer cloud;

    @BeforeEach
    void start() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        keys = generator.generateKeyPair();
        cloud = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        cloud.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        cloud.createContext("/", this::answer);
        cloud.start();
    }

    @AfterEach
    void stop() {
        cloud.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        exchange.getRequestBody().readAllBytes();
        String body;
        if (path.equals("/certs")) {
            RSAPublicKey key = (RSAPublicKey) keys.getPublic();
            body = "{\"keys\": [{\"kty\": \"RSA\", \"kid\": \"k1\", \"alg\": \"RS256\", \"use\": \"sig\", \"n\": \""
                    + base64(unsigned(key.getModulus().toByteArray())) + "\", \"e\": \""
                    + base64(unsigned(key.getPublicExponent().toByteArray())) + "\"}]}";
        } else if (path.equals("/token")) {
            body = "{\"access_token\": \"a\", \"expires_in\": 3600, \"token_type\": \"Bearer\"}";
        } else {
            Version now = current.get();
            byte[] value = ("{\"key\": \"" + now.key() + "\"}").getBytes(StandardCharsets.UTF_8);
            CRC32C checksum = new CRC32C();
            checksum.update(value);
            body = "{\"name\": \"projects/7/secrets/jack/versions/" + now.number() + "\", \"payload\": {\"data\": \""
                    + Base64.getEncoder().encodeToString(value) + "\", \"dataCrc32c\": \"" + checksum.getValue()
                    + "\"}}";
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static byte[] unsigned(byte[] number) {
        return number[0] == 0 ? Arrays.copyOfRange(number, 1, number.length) : number;
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private String token(String account) throws GeneralSecurityException {
        String text = base64("{\"alg\": \"RS256\", \"kid\": \"k1\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64(("{\"iss\": \"https://accounts.google.com\", \"aud\": \"" + AUDIENCE + "\", \"email\": \""
                                + account
                                + "\", \"email_verified\": true, \"exp\": "
                                + Instant.now().plusSeconds(600).getEpochSecond() + "}")
                        .getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(keys.getPrivate());
        signature.update(text.getBytes(StandardCharsets.US_ASCII));
        return text + "." + base64(signature.sign());
    }

    @Test
    void pushedEventMakesARotationImmediate() throws Exception {
        String uri = "http://127.0.0.1:" + cloud.getAddress().getPort();
        String key = Base64.getMimeEncoder().encodeToString(keys.getPrivate().getEncoded());
        RunnerProcess.consumers(
                directory, "consumers: [{username: jack, plugins: {key-auth: {key: $secret://gcp/prod/jack/key}}}]");
        String yaml = RunnerProcess.consumersFromFile(directory) + """
                events:
                  gcp: {audience: "%1$s", service-account: %2$s, keys-url: "%3$s/certs"}
                providers:
                  gcp:
                    prod:
                      cache: {ttl: 30m}
                      auth_config: {client_email: a@b.example, project_id: p, token_uri: "%3$s/token", entries_uri: "%3$s/v1",
                                    private_key: $env://KEY_OF_TEST}
                """.formatted(AUDIENCE, ACCOUNT, uri);
        Map<String, String> environment =
                Map.of("KEY_OF_TEST", "-----BEGIN PRIVATE KEY-----\n" + key + "\n-----END PRIVATE KEY-----\n");
        try (RunnerProcess runner = RunnerProcess.start(directory, yaml, environment);
                HttpClient http = HttpClient.newHttpClient()) {
            runner.awaitStatus(200, OLD);
            current.set(new Version(2, NEW));

            assertThat(push(http, runner, "/events/gcp", token("other@my-project.iam.gserviceaccount.com"))
                            .statusCode())
                    .isEqualTo(401);
            assertThat(push(http, runner, "/events/azure", token(ACCOUNT)).statusCode())
                    .isEqualTo(404);
            assertThat(runner.statusFor(NEW)).isEqualTo(401);
            long begun = System.nanoTime();
            HttpResponse<String> answer = push(http, runner, "/events/gcp", token(ACCOUNT));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"refreshing\":[\"gcp/prod/jack\"]}");
            runner.awaitStatus(200, NEW);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
        }
    }

    private static HttpResponse<String> push(HttpClient http, RunnerProcess runner, String path, String token)
            throws Exception {
        String event = """
                {"subscription": "projects/p/subscriptions/s", "message": {"messageId": "1", "attributes": {
                 "eventType": "SECRET_VERSION_ADD", "secretId": "projects/7/secrets/jack"}}}""";
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + runner.managementPort() + path))
                        .header("Authorization", "Bearer " + token)
                        .POST(BodyPublishers.ofString(event))
                        .build(),
                BodyHandlers.ofString());
    }
}
