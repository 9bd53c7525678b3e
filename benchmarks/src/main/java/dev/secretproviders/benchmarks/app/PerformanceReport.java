package dev.secretproviders.benchmarks.app;

import dev.secretproviders.benchmarks.campaign.Metric;
import dev.secretproviders.benchmarks.campaign.Results;
import dev.secretproviders.benchmarks.campaign.Row;
import dev.secretproviders.benchmarks.coldstart.ColdStarts;
import dev.secretproviders.benchmarks.micro.MicroBenchmarks;
import dev.secretproviders.benchmarks.report.BarChart;
import dev.secretproviders.benchmarks.report.Figure;
import dev.secretproviders.benchmarks.report.FlameGraph;
import dev.secretproviders.benchmarks.report.GeneratedSection;
import dev.secretproviders.benchmarks.report.Machine;
import dev.secretproviders.benchmarks.report.MarkdownTable;
import dev.secretproviders.benchmarks.report.Target;
import dev.secretproviders.benchmarks.statistics.Spread;
import dev.secretproviders.benchmarks.subject.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Writes what was measured: the generated part of a document, its pictures, and JSON. */
record PerformanceReport(Machine machine, Plans plans, Measurements measured) {
    private static final String PICTURES = "performance";

    /** Returns every figure by itself. */
    List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        for (Results table : measured.tables()) {
            for (Row row : table.plan().rows()) {
                for (Metric metric : Metric.values()) {
                    figures.add(new Figure(
                            table.plan().id() + ": " + row.name() + ": " + metric.title(),
                            metric.unit(),
                            table.spread(row, metric)));
                }
            }
        }
        figures.add(new Figure("start: hello world", "ms", measured.starts().helloMillis()));
        for (ColdStarts.Measured start : measured.starts().all()) {
            figures.add(new Figure("start: " + start.name() + ": socket", "ms", start.socketMillis()));
            figures.add(new Figure("start: " + start.name() + ": answers", "ms", start.answerMillis()));
            figures.add(new Figure("start: " + start.name() + ": resident", "MiB", start.residentMib()));
        }
        for (MicroBenchmarks.Measured micro : measured.micro()) {
            figures.add(new Figure("jmh: " + micro.name(), micro.unit(), micro.values()));
        }
        figures.add(new Figure("index: heap for each credential", "bytes", measured.footprint()));
        for (Target target : targets()) {
            figures.add(new Figure(
                    "target: " + target.figure() + " " + target.goalText(),
                    target.reached() ? "reached" : "missed",
                    target.measured()));
        }
        return figures;
    }

    /** Writes the generated part of the document and, in a directory next to it, its pictures. */
    void write(Path document) throws IOException {
        Path pictures = document.resolveSibling(PICTURES);
        Files.createDirectories(pictures);
        Files.writeString(
                pictures.resolve("throughput.svg"), chart(Metric.THROUGHPUT).svg());
        Files.writeString(pictures.resolve("cpu.svg"), chart(Metric.CPU).svg());
        Files.writeString(pictures.resolve("p99.svg"), openChart().svg());
        for (Workload workload : HotSpots.WORKLOADS) {
            Files.writeString(
                    pictures.resolve(flames(workload) + ".svg"),
                    flameGraph(workload).svg());
        }
        new GeneratedSection("scripts/bench").write(document, markdown());
    }

    private List<Target> targets() {
        return new Targets(plans, measured).all();
    }

    private String markdown() {
        StringBuilder text = new StringBuilder();
        text.append("""
                ## Measured

                `./scripts/bench` on %s. The peer is the official runner 0.4.0.

                The driver has one processor for itself; the server under measurement has all others. Rows of
                a table take turns, so that other load of the machine affects each alike. A ratio is taken
                within each turn. Figures are medians, ± half of what the middle half of the measurements
                spans. Every answer was compared byte for byte with the right one. "Server busy" near 1 says
                that the server, not the driver, set the throughput.

                """.formatted(machine.text()));
        text.append("### Against the goals\n\n").append(Target.table(targets())).append('\n');
        for (Results table : measured.tables()) {
            text.append("### ").append(table.plan().title()).append("\n\n");
            if (table == measured.closed()) {
                text.append(picture("throughput", "Throughput at 32 connections"))
                        .append(picture("cpu", "CPU per request at 32 connections"));
            } else if (table == measured.open()) {
                text.append(picture("p99", "p99 at half of the floor's throughput"));
            }
            text.append(table(table)).append('\n');
        }
        text.append("### Where the time goes\n\n");
        for (Workload workload : HotSpots.WORKLOADS) {
            text.append(picture(flames(workload), "Flame graph: " + workload.title()));
        }
        text.append("### Start\n\nOn all processors, unless the row names a number.\n\n")
                .append(startTable())
                .append('\n');
        text.append("### Parts by themselves (JMH)\n\n").append(microTable());
        text.append("\nHeap in the index for each credential, without the 40 bytes of its secret's digest: ")
                .append(Math.round(measured.footprint().median()))
                .append(" bytes.\n");
        return text.toString();
    }

    private static String flames(Workload workload) {
        return "flames-" + workload.name().toLowerCase(Locale.ROOT);
    }

    private FlameGraph flameGraph(Workload workload) {
        return new FlameGraph(
                "Event loops, " + workload.title() + ", 10,000 keys, 32 connections",
                Objects.requireNonNull(measured.hotSpots().get(workload)).stacks());
    }

    private static String picture(String name, String text) {
        return "![" + text + "](" + PICTURES + "/" + name + ".svg)\n\n";
    }

    private static MarkdownTable table(Results results) {
        List<String> headings = new ArrayList<>(List.of("row"));
        Arrays.stream(Metric.values())
                .map(metric -> metric.title() + ", " + metric.unit())
                .forEach(headings::add);
        MarkdownTable table = new MarkdownTable(headings);
        for (Row row : results.plan().rows()) {
            List<Spread> cells = Arrays.stream(Metric.values())
                    .map(metric -> results.spread(row, metric))
                    .toList();
            table.row(row.name(), cells);
        }
        return table;
    }

    private MarkdownTable startTable() {
        MarkdownTable table = new MarkdownTable(
                List.of("start", "exec to socket, ms", "exec to right answers, ms", "resident then, MiB"));
        for (ColdStarts.Measured start : measured.starts().all()) {
            table.row(start.name(), List.of(start.socketMillis(), start.answerMillis(), start.residentMib()));
        }
        return table.row(List.of(
                "hello-world JVM, exec to its end",
                "",
                String.format(
                        Locale.ROOT, "%.1f", measured.starts().helloMillis().median()),
                ""));
    }

    private MarkdownTable microTable() {
        MarkdownTable table = new MarkdownTable(List.of("benchmark", "time", "unit"));
        for (MicroBenchmarks.Measured micro : measured.micro()) {
            table.row(List.of(
                    micro.name(),
                    String.format(Locale.ROOT, "%,.1f", micro.values().median()),
                    micro.unit()));
        }
        return table;
    }

    private BarChart chart(Metric metric) {
        return chart(
                metric.title() + ", accepted, 32 connections",
                metric,
                measured.closed(),
                row -> row.load().equals(Plans.USUAL));
    }

    private BarChart openChart() {
        return chart(
                "p99 at half of the floor's throughput",
                Metric.P99,
                measured.open(),
                row -> row.load().equals(plans.half(measured)));
    }

    private BarChart chart(String title, Metric metric, Results results, Predicate<Row> which) {
        Stream<Row> rows = results.plan().rows().stream().filter(which);
        return new BarChart(
                title,
                metric.unit(),
                rows.map(row -> new BarChart.Bar(
                                row.subject().name(),
                                results.spread(row, metric).median(),
                                plans.isOurs(row.subject())))
                        .toList());
    }
}
