package dev.secretproviders.benchmarks.app;

import dev.secretproviders.benchmarks.campaign.Campaign;
import dev.secretproviders.benchmarks.campaign.Effort;
import dev.secretproviders.benchmarks.campaign.Metric;
import dev.secretproviders.benchmarks.campaign.Results;
import dev.secretproviders.benchmarks.coldstart.ColdStarts;
import dev.secretproviders.benchmarks.companion.CompanionEffort;
import dev.secretproviders.benchmarks.companion.CompanionReport;
import dev.secretproviders.benchmarks.consumers.ConsumersEffort;
import dev.secretproviders.benchmarks.consumers.ConsumersReport;
import dev.secretproviders.benchmarks.dashboard.DashboardEffort;
import dev.secretproviders.benchmarks.dashboard.DashboardReport;
import dev.secretproviders.benchmarks.kinds.KindsEffort;
import dev.secretproviders.benchmarks.kinds.KindsReport;
import dev.secretproviders.benchmarks.micro.MicroBenchmarks;
import dev.secretproviders.benchmarks.process.CpuSamples;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.ServerProcess;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.report.Figure;
import dev.secretproviders.benchmarks.report.GeneratedSection;
import dev.secretproviders.benchmarks.report.Machine;
import dev.secretproviders.benchmarks.restart.RestartEffort;
import dev.secretproviders.benchmarks.restart.RestartReport;
import dev.secretproviders.benchmarks.statistics.Spread;
import dev.secretproviders.benchmarks.subject.JvmCommand;
import dev.secretproviders.benchmarks.subject.Peer;
import dev.secretproviders.benchmarks.subject.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command behind {@code scripts/bench}: measures, prints the figures, and writes them to a document. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures the runner against the floor of its transport and the official runner.")
public final class Bench implements Callable<Integer> {
    private static final String FOOTPRINT = "dev.secretproviders.auth.IndexFootprint";

    @Option(names = "--quick", description = "see in a few minutes that everything works; the figures mean little")
    private boolean quick;

    @Option(names = "--json", paramLabel = "FILE", description = "write every figure there")
    private @Nullable Path json;

    @Option(
            names = "--document",
            paramLabel = "FILE",
            description = "write the generated part of this document; without it, nothing is written")
    private @Nullable Path document;

    @Option(names = "--runner", required = true, paramLabel = "FILE", description = "the launcher of our distribution")
    private @Nullable Path runner;

    @Option(names = "--peer", required = true, paramLabel = "JAR", description = "apisix-runner-starter")
    private @Nullable Path peer;

    @Option(names = "--peer-filters", required = true, paramLabel = "JAR", description = "our filters for it")
    private @Nullable Path peerFilters;

    @Option(
            names = "--companion",
            paramLabel = "DIRECTORY",
            description = "measure only the plugin for APISIX in this directory")
    private @Nullable Path companion;

    @Option(names = "--dashboard", description = "measure only the dashboard")
    private boolean dashboard;

    @Option(names = "--kinds", description = "measure only kinds of credentials other than keys, and certificates")
    private boolean kinds;

    @Option(
            names = "--restart",
            paramLabel = "DIRECTORY",
            description = "measure only restarts, also with the plugin for APISIX in this directory")
    private @Nullable Path restart;

    @Option(names = "--consumers", description = "measure only many consumers in etcd")
    private boolean consumers;

