package dev.secretproviders.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.peers.FaultProxy;
import dev.secretproviders.peers.Moto;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Roles of moto's STS. It does not check permissions, so our requests go through a server that records them.
 */
final class AwsLoginTest {
    private static final String ROLE = "arn:aws:iam::123456789012:role/apisix";
    private static final String REFERENCE = "$secret://aws/test/plain";
    private static final List<Sent> SENT = new CopyOnWriteArrayList<>();
    private static final HttpClient FORWARDING = HttpClient.newHttpClient();
    private static Moto moto;
    private static HttpServer recorder;

    /** Access keys that Secrets Manager no longer accepts; an empty one stands for all. */
    private static final Set<String> ENDED = ConcurrentHashMap.newKeySet();
    /** The answer of STS instead of moto's; null for moto's own. */
    private static final AtomicReference<@Nullable Refusal> refusal = new AtomicReference<>();

    record Sent(String signature, String body) {}

    record Refusal(int status, String code) {}

    @BeforeAll
    static void start() throws IOException {
        moto = Moto.start();
        moto.createSecret("plain", "hunter2");
        recorder = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        recorder.createContext("/", AwsLoginTest::forward);
        recorder.start();
    }

    @AfterAll
    static void stop() {
        recorder.stop(0);
        FORWARDING.shutdownNow();
        moto.close();
    }

    @BeforeEach
    void forget() {
        SENT.clear();
        refusal.set(null);
        ENDED.clear();
    }

    @Test
    void roleIsTakenOnWithItsExternalIdAndItsKeysSign() throws Exception {
        try (SecretProvider provider = provider(Map.of(
                "access_key_id", "AKIAOWN",
                "secret_access_key", "own",
                "role_arn", ROLE,
                "external_id", "shared with the owner",
                "role_session_name", "gateway-1"))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("hunter2");
        }

        Sent assuming = sent("Action=AssumeRole");
        assertThat(assuming.signature()).contains("Credential=AKIAOWN/");
        assertThat(assuming.body())
                .contains("RoleArn=" + ROLE, "ExternalId=shared with the owner", "RoleSessionName=gateway-1");
        assertThat(SENT.getLast().signature()).contains("Credential=ASIA");
    }

    @Test
    void roleIsKeptForLaterCalls() throws Exception {
        try (SecretProvider provider =
                provider(Map.of("access_key_id", "AKIAOWN", "secret_access_key", "own", "role_arn", ROLE))) {
            ProviderContract.value(provider, REFERENCE);
            ProviderContract.value(provider, REFERENCE);
        }

        assertThat(SENT)
                .filteredOn(sent -> sent.body().contains("Action=AssumeRole"))
                .hasSize(1);
    }

    /** AWS can end the sessions of a role at any time; the role is assumed again within the same call. */
    @Test
    void roleWhoseSessionWasEndedIsTakenOnAnew(@TempDir Path temp) throws Exception {
        Path token = Files.writeString(temp.resolve("token"), "header.claims.signature");
        try (SecretProvider assumed =
                        provider(Map.of("access_key_id", "AKIAOWN", "secret_access_key", "own", "role_arn", ROLE));
                SecretProvider web = provider(Map.of("web_identity_token_file", token.toString(), "role_arn", ROLE))) {
            for (SecretProvider provider : List.of(assumed, web)) {
                assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("hunter2");
                ENDED.add(accessKey(SENT.getLast()));

                assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("hunter2");
                assertThat(ENDED).doesNotContain(accessKey(SENT.getLast()));
            }
        }
    }

    /** A manager that rejects every credential is asked twice, not forever. */
    @Test
    void newSessionThatIsRefusedTooIsACredentialProblem() {
        try (SecretProvider provider =
                provider(Map.of("access_key_id", "AKIAOWN", "secret_access_key", "own", "role_arn", ROLE))) {
            ENDED.add("");

            assertKind(provider, Kind.AUTHENTICATION);
        }

        assertThat(SENT).filteredOn(sent -> sent.body().contains("AssumeRole")).hasSize(2);
        assertThat(SENT).hasSize(4);
    }

