package dev.secretproviders.app.telemetry;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs once that spans cannot be sent, and once that they can be again. Spans that were not sent are dropped. Logs at
 * most once a minute how many spans the collector rejected.
 */
final class ReportingExporter implements SpanExporter {
    private static final Logger LOG = LoggerFactory.getLogger(ReportingExporter.class);
    private static final Duration TELL_AGAIN = Duration.ofMinutes(1);

    private final SpanExporter exporter;
    private final PartialSuccess partial;
    private final String collector;
    private final AtomicBoolean failing = new AtomicBoolean();
    private final AtomicReference<@Nullable Long> toldAt = new AtomicReference<>();

    ReportingExporter(SpanExporter exporter, PartialSuccess partial, String collector) {
        this.exporter = exporter;
        this.partial = partial;
        this.collector = collector;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
        CompletableResultCode result = exporter.export(spans);
        return result.whenComplete(() -> {
            if (result.isSuccess()) {
                if (failing.compareAndSet(true, false)) {
                    LOG.info("spans are sent to the collector {} again", collector);
                }
                tellOfRejected();
            } else if (failing.compareAndSet(false, true)) {
                LOG.warn(
                        "spans cannot be sent to the collector {} and are dropped: {}",
                        collector,
                        ExportFailures.words(result));
            }
        });
    }

    private void tellOfRejected() {
        long now = System.nanoTime();
        Long before = toldAt.get();
        if (before != null && now - before < TELL_AGAIN.toNanos()) {
            return;
        }
        long rejected = partial.takeRejected();
        if (rejected > 0) {
            toldAt.set(now);
            LOG.warn("the collector {} rejected {} spans; its own log says why", collector, rejected);
        }
    }

    @Override
    public CompletableResultCode flush() {
        return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return exporter.shutdown();
    }
}