    /** Runs the command line and exits the process. Servers end with it in any case. */
    public static void main(String[] arguments) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly)));
        System.exit(new CommandLine(new Bench()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Machine machine = Machine.here();
        Processors processors = Processors.divided();
        if (consumers) {
            return consumers(machine, processors);
        }
        processors.take();
        if (dashboard) {
            return dashboard(machine, processors);
        }
        if (kinds) {
            return kinds(machine, processors);
        }
        if (restart != null) {
            return restart(restart, machine, processors);
        }
        return companion == null ? runner(machine, processors) : companion(companion, machine, processors);
    }

    private int dashboard(Machine machine, Processors processors) throws IOException, InterruptedException {
        try (Workplace workplace = Workplace.create()) {
            DashboardReport report = DashboardReport.measure(
                    processors,
                    workplace,
                    Objects.requireNonNull(runner),
                    quick ? DashboardEffort.QUICK : DashboardEffort.WHOLE,
                    Bench::say);
            tell(report.figures());
            if (document != null) {
                new GeneratedSection("scripts/bench --dashboard").write(document, report.text(machine.text()));
            }
        }
        return 0;
    }

    private int kinds(Machine machine, Processors processors) throws IOException, InterruptedException {
        try (Workplace workplace = Workplace.create()) {
            KindsReport report = KindsReport.measure(
                    processors,
                    workplace,
                    Objects.requireNonNull(runner),
                    quick ? KindsEffort.QUICK : KindsEffort.WHOLE,
                    Bench::say);
            tell(report.figures());
            if (document != null) {
                new GeneratedSection("scripts/bench --kinds").write(document, report.text(machine.text()));
            }
        }
        return 0;
    }

    private int consumers(Machine machine, Processors processors) throws IOException, InterruptedException {
        try (Workplace workplace = Workplace.create()) {
            ConsumersReport report = ConsumersReport.measure(
                    processors,
                    workplace,
                    Objects.requireNonNull(runner),
                    quick ? ConsumersEffort.QUICK : ConsumersEffort.WHOLE,
                    Bench::say);
            tell(report.figures());
            if (document != null) {
                new GeneratedSection("scripts/bench --consumers").write(document, report.text(machine.text()));
            }
        }
        return 0;
    }

    private int companion(Path plugin, Machine machine, Processors processors)
            throws IOException, InterruptedException {
        try (Workplace workplace = Workplace.create()) {
            CompanionReport report = CompanionReport.measure(
                    processors,
                    workplace,
                    Objects.requireNonNull(runner),
                    plugin,
                    quick ? CompanionEffort.QUICK : CompanionEffort.WHOLE,
                    Bench::say);
            tell(report.figures());
            if (document != null) {
                new GeneratedSection("scripts/bench --companion").write(document, report.text(machine.text()));
            }
        }
        return 0;
    }

    private int restart(Path plugin, Machine machine, Processors processors) throws IOException, InterruptedException {
        try (Workplace workplace = Workplace.create()) {
            RestartReport report = RestartReport.measure(
                    processors,
                    workplace,
                    Objects.requireNonNull(runner),
                    plugin,
                    quick ? RestartEffort.QUICK : RestartEffort.WHOLE,
                    Bench::say);
            tell(report.figures());
            if (document != null) {
                new GeneratedSection("scripts/bench --restart").write(document, report.text(machine.text()));
            }
        }
        return 0;
    }

    private void tell(List<Figure> figures) throws IOException {
        figures.forEach(figure -> System.out.printf(
                Locale.ROOT,
                "%-100s %12.2f %s%n",
                figure.name(),
                figure.values().median(),
                figure.unit()));
        if (json != null) {
            Figure.write(json, figures);
        }
    }

    private int runner(Machine machine, Processors processors) throws IOException, InterruptedException {
        Effort effort = quick ? Effort.QUICK : Effort.WHOLE;
        Peer.Jars jars = new Peer.Jars(Objects.requireNonNull(peer), Objects.requireNonNull(peerFilters));
        Plans plans = new Plans(Objects.requireNonNull(runner), jars, effort);
        try (Workplace workplace = Workplace.create()) {
            Measurements measured = measure(effort, plans, processors, workplace);
            PerformanceReport report = new PerformanceReport(machine, plans, measured);
            tell(report.figures());
            if (document != null) {
                report.write(document);
            }
        }
        return 0;
    }

    private static Measurements measure(Effort effort, Plans plans, Processors processors, Workplace workplace)
            throws IOException, InterruptedException {
        Campaign campaign = new Campaign(processors, workplace, effort, Bench::say);
        Results closed = campaign.run(plans.closed());
        Results kinds = campaign.run(plans.kinds());
        Results disturbed = campaign.run(plans.disturbed());
        double most = closed.spread(plans.accepted(plans.floor(), Plans.USUAL), Metric.THROUGHPUT)
                .median();
        Results open = campaign.run(plans.open(most));
        say("Cold starts");
        ColdStarts.Report starts = new ColdStarts(processors, workplace, effort.starts())
                .run(plans.usual(), List.of(plans.most(), plans.hashMap(), plans.floor()));
        say("Parts by themselves");
        List<MicroBenchmarks.Measured> micro = MicroBenchmarks.run(processors, workplace, effort.micro());
        say("Where the time goes");
        Map<Workload, CpuSamples> hotSpots = HotSpots.find(
                processors,
                workplace,
                plans.usual(),
                effort.warmUp(),
                effort.slice().multipliedBy(4));
        Spread footprint = footprint(processors, workplace, effort.mostKeys());
        return new Measurements(closed, kinds, disturbed, open, starts, micro, footprint, hotSpots);
    }

    /** Measures in a separate process, so that nothing else is in its heap. */
    private static Spread footprint(Processors processors, Workplace workplace, int credentials)
            throws IOException, InterruptedException {
        List<String> command = JvmCommand.of()
                .options("-Xmx2g", "-XX:+UseCompactObjectHeaders")
                .classpath(System.getProperty("java.class.path"))
                .main(FOOTPRINT, Integer.toString(credentials));
        try (ServerProcess process = ServerProcess.start(processors, workplace.directory(), command, Map.of())) {
            var _ = process.awaitEnd();
            return Spread.of(List.of(Double.valueOf(process.log().strip())));
        }
    }

    private static void say(String what) {
        System.err.println(what);
    }
}
