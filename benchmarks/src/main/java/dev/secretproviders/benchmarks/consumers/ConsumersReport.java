package dev.secretproviders.benchmarks.consumers;

import dev.secretproviders.benchmarks.load.Exchange;
import dev.secretproviders.benchmarks.load.Expected;
import dev.secretproviders.benchmarks.load.Texts;
import dev.secretproviders.benchmarks.process.LiveHeap;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.report.Figure;
import dev.secretproviders.benchmarks.report.MarkdownTable;
import dev.secretproviders.benchmarks.report.Target;
import dev.secretproviders.benchmarks.statistics.Spread;
import dev.secretproviders.benchmarks.subject.ConsumersInEtcd;
import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.benchmarks.subject.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Measures many consumers in a real etcd, and reports the results. All parts may use all processors. */
public final class ConsumersReport {
    private static final double MOST_START = 1.5;
    private static final double MOST_CHANGE = 1.5;
    private static final double MOST_CHANGE_MILLIS = 25;
    private static final double MOST_HEAP = 350;
    private static final int WARM_UP_CHANGES = 20;
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

    private final ConsumersEffort effort;
    private final Measured few;
    private final List<Measured> many;

    /**
     * The results for one number of consumers. Times are in milliseconds.
     *
     * @param range the time in which etcd gives all consumers by one question
     * @param beyond the time from exec until all are known, beyond that of a runner with one consumer
     * @param ratio of both
     * @param change from the write of a consumer until its key is accepted
     * @param heap bytes of live heap for each consumer, beyond those of a runner with one consumer
     */
    private record Measured(int count, Spread range, Spread beyond, Spread ratio, Spread change, double heap) {
        String title() {
            return String.format(Locale.ROOT, "%,d", count);
        }
    }

    private ConsumersReport(ConsumersEffort effort, Measured few, List<Measured> many) {
        this.effort = effort;
        this.few = few;
        this.many = many;
    }

    /**
     * Measures the consumers.
     *
     * @param launcher of the runner's distribution
     * @param say receives progress messages
     * @throws IOException if a server fails or answers wrongly once
     */
    public static ConsumersReport measure(
            Processors processors, Workplace workplace, Path launcher, ConsumersEffort effort, Consumer<String> say)
            throws IOException, InterruptedException {
        Measuring measuring = new Measuring(processors.undivided(), workplace, launcher, effort);
        List<Measured> many = new ArrayList<>();
        say.accept("consumers: " + effort.few());
        Measured few = measuring.of(effort.few());
        for (int count : effort.many()) {
            say.accept("consumers: " + count);
            many.add(measuring.of(count));
        }
        return new ConsumersReport(effort, few, many);
    }

    private record Measuring(Processors processors, Workplace workplace, Path launcher, ConsumersEffort effort) {

        Measured of(int count) throws IOException, InterruptedException {
            try (FilledEtcd etcd = new FilledEtcd()) {
                Runner one = new Runner("one", launcher, etcd.fill(1));
                ConsumersInEtcd source = etcd.fill(count);
                Runner all = new Runner("all", launcher, source);
                List<Double> ranges = new ArrayList<>();
                List<Double> without = new ArrayList<>();
                List<Double> with = new ArrayList<>();
                List<Double> changes = List.of();
                long heap = 0;
                // The first question is slow, as the code of this process is new.
                etcd.readAll(source);
                for (int i = 0; i < effort.starts(); i++) {
                    boolean last = i == effort.starts() - 1;
                    long asked = System.nanoTime();
                    etcd.readAll(source);
                    ranges.add(millis(System.nanoTime() - asked));
                    try (RunningSubject running = one.start(processors, workplace.directory())) {
                        without.add(millis(running.startUp().answer().toNanos()));
                        heap -= last ? LiveHeap.bytes(running.process()) : 0;
                    }
                    try (RunningSubject running = all.start(processors, workplace.directory())) {
                        with.add(millis(running.startUp().answer().toNanos()));
                        // The changed keys stay, so that no start may follow.
                        if (last) {
                            heap += LiveHeap.bytes(running.process());
                            changes = changes(etcd, source, running);
                        }
                    }
                }
                double range = Spread.of(ranges).median();
                Spread beyond = Spread.ofDifferences(with, without);
                Spread ratio = new Spread(
                        beyond.median() / range, beyond.low() / range, beyond.high() / range, beyond.count());
                return new Measured(count, Spread.of(ranges), beyond, ratio, Spread.of(changes), (double) heap / count);
            }
        }

