package dev.secretproviders.benchmarks.app;

import dev.secretproviders.benchmarks.campaign.Metric;
import dev.secretproviders.benchmarks.campaign.Results;
import dev.secretproviders.benchmarks.campaign.Row;
import dev.secretproviders.benchmarks.load.Load;
import dev.secretproviders.benchmarks.report.Target;
import dev.secretproviders.benchmarks.statistics.Spread;
import dev.secretproviders.benchmarks.subject.Disturbance;
import dev.secretproviders.benchmarks.subject.Subject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The goals of this project, compared with the results. */
final class Targets {
    private final Plans plans;
    private final Measurements measured;

    Targets(Plans plans, Measurements measured) {
        this.plans = plans;
        this.measured = measured;
    }

    List<Target> all() {
        List<Target> targets = new ArrayList<>();
        Row ours = plans.accepted(plans.usual(), Plans.USUAL);
        targets.add(Target.atLeast(
                "throughput against the floor, 10,000 keys, 32 connections",
                0.90,
                measured.closed().ratio(ours, plans.accepted(plans.floor(), Plans.USUAL), Metric.THROUGHPUT)));
        Load half = plans.half(measured);
        targets.add(Target.atMost(
                "p99 against the floor, at half of the floor's rate",
                1.25,
                measured.open()
                        .ratio(plans.accepted(plans.usual(), half), plans.accepted(plans.floor(), half), Metric.P99)));
        targets.add(Target.atMost(
                "CPU per request against runner 0.4.0 with its HashMap, the worst row", 0.75, worstCpu()));
        targets.add(Target.atLeast(
                "throughput against runner 0.4.0 with its HashMap, the worst row", 1.0, worstThroughput()));
        targets.add(Target.atLeast(
                "throughput with the most keys against 10",
                0.95,
                measured.closed()
                        .ratio(
                                plans.accepted(plans.most(), Plans.USUAL),
                                plans.accepted(plans.few(), Plans.USUAL),
                                Metric.THROUGHPUT)));
        targets.add(Target.atLeast(
                "throughput of secret-inject with two headers against the floor's constant answer",
                0.95,
                measured.kinds()
                        .ratio(plans.injected(), plans.accepted(plans.floor(), Plans.USUAL), Metric.THROUGHPUT)));
        for (Disturbance disturbance : List.of(Disturbance.ROTATION, Disturbance.DEAD_MANAGER)) {
            Row row = plans.managed(disturbance);
            Row quiet = plans.managed(Disturbance.NONE);
            Results table = measured.disturbed();
            targets.add(Target.atLeast(
                    "throughput against quiet" + disturbance.suffix(),
                    0.97,
                    table.ratio(row, quiet, Metric.THROUGHPUT)));
            targets.add(Target.atMost(
                    "p99.9 against quiet" + disturbance.suffix(), 1.5, table.ratio(row, quiet, Metric.P999)));
        }
        targets.add(Target.atMost(
                "bytes allocated on the event loop for an accepted request",
                64,
                measured.closed().spread(ours, Metric.ALLOCATION)));
        targets.add(Target.atMost(
                "bytes of heap in the index for each credential, without its secret's digest",
                96,
                measured.footprint()));
        targets.add(Target.atMost(
                "exec to socket accepting against a hello-world JVM",
                8,
                measured.starts().inHellos(measured.starts().usual().socketMillis())));
        targets.add(Target.atMost(
                "exec to right answers, 10,000 credentials in last-known-good, against the same",
                40,
                measured.starts().inHellos(measured.starts().remembering().answerMillis())));
        return targets;
    }

    private Spread worstCpu() {
        return againstHashMap(Metric.CPU).stream()
                .max(Comparator.comparingDouble(Spread::median))
                .orElseThrow();
    }

    private Spread worstThroughput() {
        return againstHashMap(Metric.THROUGHPUT).stream()
                .min(Comparator.comparingDouble(Spread::median))
                .orElseThrow();
    }

    private List<Spread> againstHashMap(Metric metric) {
        List<Spread> ratios = new ArrayList<>();
        for (Subject ours : List.of(plans.few(), plans.usual(), plans.most())) {
            for (Load load : Plans.closedLoads()) {
                ratios.add(measured.closed()
                        .ratio(plans.accepted(ours, load), plans.accepted(plans.hashMap(), load), metric));
            }
        }
        return ratios;
    }
}
