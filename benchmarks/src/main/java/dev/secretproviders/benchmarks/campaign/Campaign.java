package dev.secretproviders.benchmarks.campaign;

import dev.secretproviders.benchmarks.load.Exchange;
import dev.secretproviders.benchmarks.load.LoadLoop;
import dev.secretproviders.benchmarks.load.LoadResult;
import dev.secretproviders.benchmarks.process.AllocationMeter;
import dev.secretproviders.benchmarks.process.CpuClock;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.Disturbance;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.benchmarks.subject.Subject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Measures tables. For each fork it starts and warms up all servers; then the rows take turns.
 *
 * @param say receives progress messages
 */
public record Campaign(Processors processors, Workplace workplace, Effort effort, Consumer<String> say) {

    /**
     * Measures one table.
     *
     * @throws IOException if a server fails or gives a single wrong answer
     */
    public Results run(Plan plan) throws IOException, InterruptedException {
        Results results = new Results(plan);
        List<Subject> subjects =
                plan.rows().stream().map(Row::subject).distinct().toList();
        for (int fork = 1; fork <= effort.forks(); fork++) {
            say.accept(plan.title() + ": fork " + fork + " of " + effort.forks());
            Map<Subject, RunningSubject> running = new LinkedHashMap<>();
            try {
                for (Subject subject : subjects) {
                    running.put(subject, subject.start(processors, workplace.directory()));
                }
                for (Subject subject : subjects) {
                    warmUp(plan, subject, Objects.requireNonNull(running.get(subject)));
                }
                for (int round = 0; round < effort.rounds(); round++) {
                    for (Row row : plan.rows()) {
                        measure(row, Objects.requireNonNull(running.get(row.subject())), results);
                    }
                }
            } finally {
                for (RunningSubject subject : running.values()) {
                    subject.close();
                }
            }
        }
        return results;
    }

    /** Warms up a server with all its workloads, each for its share of the time. */
    private void warmUp(Plan plan, Subject subject, RunningSubject running) throws IOException {
        List<Row> rows = plan.rows().stream()
                .filter(row -> row.subject().equals(subject))
                .toList();
        for (Row row : rows) {
            try (LoadLoop loop = LoadLoop.open(running.socket(), running.exchange(row.workload()), row.load())) {
                requireRight(row, loop.run(effort.warmUp().dividedBy(rows.size())));
            }
        }
    }

    private void measure(Row row, RunningSubject running, Results results) throws IOException, InterruptedException {
        Exchange exchange = running.exchange(row.workload());
        Path socket = running.socket();
        CpuClock clock = new CpuClock(running.process().pid());
        try (Disturbance.Going _ = running.begin(row.disturbance());
                AllocationMeter meter = AllocationMeter.of(running.process().pid(), running.eventLoops());
                LoadLoop loop = LoadLoop.open(socket, exchange, row.load())) {
            // When the clocks are read, connections are accepted and the processor runs at full speed.
            requireRight(row, loop.run(effort.slice().dividedBy(4)));
            long bytes = meter.bytes();
            CpuClock.Reading cpu = clock.read();
            LoadResult result = loop.run(effort.slice());
            long nanos = clock.read().since(cpu);
            bytes = meter.bytes() - bytes;
            requireRight(row, result);
            if (result.answered() == 0) {
                throw new IOException(row.name() + ": no answer within " + effort.slice());
            }
            double answered = result.answered();
            results.add(row, Metric.THROUGHPUT, result.perSecond());
            results.add(row, Metric.P50, result.microsAt(50));
            results.add(row, Metric.P99, result.microsAt(99));
            results.add(row, Metric.P999, result.microsAt(99.9));
            results.add(row, Metric.CPU, nanos / answered / TimeUnit.MICROSECONDS.toNanos(1));
            results.add(row, Metric.ALLOCATION, bytes / answered);
            results.add(row, Metric.BUSY, nanos / (double) result.nanos() / processors.serverCount());
        }
    }

    private static void requireRight(Row row, LoadResult result) throws IOException {
        if (result.wrong() > 0) {
            throw new IOException(row.name() + ": " + result.wrong() + " wrong answers, " + result.answered()
                    + " right ones: the figures would mean nothing");
        }
    }
}
