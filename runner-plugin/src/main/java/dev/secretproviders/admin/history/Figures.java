package dev.secretproviders.admin.history;

import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.spi.ProviderId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runner's own figures of the last hours. A timer reads the counters that exist anyway, so that the request path
 * does nothing for the history. All sizes are fixed: about 70 kB for the runner and 5 kB for each provider, for at most
 * {@value #MOST_PROVIDERS} providers. Nothing is stored: a restart begins a new history.
 *
 * <p>Thread-safe.
 */
public final class Figures implements ResolverListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Figures.class);

    /** The most providers with figures of their own. Further ones count only for the runner as a whole. */
    static final int MOST_PROVIDERS = 1_000;
    /** The samples of each provider, one a minute. */
    static final int PROVIDER_SAMPLES = 180;

    private static final int TICKS_PER_MINUTE = 6;
    private static final int REASONS = Reason.values().length;
    /** The number of the figure of each reason. */
    private static final Map<Reason, Integer> PLACES = places();

    static final int ACCEPTED = REASONS;
    static final int REFUSED = REASONS + 1;
    static final int UNAVAILABLE = REASONS + 2;
    static final int CALLS = REASONS + 3;
    static final int FETCHES = REASONS + 4;
    static final int FAILURES = REASONS + 5;
    static final int ROTATIONS = REASONS + 6;
    private static final int FIGURES = REASONS + 7;

    private final Supplier<DecisionTotals> decisions;
    private final InstantSource clock;
    private final Map<ProviderId, ProviderFigures> providers = new ConcurrentHashMap<>();
    private final LongAdder calls = new LongAdder();
    private final LongAdder fetches = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder rotations = new LongAdder();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("figures").factory());

    private final Object lock = new Object();
    private final Map<Span, Ring> rings = new HashMap<>();
    private final Map<Span, Instant> sampled = new HashMap<>();
    private final long[] minute = new long[FIGURES];
    private DecisionTotals before = DecisionTotals.NONE;
    private int ticks;

    /** The resolution of a history. */
    public enum Span {
        /** The last hour, a sample every ten seconds. */
        HOUR(Duration.ofSeconds(10), 360),
        /** The last twelve hours, a sample every minute. */
        HALF_DAY(Duration.ofMinutes(1), 720);

        private final Duration interval;
        private final int samples;

        Span(Duration interval, int samples) {
            this.interval = interval;
            this.samples = samples;
        }

        /** Returns the time between two samples. */
        public Duration interval() {
            return interval;
        }
    }

    /**
     * A copy of a history.
     *
     * @param to the time of the last sample, or null if there is none yet
     * @param figures the figures by number, each oldest first
     */
    @SuppressWarnings("ArrayRecordComponent") // A copy for one caller; never compared.
    record History(Duration interval, @Nullable Instant to, int[][] figures) {
        static final History EMPTY = new History(Span.HALF_DAY.interval, null, new int[0][]);

        /** Returns a figure of each sample; of none if there is no such figure. */
        int[] figure(int index) {
            return index < figures.length ? figures[index] : new int[0];
        }
    }

    /**
     * Creates an empty history.
     *
     * @param decisions returns what was decided since the start; called by the timer only
     */
    public Figures(Supplier<DecisionTotals> decisions, InstantSource clock) {
        this.decisions = decisions;
        this.clock = clock;
        for (Span span : Span.values()) {
            rings.put(span, new Ring(FIGURES, span.samples));
        }
    }

    private static Map<Reason, Integer> places() {
        Map<Reason, Integer> places = new EnumMap<>(Reason.class);
        for (Reason reason : Reason.values()) {
            places.put(reason, places.size());
        }
        return places;
    }

    /** Returns the number of the figure that counts decisions for this reason. */
    static int place(Reason reason) {
        return Objects.requireNonNull(PLACES.get(reason));
    }

    /** Begins to sample. */
    public void start() {
        synchronized (lock) {
            before = decisions.get();
        }
        long interval = Span.HOUR.interval.toSeconds();
        var _ = timer.scheduleAtFixedRate(this::sampleOrLog, interval, interval, TimeUnit.SECONDS);
    }

    @Override
    public void asked(ProviderId provider, Duration took) {
        calls.increment();
        ProviderFigures figures = of(provider);
        if (figures != null) {
            figures.called(took.toNanos());
        }
    }

    @Override
    public void fetched(ProviderId provider, String path, FetchOutcome outcome, @Nullable String version) {
        boolean failed = switch (outcome) {
            case FOUND, UNCHANGED, CHECKED, MISSING, GONE -> false;
            case UNAVAILABLE, TIMEOUT, AUTHENTICATION, PERMISSION, THROTTLED, INVALID_ANSWER, CONFIGURATION -> true;
        };
        ProviderFigures figures = of(provider);
        fetches.increment();
        if (figures != null) {
            figures.fetches.increment();
        }
        if (failed) {
            failures.increment();
            if (figures != null) {
                figures.failures.increment();
            }
        }
    }

    @Override
    public void rotated(ProviderId provider, String path, String fromVersion, String toVersion) {
        rotations.increment();
        ProviderFigures figures = of(provider);
        if (figures != null) {
            figures.rotations.increment();
        }
    }

    private @Nullable ProviderFigures of(ProviderId provider) {
        ProviderFigures known = providers.get(provider);
        if (known != null || providers.size() >= MOST_PROVIDERS) {
            return known;
        }
        return providers.computeIfAbsent(provider, absent -> new ProviderFigures(PROVIDER_SAMPLES));
    }

    private void sampleOrLog() {
        try {
            sample();
        } catch (RuntimeException e) {
            // An exception would end the schedule silently.
            LOG.error("the runner's figures could not be sampled; trying again: {}", e.toString());
        }
    }

    /** Takes a sample, as the timer does every ten seconds. */
    public void sample() {
        DecisionTotals now = decisions.get();
        synchronized (lock) {
            long[] sample = new long[FIGURES];
            for (Reason reason : Reason.values()) {
                sample[place(reason)] = now.decisions().getOrDefault(reason, 0L)
                        - before.decisions().getOrDefault(reason, 0L);
            }
            sample[ACCEPTED] = now.accepted() - before.accepted();
            sample[REFUSED] = now.refused() - before.refused();
            sample[UNAVAILABLE] = now.unavailable() - before.unavailable();
            sample[CALLS] = calls.sumThenReset();
            sample[FETCHES] = fetches.sumThenReset();
            sample[FAILURES] = failures.sumThenReset();
            sample[ROTATIONS] = rotations.sumThenReset();
            before = now;
            add(Span.HOUR, sample);
            for (int i = 0; i < FIGURES; i++) {
                minute[i] += sample[i];
            }
            ticks++;
            if (ticks == TICKS_PER_MINUTE) {
                ticks = 0;
                add(Span.HALF_DAY, minute);
                Arrays.fill(minute, 0);
                providers.values().forEach(ProviderFigures::sample);
                // A provider that was deleted, or was not called for hours, makes room for others.
                providers.values().removeIf(ProviderFigures::isIdle);
            }
        }
    }

    private void add(Span span, long[] sample) {
        ring(span).add(sample);
        sampled.put(span, clock.instant().truncatedTo(ChronoUnit.SECONDS));
    }

    private Ring ring(Span span) {
        return Objects.requireNonNull(rings.get(span));
    }

    /** Returns the history of the runner as a whole. */
    History history(Span span) {
        synchronized (lock) {
            return copy(span, ring(span), FIGURES);
        }
    }

    /** Returns the providers that have figures of their own. */
    Set<ProviderId> providers() {
        return Set.copyOf(providers.keySet());
    }

    /** Returns the history of one provider, one sample a minute; null if it has none. */
    @Nullable
    History history(ProviderId provider) {
        ProviderFigures figures = providers.get(provider);
        if (figures == null) {
            return null;
        }
        synchronized (lock) {
            return copy(Span.HALF_DAY, figures.ring(), ProviderFigures.LONGEST + 1);
        }
    }

    private History copy(Span span, Ring ring, int count) {
        int[][] figures = new int[count][];
        for (int i = 0; i < count; i++) {
            figures[i] = ring.figure(i);
        }
        return new History(span.interval, sampled.get(span), figures);
    }

    /**
     * Returns the decisions of the last minute by reason, without those that did not occur. Verdicts are not among
     * them.
     */
    public Map<Reason, Long> lastMinute() {
        Map<Reason, Long> counts = new EnumMap<>(Reason.class);
        synchronized (lock) {
            Ring ring = ring(Span.HOUR);
            for (Reason reason : Reason.values()) {
                int[] values = ring.figure(place(reason));
                long sum = 0;
                for (int i = Math.max(0, values.length - TICKS_PER_MINUTE); i < values.length; i++) {
                    sum += values[i];
                }
                if (sum > 0) {
                    counts.put(reason, sum);
                }
            }
        }
        return counts;
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