        private List<Double> changes(FilledEtcd etcd, ConsumersInEtcd source, RunningSubject running)
                throws IOException, InterruptedException {
            List<Double> changes = new ArrayList<>();
            int count = source.credentials().count();
            for (int i = 0; i < WARM_UP_CHANGES + effort.changes(); i++) {
                int index = (int) (i * 7_919L % count);
                String key = Credentials.key(count + i);
                long written = System.nanoTime();
                etcd.change(source, index, key);
                awaitAccepted(running, key, Credentials.name(index), written);
                if (i >= WARM_UP_CHANGES) {
                    changes.add(millis(System.nanoTime() - written));
                }
            }
            return changes;
        }

        private static void awaitAccepted(RunningSubject running, String key, String name, long since)
                throws IOException {
            while (true) {
                try {
                    Exchange _ = running.exchange(
                            Workload.ACCEPTED, Texts.of(1, _ -> key), Texts.of(1, _ -> name), Expected.ACCEPTED);
                    return;
                } catch (IOException e) {
                    if (System.nanoTime() - since > PATIENCE) {
                        throw e;
                    }
                }
            }
        }
    }

    private static double millis(long nanos) {
        return nanos / (double) Duration.ofMillis(1).toNanos();
    }

    /** Returns each figure separately. */
    public List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        figures.add(new Figure("consumers: " + few.title() + ": a change to its decision", "ms", few.change()));
        for (Measured measured : many) {
            String name = "consumers: " + measured.title() + ": ";
            figures.add(new Figure(name + "all of them from etcd by one question", "ms", measured.range()));
            figures.add(new Figure(name + "exec to all known, beyond a start with one", "ms", measured.beyond()));
            figures.add(new Figure(name + "the latter against the former", "ratio", measured.ratio()));
            figures.add(new Figure(name + "a change to its decision", "ms", measured.change()));
            figures.add(new Figure(name + "the same against " + few.title(), "ratio", changeRatio(measured)));
            figures.add(new Figure(name + "live heap for each", "bytes", one(measured.heap())));
        }
        return figures;
    }

    private Spread changeRatio(Measured measured) {
        double base = few.change().median();
        Spread change = measured.change();
        return new Spread(change.median() / base, change.low() / base, change.high() / base, change.count());
    }

    private static Spread one(double value) {
        return Spread.of(List.of(value));
    }

    /** Returns the results as a section of a document. */
    public String text(String machine) {
        MarkdownTable table = new MarkdownTable(List.of(
                "consumers",
                "etcd, one question, ms",
                "exec to all known, beyond one consumer, ms",
                "a change to its decision, ms",
                "live heap for each, bytes"));
        for (Measured measured : many) {
            table.row(
                    measured.title(),
                    List.of(measured.range(), measured.beyond(), measured.change(), one(measured.heap())));
        }
        return """
                ## Many consumers in etcd

                Measured by `./scripts/bench --consumers` on %s.

                A real etcd holds the consumers, each with a key in clear. The measuring program, etcd and the
                runner share all processors. "One question" is one range over all of them. A change is timed
                from the write to etcd until the runner accepts the new key: %d times, by requests one after
                the other. With %s consumers it takes %.1f ms.

                %s
                %s""".formatted(
                        machine, effort.changes(), few.title(), few.change().median(), Target.table(targets()), table);
    }

    private List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        for (Measured measured : many) {
            String name = measured.title() + " consumers: ";
            targets.add(Target.atMost(
                    name + "exec to all known, less a start with one, against one question to etcd",
                    MOST_START,
                    measured.ratio()));
            targets.add(Target.atMost(
                    name + "a change to its decision against " + few.title(), MOST_CHANGE, changeRatio(measured)));
            targets.add(Target.atMost(name + "a change to its decision, ms", MOST_CHANGE_MILLIS, measured.change()));
            targets.add(Target.atMost(name + "live heap for each, bytes", MOST_HEAP, one(measured.heap())));
        }
        return targets;
    }
}
