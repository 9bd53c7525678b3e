package dev.secretproviders.benchmarks.dashboard;

import dev.secretproviders.benchmarks.load.Load;
import dev.secretproviders.benchmarks.load.LoadLoop;
import dev.secretproviders.benchmarks.load.LoadResult;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.report.Figure;
import dev.secretproviders.benchmarks.report.MarkdownTable;
import dev.secretproviders.benchmarks.report.Target;
import dev.secretproviders.benchmarks.statistics.Spread;
import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.benchmarks.subject.KeyFile;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.benchmarks.subject.Workload;
import dev.secretproviders.peers.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/** Measures the dashboard and reports the results. */
public final class DashboardReport {
    private static final double MOST_PAGE_MILLIS = 200;
    private static final double LEAST_THROUGHPUT = 0.9;
    private static final double MOST_P99 = 1.5;
    private static final int CONNECTIONS = 32;
    /** Requests a second of the open loop. */
    private static final double RATE = 20_000;

    private static final int SHOWN_PAGES = 8;
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final double P50 = 50;
    private static final double P99 = 99;

    private final DashboardEffort effort;
    private final Map<URI, Histogram> pages;
    private final Clicked throughput;
    private final Clicked latency;

    /**
     * A figure of the request path, with people who click and without.
     *
     * @param clicks pages that were opened meanwhile
     */
    private record Clicked(List<Double> with, List<Double> without, long clicks) {
        Spread ratio() {
            return Spread.ofRatios(with, without);
        }
    }

    private DashboardReport(DashboardEffort effort, Map<URI, Histogram> pages, Clicked throughput, Clicked latency) {
        this.effort = effort;
        this.pages = pages;
        this.throughput = throughput;
        this.latency = latency;
    }

    /**
     * Measures the dashboard.
     *
     * @param launcher of the runner's distribution
     * @param say receives progress messages
     * @throws IOException if a page is not there or a request is answered wrongly once
     */
    public static DashboardReport measure(
            Processors processors, Workplace workplace, Path launcher, DashboardEffort effort, Consumer<String> say)
            throws IOException, InterruptedException {
        Runner runner = new Runner(
                "runner", launcher, new KeyFile(new Credentials(effort.references()), effort.keysInProvider()));
        Path directory = workplace.directory();
        int port = FreePorts.next();
        URI server = URI.create("http://127.0.0.1:" + port);
        List<Person> persons = new ArrayList<>();
        try (RunningSubject running = runner.start(processors, directory, port)) {
            String token = running.process().await(() -> token(directory));
            for (int i = 0; i < People.COUNT; i++) {
                persons.add(running.process().await(() -> Person.logIn(server, token)));
            }
            say.accept("Filling the audit log");
            AuditedWrites.make(server, token, effort);
            List<URI> found = Pages.find(persons.getFirst());
            say.accept("Opening " + found.size() + " pages");
            Map<URI, Histogram> pages = views(persons.getFirst(), found, effort.views());
            say.accept("Throughput while people click");
            Clicked throughput =
                    clicked(running, new Load.Closed(CONNECTIONS), persons, found, effort, LoadResult::perSecond);
            say.accept("Latency while people click");
            Clicked latency = clicked(
                    running, new Load.Open(CONNECTIONS, RATE), persons, found, effort, result -> result.microsAt(P99));
            return new DashboardReport(effort, pages, throughput, latency);
        } finally {
            for (Person person : persons) {
                person.close();
            }
        }
    }

    private static String token(Path directory) throws IOException {
        String text = Files.readString(directory.resolve("secret-providers-data/admin-token"));
        if (text.isBlank()) {
            throw new IOException("the token is not written yet");
        }
        return text.strip();
    }

    /** Opens the pages in turn, so that each meets the same state of the machine. The first views are not counted. */
    private static Map<URI, Histogram> views(Person person, List<URI> pages, int views) throws IOException {
        Map<URI, Histogram> times = new LinkedHashMap<>();
        for (URI page : pages) {
            times.put(page, new Histogram(TimeUnit.MINUTES.toNanos(1), 3));
        }
        for (int view = -views / 3; view < views; view++) {
            for (URI page : pages) {
                long nanos = person.open(page);
                if (view >= 0) {
                    Objects.requireNonNull(times.get(page)).recordValue(nanos);
                }
            }
        }
        return times;
    }

