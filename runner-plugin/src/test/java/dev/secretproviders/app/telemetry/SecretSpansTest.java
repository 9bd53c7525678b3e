package dev.secretproviders.app.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.IndexChange;
import dev.secretproviders.resolve.ResolverListener.FetchOutcome;
import dev.secretproviders.resolve.ResolverListener.ProviderCall;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.timing.LogIns.LogIn;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SecretSpansTest {
    private static final ProviderId PROVIDER = new ProviderId("vault", "prod");
    private static final Duration TOOK = Duration.ofMillis(40);

    private final Kept kept = new Kept();
    private final Instant began = Instant.now().minus(TOOK);
    private final SecretSpans spans = new SecretSpans(new OtelTracer(
            SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(kept))
                    .build()
                    .get("test"),
            new OtelCurrentTraceContext(),
            _ -> {}));

    /** Keeps the spans. */
    private static final class Kept implements SpanExporter {
        private final List<SpanData> spans = new ArrayList<>();

        @Override
        public CompletableResultCode export(Collection<SpanData> ended) {
            spans.addAll(ended);
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }

        private SpanData named(String name) {
            List<SpanData> found =
                    spans.stream().filter(span -> span.getName().equals(name)).toList();
            assertThat(found).as(name).hasSize(1);
            return found.getFirst();
        }
    }

    private ProviderCall call(Map<FetchOutcome, Integer> outcomes, int rotations, boolean changed, LogIn... logIns) {
        return new ProviderCall(PROVIDER, began, TOOK, outcomes, rotations, changed, List.of(logIns));
    }

    private static IndexChange change(long sequence) {
        return new IndexChange(sequence, false, Set.of());
    }

    @Test
    void fetchIsTheParentOfWhatItLedTo() {
        spans.called(call(
                Map.of(FetchOutcome.FOUND, 2, FetchOutcome.CHECKED, 5),
                1,
                true,
                new LogIn(Duration.ofMillis(1), Duration.ofMillis(10), true)));
        spans.changed(change(7));

        SpanData fetch = kept.named("secret.fetch");
        assertThat(fetch.getParentSpanId()).isEqualTo(SpanId.getInvalid());
        assertThat(fetch.getStartEpochNanos()).isEqualTo(nanos(began));
        assertThat(fetch.getEndEpochNanos()).isEqualTo(nanos(began.plus(TOOK)));
        assertThat(fetch.getStatus().getStatusCode()).isNotEqualTo(StatusCode.ERROR);
        assertThat(fetch.getAttributes().asMap())
                .containsEntry(AttributeKey.stringKey("secret_providers.provider"), "vault/prod")
                .containsEntry(AttributeKey.longKey("secret_providers.secrets"), 7L)
                .containsEntry(AttributeKey.longKey("secret_providers.outcome.found"), 2L)
                .containsEntry(AttributeKey.longKey("secret_providers.outcome.checked"), 5L);
        SpanData login = kept.named("provider.login");
        assertThat(login.getStartEpochNanos()).isEqualTo(nanos(began.plusMillis(1)));
        assertThat(login.getEndEpochNanos()).isEqualTo(nanos(began.plusMillis(11)));
        SpanData index = kept.named("index.change");
        assertThat(index.getStartEpochNanos()).isEqualTo(nanos(began.plus(TOOK)));
        for (SpanData child : List.of(login, kept.named("secret.rotation"), index)) {
            assertThat(child.getTraceId()).isEqualTo(fetch.getTraceId());
            assertThat(child.getParentSpanId()).isEqualTo(fetch.getSpanId());
        }
    }

    @Test
    void failureIsAnError() {
        spans.called(call(
                Map.of(FetchOutcome.TIMEOUT, 1),
                0,
                false,
                new LogIn(Duration.ofMillis(1), Duration.ofMillis(10), false)));

        assertThat(kept.named("secret.fetch").getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(kept.named("secret.fetch").getStatus().getDescription()).isEqualTo("timeout");
        assertThat(kept.named("provider.login").getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    }

    @Test
    void secretThatDoesNotExistIsAnAnswer() {
        spans.called(call(Map.of(FetchOutcome.MISSING, 1), 0, true));

        assertThat(kept.named("secret.fetch").getStatus().getStatusCode()).isNotEqualTo(StatusCode.ERROR);
    }

    @Test
    void changeOfTheIndexForAnotherReasonHasNoParent() {
        spans.called(call(Map.of(FetchOutcome.CHECKED, 1), 0, false));
        spans.changed(change(8));

        assertThat(kept.named("index.change").getParentSpanId()).isEqualTo(SpanId.getInvalid());
    }

    @Test
    void callsForUpstreamsAloneFillNoMemory() {
        for (int i = 0; i < 10_000; i++) {
            spans.called(call(Map.of(FetchOutcome.FOUND, 1), 0, true));
        }
        assertThat(spans.causes()).isLessThanOrEqualTo(100);

        spans.changed(change(9));
        assertThat(spans.causes()).isZero();
        assertThat(kept.named("index.change").getParentSpanId()).isNotEqualTo(SpanId.getInvalid());
    }

    private static long nanos(Instant instant) {
        return TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
    }
}
