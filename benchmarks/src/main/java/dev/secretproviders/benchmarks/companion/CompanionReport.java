package dev.secretproviders.benchmarks.companion;

import dev.secretproviders.benchmarks.companion.Hits.Check;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.report.Figure;
import dev.secretproviders.benchmarks.report.MarkdownTable;
import dev.secretproviders.benchmarks.report.Target;
import dev.secretproviders.benchmarks.statistics.Spread;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** Measures the plugin for APISIX, and says what came out. */
public final class CompanionReport {
    private static final double LEAST_THROUGHPUT = 0.90;
    private static final double MOST_P99 = 1.2;
    private static final double MOST_REVOCATION_P99 = 50;
    private static final double MOST_REVOCATION = 200;
    private static final double MOST_BYTES = 300;

    private final Map<Check, Hits.Measured> hits;
    private final List<Double> revocations;
    private final WrongKeys.Measured wrongKeys;
    private final Outages.Measured outages;
    private final double bytes;

    private CompanionReport(
            Map<Check, Hits.Measured> hits,
            List<Double> revocations,
            WrongKeys.Measured wrongKeys,
            Outages.Measured outages,
            double bytes) {
        this.hits = hits;
        this.revocations = revocations.stream().sorted().toList();
        this.wrongKeys = wrongKeys;
        this.outages = outages;
        this.bytes = bytes;
    }

    /**
     * Measures.
     *
     * @param launcher of the runner's distribution
     * @param plugin the directory {@code apisix-plugin}
     * @param say where to tell how far it is
     * @throws IOException if a server fails or answers wrongly once
     */
    public static CompanionReport measure(
            Processors processors,
            Workplace workplace,
            Path launcher,
            Path plugin,
            CompanionEffort effort,
            Consumer<String> say)
            throws IOException, InterruptedException {
        say.accept("Known keys");
        Map<Check, Hits.Measured> hits = Hits.measure(processors, workplace, launcher, plugin, effort);
        say.accept("Revocations");
        List<Double> revocations = Revocations.measure(processors, workplace, launcher, plugin, effort.revocations());
        say.accept("Wrong keys");
        WrongKeys.Measured wrongKeys = WrongKeys.measure(processors, workplace, launcher, plugin, effort.wrongKeys());
        say.accept("A runner that goes away");
        Outages.Measured outages = Outages.measure(processors, workplace, launcher, plugin);
        say.accept("Memory");
        double bytes = VerdictMemory.measure(processors, workplace, launcher, plugin, effort.remembered());
        return new CompanionReport(hits, revocations, wrongKeys, outages, bytes);
    }

    private Hits.Measured of(Check check) {
        return Objects.requireNonNull(hits.get(check));
    }

    private Spread throughputRatio() {
        return Spread.ofRatios(of(Check.PLUGIN).perSecond(), of(Check.TABLE).perSecond());
    }

    private Spread p99Ratio() {
        return Spread.ofRatios(of(Check.PLUGIN).p99(), of(Check.TABLE).p99());
    }

    /** Returns the time within which 99 of 100 revocations were in force everywhere, in milliseconds. */
    private double revocationP99() {
        return Objects.requireNonNull(revocations.get((int) Math.ceil(0.99 * revocations.size()) - 1));
    }

    /** Returns every figure by itself. */
    public List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        for (Check check : Check.values()) {
            String name = "companion: known keys, " + check.title();
            figures.add(new Figure(
                    name + ": throughput", "requests/s", Spread.of(of(check).perSecond())));
            figures.add(new Figure(name + ": p50", "µs", Spread.of(of(check).median())));
            figures.add(new Figure(name + ": p99", "µs", Spread.of(of(check).p99())));
        }
        figures.add(new Figure("companion: throughput against the table", "ratio", throughputRatio()));
        figures.add(new Figure("companion: p99 against the table", "ratio", p99Ratio()));
        figures.add(new Figure("companion: last acceptance after a revocation", "ms", Spread.of(revocations)));
        figures.add(new Figure("companion: likewise, p99", "ms", one(revocationP99())));
        figures.add(new Figure("companion: likewise, at most", "ms", one(Collections.max(revocations))));
        figures.add(new Figure("companion: wrong keys", "keys/s", one(wrongKeys.perSecond())));
        figures.add(new Figure("companion: runner's processor time for a wrong key", "µs", one(wrongKeys.cpuMicros())));
        figures.add(new Figure("companion: good keys kept beside wrong ones", "share", one(wrongKeys.kept())));
        figures.add(new Figure(
                "companion: refused while the runner is restarted", "requests", one((double) outages.refused())));
        figures.add(new Figure("companion: 503 when it is gone for good", "share", one(outages.unavailable())));
        figures.add(new Figure("companion: memory of a verdict", "bytes", one(bytes)));
        return figures;
    }

    private static Spread one(double value) {
        return Spread.of(List.of(value));
    }

    /** Returns what was measured as a part of a document. */
    public String text(String machine) {
        MarkdownTable table = new MarkdownTable(List.of("32 connections", "requests/s", "p50, µs", "p99, µs"));
        for (Check check : Check.values()) {
            table.row(
                    check.title(),
                    List.of(
                            Spread.of(of(check).perSecond()),
                            Spread.of(of(check).median()),
                            Spread.of(of(check).p99())));
        }
        return """
                ## The companion

                Measured by `./scripts/bench --companion` on %s.

                nginx with its Lua module stands for APISIX around the plugin. For throughput and p99, nginx
                (one worker) and the runner have one processor, wrk the other. So the ratios count. A real
                APISIX does more for each request than this nginx, which makes the share of the check smaller.
                Before the measurement the runner was asked about each request for a while, so that its code
                was compiled, as it is after some 150,000 calls.

                %s
                %s
                %,d revocations, half of them in force %.1f ms after they were acknowledged. %,d different
                wrong keys were tried, %,.0f a second, at %.1f µs of the runner's processor time each.
                """.formatted(
                        machine,
                        Target.table(targets()),
                        table,
                        revocations.size(),
                        Spread.of(revocations).median(),
                        wrongKeys.tried(),
                        wrongKeys.perSecond(),
                        wrongKeys.cpuMicros());
    }

    private List<Target> targets() {
        return List.of(
                Target.atLeast(
                        "throughput of known keys against a Lua table, 12 headers",
                        LEAST_THROUGHPUT,
                        throughputRatio()),
                Target.atMost("p99 of the same", MOST_P99, p99Ratio()),
                Target.atMost(
                        "from a revocation's acknowledgement to the last acceptance in any of 4 workers, p99, ms",
                        MOST_REVOCATION_P99,
                        one(revocationP99())),
                Target.atMost("the same, at most", MOST_REVOCATION, one(Collections.max(revocations))),
                Target.atLeast(
                        String.format(
                                Locale.ROOT,
                                "good keys kept while %,d wrong ones were tried, share",
                                wrongKeys.tried()),
                        1,
                        one(wrongKeys.kept())),
                Target.atMost(
                        String.format(
                                Locale.ROOT,
                                "refused of %,d requests with known keys while the runner was terminated, killed, and started twice",
                                outages.requests()),
                        0,
                        one((double) outages.refused())),
                Target.atLeast(
                        "answered 503 when it is gone for longer than verdict_ttl + grace, share",
                        1,
                        one(outages.unavailable())),
                Target.atMost("memory of a remembered verdict, at its most, bytes", MOST_BYTES, one(bytes)));
    }
}
