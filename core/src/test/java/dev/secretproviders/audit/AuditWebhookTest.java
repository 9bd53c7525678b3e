package dev.secretproviders.audit;

import static dev.secretproviders.audit.AuditFixture.event;
import static dev.secretproviders.audit.AuditFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.secretproviders.certificate.TestCertificates;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.sink.AuditSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Records that are posted to a webhook, by HTTPS to a real server. */
@Timeout(60)
class AuditWebhookTest extends WithAuditLog {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String KEY = "the-first-key-of-the-webhook-0123456789";
    private static final Pattern SIGNATURE = Pattern.compile("t=(\\d+),v1=([0-9a-f]{64})");

    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger status = new AtomicInteger(204);
    private final TestCertificates.Issued authority =
            TestCertificates.authority("A root").make();
    private HttpsServer server;
    private Path key;

    /** What the server got. */
    private record Request(String event, String signature, String body) {}

    @BeforeEach
    void prepare() throws Exception {
        key = Files.writeString(temp.resolve("key"), KEY + "\n");
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        TestCertificates.Issued own =
                TestCertificates.server("localhost").by(authority).make();
        TlsSettings tls = TlsSettings.ofPem(
                null,
                own.pem().getBytes(StandardCharsets.US_ASCII),
                own.key().getBytes(StandardCharsets.US_ASCII),
                true);
        server.setHttpsConfigurator(new HttpsConfigurator(Objects.requireNonNull(tls.context())));
        server.createContext("/", this::handle);
        server.start();
    }

    @AfterEach
    void end() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        requests.add(new Request(
                exchange.getRequestHeaders().getFirst("Secret-Providers-Event"),
                exchange.getRequestHeaders().getFirst("Secret-Providers-Signature"),
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
        exchange.getResponseHeaders().set("Location", "https://localhost:1/elsewhere");
        exchange.sendResponseHeaders(status.get(), -1);
        exchange.close();
    }

    private AuditLog delivering(TestCertificates.Issued trusted) throws IOException {
        Path authorities = Files.writeString(temp.resolve("ca.pem"), trusted.own());
        TestCertificates.Issued client =
                TestCertificates.server("runner").by(authority).forClients().make();
        Path certificate = Files.writeString(temp.resolve("client.pem"), client.own());
        Path privateKey = Files.writeString(temp.resolve("client.key"), client.key());
        Problems problems = new Problems();
        Settings section = Settings.root(
                        Map.of(
                                "audit",
                                Map.of(
                                        "webhook",
                                        Map.of(
                                                "url",
                                                "https://localhost:"
                                                        + server.getAddress().getPort() + "/hook",
                                                "secret-file",
                                                key.toString(),
                                                "tls",
                                                Map.of(
                                                        "ca_file",
                                                        authorities.toString(),
                                                        "cert_file",
                                                        certificate.toString(),
                                                        "key_file",
                                                        privateKey.toString())))),
                        problems)
                .section("audit");
        AuditSettings settings = AuditSettings.read(section, Map.of());
        assertThat(problems.lines()).isEmpty();
        assertThat(section.ownFiles("")).containsExactlyInAnyOrder(key, certificate, privateKey);
        AuditLog log = fixture.another();
        settings.deliveries().forEach(target -> log.deliver(target, true));
        return log;
    }

    /** Checks a request as the documentation tells receivers to. */
    private static boolean isGenuine(Request request, String key) throws Exception {
        Matcher matcher = SIGNATURE.matcher(request.signature());
        assertThat(matcher.matches()).as(request.signature()).isTrue();
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String signed = matcher.group(1) + "." + request.body();
        Instant at = Instant.ofEpochSecond(Long.parseLong(matcher.group(1)));
        return HexFormat.of()
                        .formatHex(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)))
                        .equals(matcher.group(2))
                && Duration.between(at, Instant.now()).abs().compareTo(Duration.ofMinutes(5)) < 0;
    }

    @Test
    void eachRecordIsPostedByteForByteWithASignature() throws Exception {
        AuditLog log = delivering(authority);
        log.record(event("provider/vault/\u00e4"));
        log.record(AuditEvent.failed(EventCode.PROVIDER_UPDATE_FORCED, AuditFixture.JANE, "p", "no"));

        await().atMost(SOON).until(() -> requests.size() == 2);
        Request first = requests.getFirst();
        assertThat(first.body()).isEqualTo(text(fixture.storedRecord(1)));
        assertThat(requests)
                .extracting(Request::event)
                .containsExactly("provider.create", "provider.update-forced.failed");
        for (Request request : requests) {
            assertThat(isGenuine(request, KEY)).isTrue();
            assertThat(isGenuine(request, KEY + "x")).isFalse();
            assertThat(request.toString()).doesNotContain(KEY);
        }
        assertThat(isGenuine(new Request("", first.signature(), first.body() + " "), KEY))
                .isFalse();
    }

    @Test
    void newKeyInTheFileSignsTheNextRecord() throws Exception {
        AuditLog log = delivering(authority);
        log.record(event("p1"));
        await().atMost(SOON).until(() -> requests.size() == 1);
        String next = "the-second-key-of-the-webhook-0123456789";
        Files.writeString(key, next);
        log.record(event("p2"));

        await().atMost(SOON).until(() -> requests.size() == 2);
        assertThat(isGenuine(requests.getLast(), next)).isTrue();
    }

    @Test
    void recordIsRepeatedUntilTheReceiverAcceptsIt() throws Exception {
        status.set(500);
        AuditLog log = delivering(authority);
        log.record(event("p1"));
        log.record(event("p2"));
        await().atMost(SOON).until(() -> log.copies().failures() > 1);
        assertThat(requests).extracting(Request::body).allMatch(body -> body.contains("\"p1\""));
        status.set(200);

        await().atMost(SOON).until(() -> requests.getLast().body().contains("\"p2\""));
        assertThat(log.copies().lost()).isZero();
    }

    /** A receiver that is not the one of the configuration must not learn the records. */
    @Test
    void redirectIsNotFollowed() throws Exception {
        status.set(307);
        AuditLog log = delivering(authority);
        log.record(event("p1"));

        await().atMost(SOON).until(() -> log.copies().failures() > 0);
    }

    @Test
    void serverWithACertificateOfAnotherAuthorityGetsNothing() throws Exception {
        AuditLog log = delivering(TestCertificates.authority("Another root").make());
        log.record(event("p1"));

        await().atMost(SOON).until(() -> log.copies().failures() > 0);
        assertThat(requests).isEmpty();
    }

    @Test
    void keyThatCannotBeReadSendsNothing() throws Exception {
        AuditLog log = delivering(authority);
        Files.writeString(key, "short");
        log.record(event("p1"));

        await().atMost(SOON).until(() -> log.copies().failures() > 0);
        assertThat(requests).isEmpty();
        Files.writeString(key, KEY);
        await().atMost(SOON).until(() -> !requests.isEmpty());
    }
}