    @Test
    void webIdentityIsShownWithoutAnyKey(@TempDir Path temp) throws Exception {
        Path token = Files.writeString(temp.resolve("token"), "header.claims.signature");

        try (SecretProvider provider =
                provider(Map.of("web_identity_token_file", token.toString(), "role_arn", ROLE))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("hunter2");
        }

        Sent assuming = sent("Action=AssumeRoleWithWebIdentity");
        assertThat(assuming.signature()).isEmpty();
        assertThat(assuming.body()).contains("WebIdentityToken=header.claims.signature", "RoleArn=" + ROLE);
        assertThat(SENT.getLast().signature()).contains("Credential=ASIA");
    }

    @Test
    void webIdentityWithoutItsFileIsACredentialProblem(@TempDir Path temp) {
        String file = temp.resolve("nowhere").toString();
        try (SecretProvider provider = provider(Map.of("web_identity_token_file", file, "role_arn", ROLE))) {
            assertThatThrownBy(() -> ProviderContract.value(provider, REFERENCE))
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION));
        }
    }

    /** Keys that may not assume the role: neither an outage nor a missing permission for a secret. */
    @ParameterizedTest
    @CsvSource({
        "403,AccessDenied,AUTHENTICATION",
        "403,InvalidClientTokenId,AUTHENTICATION",
        "400,ExpiredTokenException,AUTHENTICATION",
        "403,ExpiredToken,AUTHENTICATION",
        "400,InvalidIdentityToken,AUTHENTICATION",
        "400,IDPCommunicationError,UNAVAILABLE",
        "400,Throttling,THROTTLED",
        "503,ServiceUnavailable,UNAVAILABLE",
        "500,InternalFailure,UNAVAILABLE"
    })
    void refusalOfTheRoleIsNamedRight(int status, String code, Kind kind, @TempDir Path temp) throws Exception {
        Path token = Files.writeString(temp.resolve("token"), "header.claims.signature");
        refusal.set(new Refusal(status, code));

        try (SecretProvider assumed =
                        provider(Map.of("access_key_id", "AKIAOWN", "secret_access_key", "own", "role_arn", ROLE));
                SecretProvider web = provider(Map.of("web_identity_token_file", token.toString(), "role_arn", ROLE))) {
            assertKind(assumed, kind);
            assertKind(web, kind);
        }
    }

    @Test
    void stsThatIsOutOfReachIsAnOutage(@TempDir Path temp) throws Exception {
        Path token = Files.writeString(temp.resolve("token"), "header.claims.signature");
        Map<String, String> keys = Map.of("access_key_id", "AKIAOWN", "secret_access_key", "own");
        try (FaultProxy sts = FaultProxy.before(moto.uri())) {
            Map<String, String> there =
                    Map.of("role_arn", ROLE, "sts_endpoint_url", sts.uri().toString());
            try (SecretProvider assumed = provider(keys, there);
                    SecretProvider web = provider(Map.of("web_identity_token_file", token.toString()), there);
                    SecretProvider unknownHost = provider(
                            keys, Map.of("role_arn", ROLE, "sts_endpoint_url", "https://sts.no-such-host.invalid"))) {
                sts.refuse();
                assertKind(assumed, Kind.UNAVAILABLE);
                assertKind(web, Kind.UNAVAILABLE);
                assertKind(unknownHost, Kind.UNAVAILABLE);
                sts.blackHole();
                assertKind(assumed, Kind.TIMEOUT);
                sts.forward();
                assertThat(ProviderContract.value(assumed, REFERENCE)).isEqualTo("hunter2");
                assertThat(ProviderContract.value(web, REFERENCE)).isEqualTo("hunter2");
            }
        }
    }

    @Test
    void profileThatIsNotThereIsACredentialProblem() {
        try (SecretProvider provider = provider(Map.of("profile", "no-such-profile-here"))) {
            assertThatThrownBy(() -> ProviderContract.value(provider, REFERENCE))
                    .isInstanceOfSatisfying(ProviderException.class, e -> {
                        assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION);
                        assertThat(e)
                                .hasMessageContaining("no-such-profile-here")
                                .hasNoCause();
                    });
        }
    }

    @Test
    void fieldsThatContradictEachOtherAreTold() {
        assertThat(TestProviders.problems(
                        new AwsProviderFactory(),
                        Map.of(
                                "profile", "p",
                                "access_key_id", "i",
                                "secret_access_key", "k",
                                "role_arn", "apisix",
                                "role_session_name", "a b",
                                "external_id", "e",
                                "web_identity_token_file", "/t")))
                .containsExactlyInAnyOrder(
                        "providers.aws.test.profile: cannot be used together with access_key_id, secret_access_key;"
                                + " write one of them",
                        "providers.aws.test.role_arn: expected a role such as arn:aws:iam::123456789012:role/apisix",
                        "providers.aws.test.role_session_name: expected 2 to 64 letters, digits and characters of"
                                + " _+=,.@-",
                        "providers.aws.test.web_identity_token_file: cannot be used together with access_key_id,"
                                + " secret_access_key, profile, external_id; write one of them");
        assertThat(TestProviders.problems(new AwsProviderFactory(), Map.of("external_id", "e")))
                .containsExactly("providers.aws.test.external_id: needs role_arn");
    }

    private static String accessKey(Sent sent) {
        return sent.signature().replaceAll(".*Credential=([^/]*)/.*", "$1");
    }

    private static Sent sent(String action) {
        return SENT.stream()
                .filter(sent -> (sent.body() + "&").contains(action + "&"))
                .findFirst()
                .orElseThrow();
    }

    private static void assertKind(SecretProvider provider, Kind kind) {
        assertThatThrownBy(() -> ProviderContract.value(provider, REFERENCE))
                .isInstanceOfSatisfying(ProviderException.class, e -> {
                    assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
                    assertThat(e).hasMessageNotContaining("canary").hasNoCause();
                });
    }

    private static SecretProvider provider(Map<String, String> fields) {
        return provider(fields, Map.of());
    }

    private static SecretProvider provider(Map<String, String> fields, Map<String, String> more) {
        String uri = "http://127.0.0.1:" + recorder.getAddress().getPort();
        Map<String, String> all = new HashMap<>(fields);
        all.put("endpoint_url", uri);
        all.put("sts_endpoint_url", uri);
        all.putAll(more);
        return TestProviders.create(new AwsProviderFactory(), all);
    }

    private static void forward(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String signature =
                Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Authorization"), "");
        SENT.add(new Sent(
                signature, URLDecoder.decode(new String(body, StandardCharsets.UTF_8), StandardCharsets.UTF_8)));
        Refusal refused = refusal.get();
        if (refused != null && exchange.getRequestHeaders().getFirst("X-Amz-Target") == null) {
            byte[] answer = "<ErrorResponse><Error><Code>%s</Code><Message>canary</Message></Error></ErrorResponse>"
                    .formatted(refused.code())
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/xml");
            exchange.sendResponseHeaders(refused.status(), answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
            return;
        }
        boolean ended = ENDED.contains("") || ENDED.contains(accessKey(SENT.getLast()));
        if (ended && exchange.getRequestHeaders().getFirst("X-Amz-Target") != null) {
            byte[] answer =
                    "{\"__type\": \"ExpiredTokenException\", \"message\": \"canary\"}".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
            exchange.sendResponseHeaders(400, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
            return;
        }
        HttpRequest.Builder request =
                HttpRequest.newBuilder(moto.uri().resolve("/")).POST(HttpRequest.BodyPublishers.ofByteArray(body));
        for (String header : List.of("Authorization", "Content-Type", "X-Amz-Target", "X-Amz-Date")) {
            String value = exchange.getRequestHeaders().getFirst(header);
            if (value != null) {
                request.header(header, value);
            }
        }
        try {
            var answer = FORWARDING.send(request.build(), BodyHandlers.ofByteArray());
            answer.headers()
                    .firstValue("Content-Type")
                    .ifPresent(type -> exchange.getResponseHeaders().set("Content-Type", type));
            exchange.sendResponseHeaders(answer.statusCode(), answer.body().length);
            exchange.getResponseBody().write(answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            exchange.close();
        }
    }
}
