package dev.secretproviders.app.telemetry;

import dev.secretproviders.app.settings.OtlpSettings;
import dev.secretproviders.audit.AuditRecord;
import dev.secretproviders.audit.CopyTarget;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.Secret;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporterBuilder;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A collector that takes audit records as logs by OTLP over HTTP. The body of a log record is the audit record, byte for
 * byte. Its attributes repeat what is searched for.
 */
public final class OtlpLogTarget implements CopyTarget {
    private static final AttributeKey<Long> ID = AttributeKey.longKey("audit.id");
    private static final AttributeKey<String> OBJECT = AttributeKey.stringKey("audit.object");
    private static final AttributeKey<Boolean> SUCCESS = AttributeKey.booleanKey("audit.success");

    private final OtlpSettings settings;
    private final String runner;
    private final PartialSuccess partial = new PartialSuccess();
    private long refused;
    private volatile @Nullable Sender sender;
    private volatile boolean closed;

    /**
     * Creates the target. No I/O.
     *
     * @param runner the name of this runner
     */
    public OtlpLogTarget(OtlpSettings settings, String runner) {
        this.settings = settings;
        this.runner = runner;
    }

    /**
     * The parts of OpenTelemetry's SDK, created with the first record.
     *
     * @param made receives each log record that {@code logger} makes
     */
    private record Sender(
            OtlpHttpLogRecordExporter exporter, SdkLoggerProvider provider, Logger logger, List<LogRecordData> made) {
        static Sender of(OtlpSettings settings, String runner, PartialSuccess partial) {
            OtlpHttpLogRecordExporterBuilder builder = OtlpHttpLogRecordExporter.builder()
                    .setEndpoint(settings.endpoint() + "/v1/logs")
                    .setTimeout(settings.timeout())
                    .setConnectTimeout(settings.timeout())
                    .setCompression("gzip")
                    .setComponentLoader(partial)
                    // The caller repeats what failed.
                    .setRetryPolicy(null);
            for (Map.Entry<String, Secret> header : settings.headers().entrySet()) {
                builder.addHeader(header.getKey(), header.getValue().reveal());
            }
            TlsSettings tls = settings.tls();
            if (tls.context() != null && tls.trust() != null) {
                builder.setSslContext(tls.context(), tls.trust());
            }
            List<LogRecordData> made = new ArrayList<>();
            SdkLoggerProvider provider = SdkLoggerProvider.builder()
                    .setResource(TelemetryResource.of(runner))
                    .addLogRecordProcessor((_, log) -> made.add(log.toLogRecordData()))
                    .build();
            return new Sender(builder.build(), provider, provider.get(TelemetryResource.SCOPE + ".audit"), made);
        }

        void close() {
            var _ = exporter.shutdown();
            var _ = provider.shutdown();
        }
    }

    @Override
    public String kind() {
        return "otlp";
    }

    @Override
    public String name() {
        return "collector " + settings.endpoint();
    }

    @Override
    public void write(List<AuditRecord> records) throws IOException {
        Sender open = sender;
        if (open == null) {
            open = Sender.of(settings, runner, partial);
            sender = open;
        }
        if (closed) {
            open.close();
            throw new IOException("closed");
        }
        open.made().clear();
        for (AuditRecord record : records) {
            make(open.logger(), record);
        }
        CompletableResultCode result = open.exporter().export(List.copyOf(open.made()));
        // A little longer than the exporter's own limit, which says more.
        var _ = result.join(settings.timeout().toMillis() + 1_000, TimeUnit.MILLISECONDS);
        if (!result.isSuccess()) {
            throw new IOException(ExportFailures.words(result));
        }
        refused += Math.min(partial.takeRejected(), records.size());
    }

    @Override
    public long takeRefused() {
        long taken = refused;
        refused = 0;
        return taken;
    }

    private static void make(Logger logger, AuditRecord record) {
        LogRecordBuilder log = logger.logRecordBuilder()
                .setSeverity(record.success() ? Severity.INFO : Severity.WARN)
                .setSeverityText(record.success() ? "INFO" : "WARN")
                .setBody(new String(record.bytes(), StandardCharsets.UTF_8))
                .setAttribute(ID, record.id())
                .setAttribute(OBJECT, record.object())
                .setAttribute(SUCCESS, record.success());
        Instant time = record.time();
        if (time != null) {
            log.setTimestamp(time);
        }
        if (!record.code().isEmpty()) {
            log.setEventName(record.code());
        }
        log.emit();
    }

    @Override
    public void close() {
        closed = true;
        Sender open = sender;
        if (open != null) {
            open.close();
        }
    }
}
