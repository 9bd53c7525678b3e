package dev.secretproviders.benchmarks.restart;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.report.Figure;
import dev.secretproviders.benchmarks.report.MarkdownTable;
import dev.secretproviders.benchmarks.report.Target;
import dev.secretproviders.benchmarks.statistics.Spread;
import dev.secretproviders.benchmarks.subject.StartUp;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Measures restarts and reports the results. */
public final class RestartReport {
    private static final double MOST_P99 = 50;
    private static final double LONGEST_IDLE = 1_300;
    private static final double LONGEST_BUSY = 3_000;

    private final Map<Takeovers.Load, Steady.Answers> planned;
    private final List<Kills.Measured> kills;
    private final Map<BusyStarts.Kind, List<StartUp>> starts;

    private RestartReport(
            Map<Takeovers.Load, Steady.Answers> planned,
            List<Kills.Measured> kills,
            Map<BusyStarts.Kind, List<StartUp>> starts) {
        this.planned = planned;
        this.kills = kills;
        this.starts = starts;
    }

    /**
     * Measures restarts.
     *
     * @param launcher of the runner's distribution
     * @param plugin the directory {@code apisix-plugin}
     * @param say receives progress messages
     */
    public static RestartReport measure(
            Processors processors,
            Workplace workplace,
            Path launcher,
            Path plugin,
            RestartEffort effort,
            Consumer<String> say)
            throws IOException, InterruptedException {
        say.accept("Takeovers, and a reload of the gateway");
        Map<Takeovers.Load, Steady.Answers> planned =
                Takeovers.measure(processors, workplace, launcher, plugin, effort.load());
        say.accept("A runner that is killed");
        List<Kills.Measured> kills = Kills.measure(processors, workplace, launcher, plugin, effort.kills());
        say.accept("Starts on a busy machine");
        return new RestartReport(
                planned, kills, BusyStarts.measure(processors, workplace, launcher, plugin, effort.starts()));
    }

    private static String name(Takeovers.Load load) {
        return load == Takeovers.Load.RELOAD ? load.title() : "takeover, " + load.title();
    }

    private static String name(Kills.Measured measured) {
        return "killed, " + (measured.companion() ? "companion" : "filter") + (measured.busy() ? ", busy" : ", idle");
    }

    private static Spread of(Kills.Measured measured, ToDoubleFunction<Steady.Answers> figure) {
        return Spread.of(measured.runs().stream().map(figure::applyAsDouble).toList());
    }

    private static Spread ofStarts(List<StartUp> starts, Function<StartUp, Duration> figure) {
        return Spread.of(starts.stream()
                .map(start -> figure.apply(start).toNanos() / 1e6)
                .toList());
    }

    private static Spread one(double value) {
        return Spread.of(List.of(value));
    }

    /** Returns each figure separately. */
    public List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        planned.forEach((load, answers) -> {
            figures.add(new Figure(name(load) + ": refused", "requests", one((double) answers.refused())));
            figures.add(new Figure(name(load) + ": p99", "ms", one(answers.p99())));
            figures.add(new Figure(name(load) + ": longest", "ms", one(answers.longest())));
        });
        kills.forEach(measured -> {
            figures.add(new Figure(name(measured) + ": refused", "requests", of(measured, Steady.Answers::refused)));
            figures.add(new Figure(name(measured) + ": longest", "ms", of(measured, Steady.Answers::longest)));
        });
        starts.forEach((kind, all) -> {
            String name = "start, " + kind.title() + ": ";
            figures.add(new Figure(name + "socket", "ms", ofStarts(all, StartUp::socket)));
            figures.add(new Figure(name + "right answers", "ms", ofStarts(all, StartUp::answer)));
            figures.add(new Figure(name + "processor time", "ms", ofStarts(all, StartUp::processor)));
            figures.add(new Figure(name + "compilers' processor time", "ms", ofStarts(all, StartUp::compilers)));
        });
        return figures;
    }

    private List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        planned.forEach((load, answers) -> {
            targets.add(Target.atMost(name(load) + ": refused", 0, one((double) answers.refused())));
            targets.add(Target.atMost(name(load) + ": p99, ms", MOST_P99, one(answers.p99())));
        });
        kills.forEach(measured -> {
            if (measured.companion()) {
                targets.add(Target.atMost(name(measured) + ": refused", 0, of(measured, Steady.Answers::refused)));
            }
            targets.add(Target.atMost(
                    name(measured) + ": longest, ms",
                    measured.busy() ? LONGEST_BUSY : LONGEST_IDLE,
                    of(measured, Steady.Answers::longest)));
        });
        return targets;
    }

    /** Returns the results as a section of a document. */
    public String text(String machine) {
        MarkdownTable table = new MarkdownTable(List.of("", "requests", "refused", "p99, ms", "longest, ms"));
        planned.forEach((load, answers) -> table.row(List.of(
                name(load),
                String.valueOf(answers.all().size()),
                String.valueOf(answers.refused()),
                String.format(Locale.ROOT, "%.1f", answers.p99()),
                String.format(Locale.ROOT, "%.1f", answers.longest()))));
        MarkdownTable begun = new MarkdownTable(
                List.of("start", "socket, ms", "right answers, ms", "processor time, ms", "of it compilers, ms"));
        starts.forEach((kind, all) -> begun.row(
                kind.title(),
                List.of(
                        ofStarts(all, StartUp::socket),
                        ofStarts(all, StartUp::answer),
                        ofStarts(all, StartUp::processor),
                        ofStarts(all, StartUp::compilers))));
        return """
                ## Restarts

                Measured by `./scripts/bench --restart` on %s.

                200 requests a second, sent whether the ones before are answered or not. A takeover is a new
                runner started with `--takeover`. A runner that is killed by SIGKILL has its sockets kept by
                another process, as systemd does; busy means two spinning processes for each processor. The
                runner then has the weight of its systemd unit against theirs, if this user may give it one.

                %s
                %s
                Starts of a runner with 10,000 keys in last-known-good, from exec, median ± half of the
                interquartile range. Busy means nginx and wrk, each with a thread for each processor, and no
                pause. A group is a control group with a weight, as systemd's `CPUWeight=` gives it. Kinds that
                this user may not use are left out.

                %s
                A takeover as requests on the filter's way see it: the longest of each half second, from the
                start of the new process (at 0).

                ```text
                %s
                ```
                """.formatted(
                        machine,
                        Target.table(targets()),
                        table,
                        begun,
                        TimeLine.of(planned.getOrDefault(Takeovers.Load.FILTER, new Steady.Answers(List.of()))));
    }
}
