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

/** Measures the plugin for APISIX and reports the results. */
public final class CompanionReport {
    private static final double LEAST_THROUGHPUT = 0.97;
    private static final double LEAST_OF_KINDS = 0.95;
    private static final double MOST_P99 = 1.2;
    private static final double MOST_QUESTIONS = 20;
    private static final double MOST_REVOCATION_P99 = 20;
    private static final double MOST_REVOCATION = 200;
    private static final double MOST_BYTES = 300;

    private final Map<Check, Hits.Measured> hits;
    private final List<Double> revocations;
    private final WrongKeys.Measured wrongKeys;
    private final Away away;
    private final double bytes;

    /**
     * What workers do without the runner, or with little of it.
     *
     * @param questions a second, of four workers that share what they know
     */
    private record Away(double questions, Reloads.Measured reloads, Outages.Measured outages) {}

    private CompanionReport(
            Map<Check, Hits.Measured> hits,
            List<Double> revocations,
            WrongKeys.Measured wrongKeys,
            Away away,
            double bytes) {
        this.hits = hits;
        this.revocations = revocations.stream().sorted().toList();
        this.wrongKeys = wrongKeys;
        this.away = away;
        this.bytes = bytes;
    }

    /**
     * Measures the plugin.
     *
     * @param launcher of the runner's distribution
     * @param plugin the directory {@code apisix-plugin}
     * @param say receives progress messages
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
        say.accept("Questions of workers that share what they know");
        double questions = SharedQuestions.measure(processors, workplace, launcher, plugin, effort.questions());
        say.accept("Reloads");
        Reloads.Measured reloads = Reloads.measure(processors, workplace, launcher, plugin);
        say.accept("A runner that goes away");
        Outages.Measured outages = Outages.measure(processors, workplace, launcher, plugin);
        say.accept("Memory");
        double bytes = VerdictMemory.measure(processors, workplace, launcher, plugin, effort.remembered());
        return new CompanionReport(hits, revocations, wrongKeys, new Away(questions, reloads, outages), bytes);
    }

    private Hits.Measured of(Check check) {
        return Objects.requireNonNull(hits.get(check));
    }

    private Spread throughputRatio(Check check, Check reference) {
        return Spread.ofRatios(of(check).perSecond(), of(reference).perSecond());
    }

    private Spread p99Ratio() {
        return Spread.ofRatios(of(Check.PLUGIN).p99(), of(Check.TABLE).p99());
    }

    /** Returns the time within which 99 of 100 revocations were in force everywhere, in milliseconds. */
    private double revocationP99() {
        return Objects.requireNonNull(revocations.get((int) Math.ceil(0.99 * revocations.size()) - 1));
    }

    /** Returns each figure separately. */
    public List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        for (Check check : Check.values()) {
            String name = "companion: known keys, " + check.title();
            figures.add(new Figure(
                    name + ": throughput", "requests/s", Spread.of(of(check).perSecond())));
            figures.add(new Figure(name + ": p50", "µs", Spread.of(of(check).median())));
            figures.add(new Figure(name + ": p99", "µs", Spread.of(of(check).p99())));
        }
        figures.add(new Figure(
                "companion: throughput against the table", "ratio", throughputRatio(Check.PLUGIN, Check.TABLE)));
        for (Check check : List.of(Check.PLUGIN_EVENLY, Check.PLUGIN_ZIPF, Check.BASIC, Check.JWT)) {
            figures.add(new Figure(
                    check.title() + ": throughput against one key", "ratio", throughputRatio(check, Check.PLUGIN)));
        }
        figures.add(new Figure(
                "companion: 10,000 keys evenly, throughput against the table",
                "ratio",
                throughputRatio(Check.PLUGIN_EVENLY, Check.TABLE_EVENLY)));
        figures.add(new Figure(
                "companion: 100,000 keys by Zipf, throughput against the table",
                "ratio",
                throughputRatio(Check.PLUGIN_ZIPF, Check.TABLE_ZIPF)));
        figures.add(new Figure("companion: p99 against the table", "ratio", p99Ratio()));
        figures.add(new Figure("companion: last acceptance after a revocation", "ms", Spread.of(revocations)));
        figures.add(new Figure("companion: likewise, p99", "ms", one(revocationP99())));
        figures.add(new Figure("companion: likewise, at most", "ms", one(Collections.max(revocations))));
        figures.add(new Figure("companion: wrong keys", "keys/s", one(wrongKeys.perSecond())));
        figures.add(new Figure("companion: runner's processor time for a wrong key", "µs", one(wrongKeys.cpuMicros())));
        figures.add(new Figure("companion: good keys kept among wrong ones", "share", one(wrongKeys.kept())));
        figures.add(new Figure("companion: questions of four workers", "questions/s", one(away.questions())));
        figures.add(new Figure("companion: refused while nginx is reloaded", "requests", one((double)
                away.reloads().refused())));
        figures.add(new Figure("companion: refused while the runner is restarted", "requests", one((double)
                away.outages().refused())));
        figures.add(new Figure(
                "companion: 503 when it is gone for good",
                "share",
                one(away.outages().unavailable())));
        figures.add(new Figure("companion: memory of a verdict", "bytes", one(bytes)));
        return figures;
    }

    private static Spread one(double value) {
        return Spread.of(List.of(value));
    }

    /** Returns the results as a section of a document. */
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
                        throughputRatio(Check.PLUGIN, Check.TABLE)),
                Target.atLeast(
                        "throughput of 10,000 keys evenly against one key",
                        LEAST_THROUGHPUT,
                        throughputRatio(Check.PLUGIN_EVENLY, Check.PLUGIN)),
                Target.atLeast(
                        "throughput of 100,000 keys by Zipf against one key",
                        LEAST_THROUGHPUT,
                        throughputRatio(Check.PLUGIN_ZIPF, Check.PLUGIN)),
                Target.atLeast(
                        "throughput of a user name and password that is known against a key",
                        LEAST_OF_KINDS,
                        throughputRatio(Check.BASIC, Check.PLUGIN)),
                Target.atLeast(
                        "throughput of a token that is known against a key",
                        LEAST_OF_KINDS,
                        throughputRatio(Check.JWT, Check.PLUGIN)),
                Target.atMost("p99 of a known key against a Lua table", MOST_P99, p99Ratio()),
                Target.atMost(
                        "questions a second, 10,000 keys in steady use by 4 workers with shared memory",
                        MOST_QUESTIONS,
                        one(away.questions())),
                Target.atMost(
                        String.format(
                                Locale.ROOT,
                                "refused of %,d requests with known keys while nginx was reloaded, with the runner and"
                                        + " without it",
                                away.reloads().requests()),
                        0,
                        one((double) away.reloads().refused())),
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
                                away.outages().requests()),
                        0,
                        one((double) away.outages().refused())),
                Target.atLeast(
                        "answered 503 when it is gone for longer than grace, share",
                        1,
                        one(away.outages().unavailable())),
                Target.atMost("memory of a remembered verdict, at its most, bytes", MOST_BYTES, one(bytes)));
    }
}
