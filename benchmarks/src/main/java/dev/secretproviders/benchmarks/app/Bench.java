package dev.secretproviders.benchmarks.app;

import dev.secretproviders.benchmarks.campaign.Campaign;
import dev.secretproviders.benchmarks.campaign.Effort;
import dev.secretproviders.benchmarks.campaign.Metric;
import dev.secretproviders.benchmarks.campaign.Results;
import dev.secretproviders.benchmarks.campaign.Row;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.Peer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures, tells the figures, and writes the report. */
@Command(name = "bench", mixinStandardHelpOptions = true, description = "Measures the runner against the floor and the official one.")
public final class Bench implements Callable<Integer> {
    @Option(names = "--quick", description = "spend little time: to see that it works, not for figures")
    boolean quick;
    @Option(names = "--only", split = ",", description = "measure these tables alone: closed, kinds, disturbed, open")
    List<String> only = List.of();
    @Option(names = "--runner", required = true, paramLabel = "JAR", description = "our packaged runner")
    Path runner = Path.of("");
    @Option(names = "--peer", required = true, paramLabel = "JAR", description = "apisix-runner-starter")
    Path peer = Path.of("");
    @Option(names = "--peer-filters", required = true, paramLabel = "JAR", description = "filters for it")
    Path peerFilters = Path.of("");

    /** Runs the command line and exits the process. */
    public static void main(String[] arguments) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly)));
        System.exit(new CommandLine(new Bench()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        Effort effort = quick ? Effort.QUICK : Effort.WHOLE;
        Plans plans = new Plans(new Artifacts(runner, new Peer.Jars(peer, peerFilters)), effort);
        Processors processors = Processors.divided();
        processors.take();
        List<Results> all = new ArrayList<>();
        try (Workplace workplace = Workplace.create()) {
            Campaign campaign = new Campaign(processors, workplace, effort, System.err::println);
            if (only.contains("closed")) all.add(campaign.run(plans.closed()));
            if (only.contains("kinds")) all.add(campaign.run(plans.kinds()));
            if (only.contains("disturbed")) all.add(campaign.run(plans.disturbed()));
            if (only.contains("open")) all.add(campaign.run(plans.open(40000)));
        }
        for (Results results : all) for (Row row : results.plan().rows()) {
            StringBuilder line = new StringBuilder(String.format("%-70s", row.name()));
            for (Metric metric : Metric.values()) line.append(String.format(" %s %.1f", metric.title(), results.spread(row, metric).median()));
            System.out.println(line);
        }
        return 0;
    }
}
