package dev.secretproviders.benchmarks.restart;

import dev.secretproviders.benchmarks.process.CpuGroup;
import java.util.Optional;

/**
 * Control groups for the runner and for what keeps the processors busy, as systemd makes one for each service.
 *
 * @param runner has the weight
 * @param load has the usual weight
 */
record Weights(CpuGroup runner, CpuGroup load) implements AutoCloseable {
    /** As in {@code secret-providers.service}. */
    static final int OF_THE_UNIT = 500;

    /** Creates both groups. Empty if this user may not do so. */
    static Optional<Weights> of(int runner) {
        Optional<CpuGroup> ours = CpuGroup.create("runner", runner);
        Optional<CpuGroup> others = CpuGroup.create("load", CpuGroup.USUAL);
        if (ours.isPresent() && others.isPresent()) {
            return Optional.of(new Weights(ours.get(), others.get()));
        }
        ours.ifPresent(CpuGroup::close);
        others.ifPresent(CpuGroup::close);
        return Optional.empty();
    }

    @Override
    public void close() {
        runner.close();
        load.close();
    }
}
