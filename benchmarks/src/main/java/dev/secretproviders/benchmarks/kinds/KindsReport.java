package dev.secretproviders.benchmarks.kinds;

import dev.secretproviders.benchmarks.campaign.Campaign;
import dev.secretproviders.benchmarks.campaign.Metric;
import dev.secretproviders.benchmarks.campaign.Plan;
import dev.secretproviders.benchmarks.campaign.Results;
import dev.secretproviders.benchmarks.campaign.Row;
import dev.secretproviders.benchmarks.load.Load;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.report.Figure;
import dev.secretproviders.benchmarks.report.MarkdownTable;
import dev.secretproviders.benchmarks.report.Target;
import dev.secretproviders.benchmarks.statistics.Spread;
import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.benchmarks.subject.KindsFile;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.TokenSigner;
import dev.secretproviders.benchmarks.subject.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Measures the kinds of credentials, and certificates, and reports the results. */
public final class KindsReport {
    private static final int CONSUMERS = 10_000;
    private static final Load LOAD = new Load.Closed(32);
    private static final List<Workload> WORKLOADS = List.of(
            Workload.ACCEPTED,
            Workload.BASIC,
            Workload.JWT_HS256,
            Workload.JWT_ES256,
            Workload.JWT_RS256,
            Workload.HMAC,
            Workload.HMAC_WITH_TARGET);
    private static final List<Metric> METRICS =
            List.of(Metric.THROUGHPUT, Metric.P50, Metric.P99, Metric.CPU, Metric.ALLOCATION, Metric.BUSY);

    private static final double MOST_FOR_BASIC = 1;
    private static final double MOST_FOR_TOKEN = 10;
    private static final double MOST_FOR_SIGNATURE = 3;
    private static final double MOST_BEYOND_RUNTIME = 5;
    private static final double MOST_REFRESH_MILLIS = 1_000;
    /** A check, and what fetching, checking and writing take after it. */
    private static final double MOST_CHECKS = 1.05;

    private final Runner runner;
    private final Results requests;
    private final Map<String, NewTokens.Measured> tokens;
    private final CertificateRotations rotations;

    private KindsReport(
            Runner runner, Results requests, Map<String, NewTokens.Measured> tokens, CertificateRotations rotations) {
        this.runner = runner;
        this.requests = requests;
        this.tokens = tokens;
        this.rotations = rotations;
    }

    /**
     * Measures the kinds.
     *
     * @param launcher of the runner's distribution
     * @param say receives progress messages
     * @throws IOException if a server fails or answers wrongly once
     */
    public static KindsReport measure(
            Processors processors, Workplace workplace, Path launcher, KindsEffort effort, Consumer<String> say)
            throws IOException, InterruptedException {
        KindsFile source = new KindsFile(
                new Credentials(CONSUMERS),
                List.of(TokenSigner.of(TokenSigner.Algorithm.ES256), TokenSigner.of(TokenSigner.Algorithm.RS256)));
        Runner runner = new Runner("ours", launcher, source);
        List<Row> rows = WORKLOADS.stream()
                .map(workload -> Row.of(runner, workload, LOAD))
                .toList();
        Results requests = new Campaign(processors, workplace, effort.campaign(), say)
                .run(new Plan("kinds of credentials", "Kinds of credentials", rows));
        say.accept("Tokens that are new");
        Map<String, NewTokens.Measured> tokens = NewTokens.measure(processors, workplace, runner, source, effort);
        say.accept("Certificates");
        CertificateRotations rotations =
                CertificateRotations.measure(processors, workplace, launcher, effort.rotations());
        return new KindsReport(runner, requests, tokens, rotations);
    }

    private Row row(Workload workload) {
        return Row.of(runner, workload, LOAD);
    }

    /** Returns the processor time beyond that of a key's request, in microseconds. */
    private Spread beyondKey(Workload workload) {
        return requests.difference(row(workload), row(Workload.ACCEPTED), Metric.CPU);
    }

    private Spread askingForTarget() {
        return requests.difference(row(Workload.HMAC_WITH_TARGET), row(Workload.HMAC), Metric.CPU);
    }

    private Spread checks() {
        return Spread.of(rotations.checked().stream()
                .map(millis -> millis / CertificateRotations.CHECK.toMillis())
                .toList());
    }

    private static Spread most(List<Double> values) {
        return Spread.of(List.of(Collections.max(values)));
    }

    private Spread mostChecks() {
        return most(rotations.checked().stream()
                .map(millis -> millis / CertificateRotations.CHECK.toMillis())
                .toList());
    }

