package dev.secretproviders.app.metrics;

import dev.secretproviders.app.control.ControlPlane;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.CopyStatus;
import dev.secretproviders.certificate.CertificateStatus;
import dev.secretproviders.certificate.Certificates;
import dev.secretproviders.snapshot.LastKnownGood;
import dev.secretproviders.store.protection.StoreIntegrity;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Metrics of the store and the audit log. While there is no store, only {@code store_up} is present, with 0. */
public final class ControlMetrics implements MultiCollector {
    private final Supplier<@Nullable ControlPlane> control;

    /** Creates the collector. {@code control} returns null while the store cannot be reached. */
    public ControlMetrics(Supplier<@Nullable ControlPlane> control) {
        this.control = control;
    }

    @Override
    public MetricSnapshots collect() {
        ControlPlane plane = control.get();
        boolean up = plane != null && plane.status().problem() == null;
        MetricSnapshots.Builder snapshots = MetricSnapshots.builder()
                .metricSnapshot(GaugeSeries.of("store_up", "1 while the store answers", up ? 1 : 0));
        if (plane != null) {
            AuditLog audit = plane.audit();
            snapshots.metricSnapshot(
                    CounterSeries.of("audit_events_dropped", "Audit events that were never recorded", audit.dropped()));
            copies(audit.copies().statuses(), snapshots);
            snapshots.metricSnapshot(CounterSeries.of(
                    "access_log_dropped",
                    "Events that are missing from the access log, because a limit was reached",
                    plane.accessLog().dropped()));
            snapshots.metricSnapshot(findings(plane.findings()));
            snapshots.metricSnapshot(ends(plane.certificates()));
            snapshots.metricSnapshot(states(plane.certificates()));
            StoreIntegrity integrity = plane.integrity();
            Instant verified = integrity.verifiedAt();
            snapshots
                    .metricSnapshot(GaugeSeries.of(
                            "store_manifest_counter", "How many changes of the store its manifest counts", (double)
                                    integrity.counter()))
                    .metricSnapshot(GaugeSeries.of(
                            "store_manifest_refused",
                            "Records of the store that are refused, because they are not what a runner wrote last",
                            integrity.damaged().size()))
                    .metricSnapshot(GaugeSeries.of(
                            "store_manifest_verified_timestamp_seconds",
                            "When the store was last compared with its manifest; 0 if it never was",
                            verified == null ? 0 : (double) verified.getEpochSecond()));
            LastKnownGood kept = plane.lastKnownGood();
            snapshots
                    .metricSnapshot(GaugeSeries.of(
                            "last_known_good_age_seconds",
                            "Time since last-known-good was written; -1 if it never was",
                            kept.ageSeconds()))
                    .metricSnapshot(GaugeSeries.of(
                            "last_known_good_entries", "Secrets in last-known-good as written last", kept.entries()))
                    .metricSnapshot(GaugeSeries.of(
                            "last_known_good_refused",
                            "1 if all or some of last-known-good was refused when the runner started",
                            kept.loaded().problem() == null ? 0 : 1))
                    .metricSnapshot(CounterSeries.of(
                            "last_known_good_writes", "Times that last-known-good was written", kept.writes()))
                    .metricSnapshot(CounterSeries.of(
                            "last_known_good_write_failures",
                            "Attempts to write last-known-good that failed",
                            kept.writeFailures()));
        }
        return snapshots.build();
    }

    private static void copies(List<CopyStatus> statuses, MetricSnapshots.Builder snapshots) {
        CounterSeries failures =
                new CounterSeries("audit_copy_failures", "Attempts to copy audit records that failed, by target");
        CounterSeries lost = new CounterSeries("audit_copies_lost", "Audit records that were never copied, by target");
        GaugeSeries waiting =
                new GaugeSeries("audit_copies_waiting", "Audit records that wait to be copied, by target");
        for (CopyStatus status : statuses) {
            failures.add(status.failures(), "target", status.target());
            lost.add(status.lost(), "target", status.target());
            waiting.add((double) status.waiting(), "target", status.target());
        }
        snapshots.metricSnapshot(failures.build());
        snapshots.metricSnapshot(lost.build());
        snapshots.metricSnapshot(waiting.build());
    }

    private static GaugeSnapshot findings(Map<String, Integer> counts) {
        GaugeSeries series = new GaugeSeries("findings", "Findings of the Admin API, by kind");
        counts.forEach((kind, count) -> series.add(count, "kind", kind));
        return series.build();
    }

    private static GaugeSnapshot ends(Certificates certificates) {
        GaugeSeries series = new GaugeSeries(
                "certificate_end_timestamp_seconds", "When a certificate in force, or one of its chain, ends");
        certificates.all().forEach(object -> {
            CertificateStatus.Facts facts = certificates.status(object.id()).facts();
            if (facts != null) {
                series.add((double) facts.until().getEpochSecond(), "certificate", object.id());
            }
        });
        return series.build();
    }

    private static GaugeSnapshot states(Certificates certificates) {
        GaugeSeries series = new GaugeSeries("certificates", "Certificates, by state");
        certificates.counts().forEach((state, count) -> series.add(count, "state", state.text()));
        return series.build();
    }
}
