package dev.secretproviders.benchmarks.app;

import dev.secretproviders.benchmarks.campaign.Results;
import dev.secretproviders.benchmarks.coldstart.ColdStarts;
import dev.secretproviders.benchmarks.micro.MicroBenchmarks;
import dev.secretproviders.benchmarks.statistics.Spread;
import java.util.List;

/**
 * All that one run measured.
 *
 * @param footprint heap in the index for each credential, in bytes
 */
record Measurements(
        Results closed,
        Results kinds,
        Results disturbed,
        Results open,
        ColdStarts.Report starts,
        List<MicroBenchmarks.Measured> micro,
        Spread footprint) {
    Measurements {
        micro = List.copyOf(micro);
    }

    List<Results> tables() {
        return List.of(closed, kinds, disturbed, open);
    }
}