    /** Returns each figure separately. */
    public List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        for (Row row : requests.plan().rows()) {
            for (Metric metric : METRICS) {
                figures.add(new Figure(
                        "kinds: " + row.workload().title() + ": " + metric.title(),
                        metric.unit(),
                        requests.spread(row, metric)));
            }
            if (row.workload() != Workload.ACCEPTED) {
                figures.add(new Figure(
                        "kinds: " + row.workload().title() + ": CPU beyond a key's request",
                        Metric.CPU.unit(),
                        beyondKey(row.workload())));
            }
        }
        figures.add(new Figure("kinds: asking for the target", Metric.CPU.unit(), askingForTarget()));
        tokens.forEach((algorithm, measured) -> {
            String name = "kinds: JWT " + algorithm + ", new: ";
            figures.add(new Figure(name + "CPU", Metric.CPU.unit(), measured.token()));
            figures.add(new Figure(name + "CPU on event loops", Metric.CPU.unit(), measured.onLoops()));
            figures.add(new Figure(name + "the Java runtime's own", Metric.CPU.unit(), measured.runtime()));
            figures.add(new Figure(name + "beyond a key's request and that", Metric.CPU.unit(), measured.beyond()));
        });
        figures.add(new Figure("certificates: after a rotation", "checks", checks()));
        figures.add(new Figure("certificates: after a refresh", "ms", Spread.of(rotations.refreshed())));
        return figures;
    }

    /** Returns the results as a section of a document. */
    public String text(String machine) {
        MarkdownTable table = new MarkdownTable(List.of(
                "32 connections",
                "requests/s",
                "p50, µs",
                "p99, µs",
                "CPU, µs/request",
                "allocation, bytes/request",
                "server busy, share"));
        for (Row row : requests.plan().rows()) {
            table.row(
                    row.workload() == Workload.ACCEPTED ? "key" : row.workload().title(),
                    METRICS.stream().map(metric -> requests.spread(row, metric)).toList());
        }
        MarkdownTable fresh = new MarkdownTable(List.of(
                "new tokens, CPU in µs",
                "a request",
                "on event loops",
                "a key's request there",
                "Java's own verification",
                "beyond a key's request and that"));
        tokens.forEach((algorithm, measured) -> fresh.row(
                "JWT " + algorithm,
                List.of(measured.token(), measured.onLoops(), measured.key(), measured.runtime(), measured.beyond())));
        return """
                ## Kinds of credentials, and certificates

                Measured by `./scripts/bench --kinds` on %s.

                The requests have the eleven headers of a browser and a credential. 10,000 consumers have a
                secret each, which is their key, their password, and their secret for tokens and signatures.
                The rows take turns. A difference is taken within each turn.

                %s
                %s
                Asking for the target, with the further line that is then signed, takes %.1f µs.

                1,000 consumers have an ES256 key, 1,000 an RS256 key of 2048 bits. A token that was verified is
                remembered, which the table above shows. Here each token is new. Java's own verification of
                the same tokens runs in the measuring process.

                %s
                A certificate was rotated %d times in OpenBao. The runner checks each secret within %d s. Half of
                the rotations were in the gateway %.0f ms after `POST /admin/refresh`.
                """.formatted(
                        machine,
                        Target.table(targets()),
                        table,
                        askingForTarget().median(),
                        fresh,
                        2 * rotations.checked().size(),
                        TimeUnit.MILLISECONDS.toSeconds(CertificateRotations.CHECK.toMillis()),
                        Spread.of(rotations.refreshed()).median());
    }

    private List<Target> targets() {
        List<Target> targets = new ArrayList<>(List.of(
                Target.atMost("CPU beyond a key's request: basic, µs", MOST_FOR_BASIC, beyondKey(Workload.BASIC)),
                Target.atMost("the same: JWT HS256", MOST_FOR_TOKEN, beyondKey(Workload.JWT_HS256)),
                Target.atMost(
                        "the same: HMAC, without what asking for the target takes",
                        MOST_FOR_SIGNATURE,
                        beyondKey(Workload.HMAC))));
        tokens.forEach((algorithm, measured) -> targets.add(Target.atMost(
                "CPU beyond a key's request and Java's own verification: a new token of " + algorithm + ", µs",
                MOST_BEYOND_RUNTIME,
                measured.beyond())));
        targets.add(Target.atMost(
                "from a rotation in OpenBao to the `ssls` object, at most, in checks", MOST_CHECKS, mostChecks()));
        targets.add(Target.atMost(
                "the same after `POST /admin/refresh`, at most, ms", MOST_REFRESH_MILLIS, most(rotations.refreshed())));
        return targets;
    }
}
