package dev.secretproviders.benchmarks.app;

import dev.secretproviders.benchmarks.campaign.Results;
import dev.secretproviders.benchmarks.coldstart.ColdStarts;
import dev.secretproviders.benchmarks.micro.MicroBenchmarks;
import dev.secretproviders.benchmarks.process.CpuSamples;
import dev.secretproviders.benchmarks.statistics.Spread;
import dev.secretproviders.benchmarks.subject.Workload;
import java.util.List;
import java.util.Map;

/**
 * All results of one run.
 *
 * @param footprint heap in the index for each credential, in bytes
 * @param hotSpots of the event loops with 10,000 keys and 32 connections
 */
record Measurements(
        Results closed,
        Results kinds,
        Results disturbed,
        Results open,
        ColdStarts.Report starts,
        List<MicroBenchmarks.Measured> micro,
        Spread footprint,
        Map<Workload, CpuSamples> hotSpots) {
    Measurements {
        micro = List.copyOf(micro);
        hotSpots = Map.copyOf(hotSpots);
    }

    List<Results> tables() {
        return List.of(closed, kinds, disturbed, open);
    }
}
