package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Identity;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects the findings of all sources, and remembers since when each of them is there. Between {@link #start} and {@link #close}
 * it looks every half minute by itself, so that a finding has the right time whether or not anybody asks.
 *
 * <p>Thread-safe; reads memory only. It remembers as many times as there are findings.
 */
public final class Findings implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Findings.class);
    private static final Duration EVERY = Duration.ofSeconds(30);
    private static final Comparator<Found> ORDER = Comparator.comparing(Found::urgency)
            .thenComparing(found -> found.finding().kind())
            .thenComparing(found -> found.finding().subjects(), Findings::compare);

    private final Resolver resolver;
    private final List<FindingSource> sources;
    private final InstantSource clock;
    /** Guarded by itself. */
    private final Map<Identity, Instant> firstSeen = new HashMap<>();

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("findings").daemon().factory());

    /**
     * A finding with its time.
     *
     * @param since when this runner first saw it, to the second; it was there ever since
     */
    public record Found(Finding finding, Instant since) {
        /** Returns how soon an operator should act on it. */
        public Urgency urgency() {
            return finding.kind().urgency();
        }
    }

    /** Creates a collection of these sources. */
    public Findings(Resolver resolver, List<FindingSource> sources, InstantSource clock) {
        this.resolver = resolver;
        this.sources = List.copyOf(sources);
        this.clock = clock;
    }

    private static int compare(List<String> subjects, List<String> others) {
        for (int i = 0; i < Math.min(subjects.size(), others.size()); i++) {
            int order = subjects.get(i).compareTo(others.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(subjects.size(), others.size());
    }

    /** Begins to look regularly. */
    public void start() {
        var _ = timer.scheduleWithFixedDelay(this::look, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            var _ = all();
        } catch (RuntimeException e) {
            // The next look may succeed. The message may quote what a source read.
            LOG.warn("the findings could not be collected: {}", e.getClass().getName());
        }
    }

    /** Returns all findings, the most urgent first, then by kind and subjects. */
    public List<Found> all() {
        List<Found> all = new ArrayList<>();
        // Two callers at a time could otherwise each forget what only the other one found.
        synchronized (firstSeen) {
            Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
            List<Finding> findings = find();
            Map<Identity, Instant> current = new HashMap<>();
            for (Finding finding : findings) {
                Identity identity = finding.identity();
                Instant since = firstSeen.getOrDefault(identity, now);
                current.put(identity, since);
                all.add(new Found(finding, since));
            }
            firstSeen.clear();
            firstSeen.putAll(current);
        }
        all.sort(ORDER);
        return all;
    }

    private List<Finding> find() {
        List<Resolution> all = resolver.resolutions();
        Map<SecretReference, Resolution> resolutions = HashMap.newHashMap(all.size());
        all.forEach(resolution -> resolutions.put(resolution.reference(), resolution));
        List<Finding> findings = new ArrayList<>();
        sources.forEach(source -> source.find(resolutions, findings::add));
        return findings;
    }

    /** Returns the number of findings of each kind, including kinds with none. */
    public Map<String, Integer> counts() {
        Map<Finding.Kind, Integer> counts = new EnumMap<>(Finding.Kind.class);
        for (Finding.Kind kind : Finding.Kind.values()) {
            counts.put(kind, 0);
        }
        find().forEach(finding -> counts.merge(finding.kind(), 1, Integer::sum));
        Map<String, Integer> named = new TreeMap<>();
        counts.forEach((kind, count) -> named.put(kind.text(), count));
        return named;
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
