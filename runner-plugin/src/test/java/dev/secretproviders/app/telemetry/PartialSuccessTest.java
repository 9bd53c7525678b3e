package dev.secretproviders.app.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.app.settings.OtlpSettings;
import dev.secretproviders.audit.CopyStatus;
import dev.secretproviders.provider.shared.TlsSettings;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a collector rejects although it answers 200. */
class PartialSuccessTest {
    /** A message with one rejected record, and the reason "canary". */
    private static final byte[] ONE = HexFormat.of().parseHex("0a0a0801120663616e617279");

    private final AtomicInteger requests = new AtomicInteger();
    private HttpServer collector;
    private volatile byte[] answer = ONE;

    @TempDir
    private Path directory;

    @BeforeEach
    void start() throws IOException {
        collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/", this::handle);
        collector.start();
    }

    @AfterEach
    void stop() {
        collector.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        requests.incrementAndGet();
        exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
        byte[] body = answer;
        exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    private URI base() {
        return URI.create("http://127.0.0.1:" + collector.getAddress().getPort());
    }

    @Test
    void rejectedAuditRecordIsCountedAsLostAndNotSentAgain() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            admin.audit.deliver(
                    new OtlpLogTarget(
                            new OtlpSettings(base(), Map.of(), Duration.ofSeconds(10), TlsSettings.DEFAULT), "here"),
                    true);
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(status(admin).waiting()).isZero());
            long lost = status(admin).lost();
            int sent = requests.get();
            assertThat(lost).isEqualTo(sent).isPositive();

            answer = new byte[0];
            admin.put("/admin/providers/local/own", "{}").expect(201);
            await().atMost(Duration.ofSeconds(20)).until(() -> requests.get() > sent);

            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(status(admin).waiting()).isZero());
            assertThat(status(admin).lost()).isEqualTo(lost);
            assertThat(status(admin).failures()).isZero();
        }
    }

    private static CopyStatus status(AdminFixture admin) {
        return admin.audit.copies().statuses().stream()
                .filter(copies -> copies.target().equals("otlp"))
                .findAny()
                .orElseThrow();
    }

    @Test
    void rejectedSpansAreTakenOnce() {
        PartialSuccess partial = new PartialSuccess();
        ReportingExporter exporter = new ReportingExporter(
                OtlpHttpSpanExporter.builder()
                        .setEndpoint(base() + "/v1/traces")
                        .setComponentLoader(partial)
                        .build(),
                partial,
                base().toString());
        try (SdkTracerProvider provider = SdkTracerProvider.builder()
                .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                .build()) {
            for (int i = 0; i < 3; i++) {
                provider.get("test").spanBuilder("one").startSpan().end();
                assertThat(provider.forceFlush().join(10, TimeUnit.SECONDS).isSuccess())
                        .isTrue();
            }
            assertThat(requests).hasValue(3);
            assertThat(partial.takeRejected())
                    .as("those after the first, which the log tells of in a minute")
                    .isEqualTo(2);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', 0",
        "0a00, 0",
        "0a020800, 0",
        "0a020803, 3",
        "0a03089601, 150",
        // The reason first, then fields of a later version.
        "0a0f1206 63616e617279 0805 1d00000000, 5",
        "1000 190000000000000000 0a020807, 7",
        // Not protobuf, cut off, and numbers that make no sense.
        "7b7d, 0",
        "0a, 0",
        "0a7f08, 0",
        "0aff, 0",
        "0affffffffffffffffff7f, 0",
        "0a0b08ffffffffffffffffff01, 0",
    })
    void onlyTheNumberIsRead(String answered, long rejected) {
        assertThat(PartialSuccess.rejected(HexFormat.of().parseHex(answered.replace(" ", ""))))
                .isEqualTo(rejected);
    }

    @Test
    void textIsNoNumber() {
        assertThat(PartialSuccess.rejected("<html>it works</html>".getBytes(StandardCharsets.UTF_8)))
                .isZero();
    }
}