    /** A figure of a load. */
    private interface Of {
        double load(LoadResult result);
    }

    /** Measures with people who click and without, in turn. */
    private static Clicked clicked(
            RunningSubject running, Load load, List<Person> persons, List<URI> pages, DashboardEffort effort, Of of)
            throws IOException, InterruptedException {
        List<Double> with = new ArrayList<>();
        List<Double> without = new ArrayList<>();
        long clicks = 0;
        try (LoadLoop loop = LoadLoop.open(running.socket(), running.exchange(Workload.ACCEPTED), load)) {
            double _ = of.load(right(loop.run(WARM_UP)));
            for (int round = 0; round < effort.rounds(); round++) {
                without.add(of.load(right(loop.run(effort.slice()))));
                try (People people = People.begin(persons, pages)) {
                    with.add(of.load(right(loop.run(effort.slice()))));
                    clicks += people.end();
                }
            }
        }
        return new Clicked(with, without, clicks);
    }

    private static LoadResult right(LoadResult result) throws IOException {
        if (result.wrong() > 0 || result.answered() == 0) {
            throw new IOException(result.wrong() + " wrong answers, " + result.answered() + " right ones");
        }
        return result;
    }

    private static double millis(Histogram times, double percent) {
        return times.getValueAtPercentile(percent) / 1e6;
    }

    private double slowest() {
        return pages.values().stream()
                .mapToDouble(times -> millis(times, P99))
                .max()
                .orElseThrow();
    }

    private static Spread one(double value) {
        return Spread.of(List.of(value));
    }

    /** Returns each figure separately. */
    public List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        pages.forEach((page, times) -> {
            figures.add(new Figure("dashboard: " + page + ": p50", "ms", one(millis(times, P50))));
            figures.add(new Figure("dashboard: " + page + ": p99", "ms", one(millis(times, P99))));
        });
        figures.add(new Figure("dashboard: the slowest page, p99", "ms", one(slowest())));
        figures.add(new Figure("requests: throughput without clicks", "requests/s", Spread.of(throughput.without())));
        figures.add(new Figure("requests: throughput with clicks against without", "ratio", throughput.ratio()));
        figures.add(new Figure("requests: p99 without clicks", "µs", Spread.of(latency.without())));
        figures.add(new Figure("requests: p99 with clicks against without", "ratio", latency.ratio()));
        figures.add(new Figure(
                "requests: pages opened meanwhile", "pages", one((double) throughput.clicks() + latency.clicks())));
        return figures;
    }

    /** Returns the results as a section of a document. */
    public String text(String machine) {
        MarkdownTable table = new MarkdownTable(List.of("page", "p50, ms", "p99, ms"));
        pages.entrySet().stream()
                .sorted(Comparator.comparingDouble(page -> -millis(page.getValue(), P99)))
                .limit(SHOWN_PAGES)
                .forEach(page -> table.row(
                        "`" + page.getKey() + "`",
                        List.of(one(millis(page.getValue(), P50)), one(millis(page.getValue(), P99)))));
        return """
                ## The dashboard

                Measured by `./scripts/bench --dashboard` on %s.

                %,d references to %,d providers, and %,d records in the audit log. The runner has one
                processor, for requests and pages. %d pages were opened, %d times each; these are the slowest:

                %s
                %d people open a page every %d s on average, while 32 connections send requests as fast as
                the runner answers (throughput), or %,.0f requests a second (p99). Measurements with and
                without clicks take turns.

                %s""".formatted(
                        machine,
                        effort.references(),
                        effort.providers(),
                        effort.auditRecords(),
                        pages.size(),
                        effort.views(),
                        table,
                        People.COUNT,
                        People.LOOK.toSeconds(),
                        RATE,
                        Target.table(targets()));
    }

    private List<Target> targets() {
        return List.of(
                Target.atMost("the slowest page, p99, ms", MOST_PAGE_MILLIS, one(slowest())),
                Target.atLeast("throughput with clicks against without", LEAST_THROUGHPUT, throughput.ratio()),
                Target.atMost("p99 with clicks against without", MOST_P99, latency.ratio()));
    }
}
