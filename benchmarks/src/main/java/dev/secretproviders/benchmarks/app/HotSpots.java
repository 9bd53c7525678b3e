package dev.secretproviders.benchmarks.app;

import dev.secretproviders.benchmarks.load.LoadLoop;
import dev.secretproviders.benchmarks.load.LoadResult;
import dev.secretproviders.benchmarks.process.CpuSamples;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.benchmarks.subject.Subject;
import dev.secretproviders.benchmarks.subject.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Where the event loops spend their time for the two most frequent kinds of requests. */
final class HotSpots {
    static final List<Workload> WORKLOADS = List.of(Workload.ACCEPTED, Workload.REJECTED);

    private HotSpots() {}

    static Map<Workload, CpuSamples> find(
            Processors processors, Workplace workplace, Subject subject, Duration warmUp, Duration duration)
            throws IOException, InterruptedException {
        Map<Workload, CpuSamples> found = new EnumMap<>(Workload.class);
        Path directory = workplace.directory();
        try (RunningSubject running = subject.start(processors, directory)) {
            for (Workload workload : WORKLOADS) {
                try (LoadLoop loop = LoadLoop.open(running.socket(), running.exchange(workload), Plans.USUAL)) {
                    LoadResult _ = loop.run(warmUp);
                    found.put(
                            workload, CpuSamples.taken(running.process().pid(), running.eventLoops(), directory, () -> {
                                LoadResult _ = loop.run(duration);
                            }));
                }
            }
        }
        return found;
    }
}
