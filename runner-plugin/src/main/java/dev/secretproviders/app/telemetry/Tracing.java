package dev.secretproviders.app.telemetry;

import dev.secretproviders.app.settings.OtlpSettings;
import dev.secretproviders.app.settings.TracingSettings;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.Secret;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Sends spans of what the runner does next to its requests. Requests have no spans: they are decided in microseconds.
 * Spans wait in a bounded queue, so that a collector that is away slows nothing.
 */
public final class Tracing implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofSeconds(1);
    /** Short, because APISIX kills a runner one second after the signal to stop. */
    private static final long FLUSH_MILLIS = 200;

    private final SdkTracerProvider provider;

    private Tracing(SdkTracerProvider provider) {
        this.provider = provider;
    }

    /**
     * Begins to trace.
     *
     * @param runner the name of this runner
     */
    public static Tracing start(
            TracingSettings settings, String runner, Resolver resolver, CredentialDirectory directory) {
        OtlpSettings otlp = settings.otlp();
        PartialSuccess partial = new PartialSuccess();
        OtlpHttpSpanExporterBuilder exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(otlp.endpoint() + "/v1/traces")
                .setTimeout(otlp.timeout())
                .setConnectTimeout(otlp.timeout())
                .setCompression("gzip")
                .setComponentLoader(partial);
        for (Map.Entry<String, Secret> header : otlp.headers().entrySet()) {
            exporter.addHeader(header.getKey(), header.getValue().reveal());
        }
        TlsSettings tls = otlp.tls();
        if (tls.context() != null && tls.trust() != null) {
            exporter.setSslContext(tls.context(), tls.trust());
        }
        ReportingExporter reporting =
                new ReportingExporter(exporter.build(), partial, otlp.endpoint().toString());
        SdkTracerProvider provider = SdkTracerProvider.builder()
                .setResource(TelemetryResource.of(runner))
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(settings.sampleRatio())))
                .addSpanProcessor(BatchSpanProcessor.builder(reporting)
                        .setScheduleDelay(PERIOD)
                        .build())
                .build();
        SecretSpans spans = new SecretSpans(
                new OtelTracer(provider.get(TelemetryResource.SCOPE), new OtelCurrentTraceContext(), _ -> {}));
        resolver.addListener(spans);
        directory.addListener(spans);
        return new Tracing(provider);
    }

    /** Sends what waits, within a short time. */
    @Override
    public void close() {
        var _ = provider.shutdown().join(FLUSH_MILLIS, TimeUnit.MILLISECONDS);
    }
}
