package dev.secretproviders.app.metrics;

import dev.secretproviders.app.control.ControlPlane;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.CopyStatus;
import dev.secretproviders.certificate.CertificateStatus;
import dev.secretproviders.certificate.Certificates;
import dev.secretproviders.snapshot.LastKnownGood;
import dev.secretproviders.store.protection.StoreIntegrity;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
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
                .metricSnapshot(GaugeSnapshot.builder()
                        .name(RunnerMetrics.PREFIX + "store_up")
                        .help("1 while the store answers")
                        .dataPoint(GaugeDataPointSnapshot.builder()
                                .value(up ? 1 : 0)
                                .build())
                        .build());
        if (plane != null) {
            AuditLog audit = plane.audit();
            snapshots.metricSnapshot(
                    counter("audit_events_dropped", "Audit events that were never recorded", audit.dropped()));
            copies(audit.copies().statuses(), snapshots);
        }
        if (plane != null) {
            snapshots.metricSnapshot(counter(
                    "access_log_dropped",
                    "Events that are missing from the access log, because a limit was reached",
                    plane.accessLog().dropped()));
            snapshots.metricSnapshot(findings(plane.findings()));
            snapshots.metricSnapshot(ends(plane.certificates()));
            snapshots.metricSnapshot(states(plane.certificates()));
            StoreIntegrity integrity = plane.integrity();
            Instant verified = integrity.verifiedAt();
            snapshots
                    .metricSnapshot(gauge(
                            "store_manifest_counter", "How many changes of the store its manifest counts", (double)
                                    integrity.counter()))
                    .metricSnapshot(gauge(
                            "store_manifest_refused",
                            "Records of the store that are refused, because they are not what a runner wrote last",
                            integrity.damaged().size()))
                    .metricSnapshot(gauge(
                            "store_manifest_verified_timestamp_seconds",
                            "When the store was last compared with its manifest; 0 if it never was",
                            verified == null ? 0 : (double) verified.getEpochSecond()));
            LastKnownGood kept = plane.lastKnownGood();
            snapshots
                    .metricSnapshot(gauge(
                            "last_known_good_age_seconds",
                            "Time since last-known-good was written; -1 if it never was",
                            kept.ageSeconds()))
                    .metricSnapshot(gauge(
                            "last_known_good_entries", "Secrets in last-known-good as written last", kept.entries()))
                    .metricSnapshot(gauge(
                            "last_known_good_refused",
                            "1 if all or some of last-known-good was refused when the runner started",
                            kept.loaded().problem() == null ? 0 : 1))
                    .metricSnapshot(
                            counter("last_known_good_writes", "Times that last-known-good was written", kept.writes()))
                    .metricSnapshot(counter(
                            "last_known_good_write_failures",
                            "Attempts to write last-known-good that failed",
                            kept.writeFailures()));
        }
        return snapshots.build();
    }

    private static void copies(List<CopyStatus> statuses, MetricSnapshots.Builder snapshots) {
        CounterSnapshot.Builder failures = CounterSnapshot.builder()
                .name(RunnerMetrics.PREFIX + "audit_copy_failures")
                .help("Attempts to copy audit records that failed, by target");
        CounterSnapshot.Builder lost = CounterSnapshot.builder()
                .name(RunnerMetrics.PREFIX + "audit_copies_lost")
                .help("Audit records that were never copied, by target");
        GaugeSnapshot.Builder waiting = GaugeSnapshot.builder()
                .name(RunnerMetrics.PREFIX + "audit_copies_waiting")
                .help("Audit records that wait to be copied, by target");
        for (CopyStatus status : statuses) {
            Labels target = Labels.of("target", status.target());
            failures.dataPoint(point(target, status.failures()));
            lost.dataPoint(point(target, status.lost()));
            waiting.dataPoint(GaugeDataPointSnapshot.builder()
                    .labels(target)
                    .value((double) status.waiting())
                    .build());
        }
        snapshots.metricSnapshot(failures.build());
        snapshots.metricSnapshot(lost.build());
        snapshots.metricSnapshot(waiting.build());
    }

    private static CounterDataPointSnapshot point(Labels labels, long value) {
        return CounterDataPointSnapshot.builder()
                .labels(labels)
                .value((double) value)
                .build();
    }

    private static GaugeSnapshot findings(Map<String, Integer> counts) {
        GaugeSnapshot.Builder snapshot = GaugeSnapshot.builder()
                .name(RunnerMetrics.PREFIX + "findings")
                .help("Findings of the Admin API, by kind");
        counts.forEach((kind, count) -> snapshot.dataPoint(GaugeDataPointSnapshot.builder()
                .labels(Labels.of("kind", kind))
                .value(count)
                .build()));
        return snapshot.build();
    }

    private static GaugeSnapshot ends(Certificates certificates) {
        GaugeSnapshot.Builder snapshot = GaugeSnapshot.builder()
                .name(RunnerMetrics.PREFIX + "certificate_end_timestamp_seconds")
                .help("When a certificate in force, or one of its chain, ends");
        certificates.all().forEach(object -> {
            CertificateStatus.Facts facts = certificates.status(object.id()).facts();
            if (facts != null) {
                snapshot.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(Labels.of("certificate", object.id()))
                        .value((double) facts.until().getEpochSecond())
                        .build());
            }
        });
        return snapshot.build();
    }

    private static GaugeSnapshot states(Certificates certificates) {
        GaugeSnapshot.Builder snapshot = GaugeSnapshot.builder()
                .name(RunnerMetrics.PREFIX + "certificates")
                .help("Certificates, by state");
        certificates
                .counts()
                .forEach((state, count) -> snapshot.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(Labels.of("state", state.text()))
                        .value(count)
                        .build()));
        return snapshot.build();
    }

    private static GaugeSnapshot gauge(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(RunnerMetrics.PREFIX + name)
                .help(help)
                .dataPoint(GaugeDataPointSnapshot.builder().value(value).build())
                .build();
    }

    private static CounterSnapshot counter(String name, String help, long value) {
        return CounterSnapshot.builder()
                .name(RunnerMetrics.PREFIX + name)
                .help(help)
                .dataPoint(
                        CounterDataPointSnapshot.builder().value((double) value).build())
                .build();
    }
}
