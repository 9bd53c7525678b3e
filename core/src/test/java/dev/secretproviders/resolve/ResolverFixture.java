package dev.secretproviders.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.provider.AccessRules;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A resolver over one {@link ScriptedProvider}, with a clock that only the test moves and fetches that run only when the test
 * lets them. Not thread-safe.
 */
public final class ResolverFixture implements AutoCloseable {
    public static final Duration TTL = Duration.ofSeconds(60);
    public static final Duration NEGATIVE_TTL = Duration.ofSeconds(30);
    public static final Duration STALE_TTL = Duration.ofMinutes(10);
    public static final Duration OVERLAP = Duration.ofMinutes(2);
    public static final int MAX_CONCURRENCY = 4;

    public final KeyDigester digester = new KeyDigester();
    public final ScriptedProvider provider = new ScriptedProvider("prod");
    public final Resolver resolver;
    public final Events events = new Events();

    private final Set<String> owners = new HashSet<>(Set.of(Resolver.CONSUMERS));
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private Instant clock = Instant.parse("2026-11-23T12:00:00Z");
    /** Negative, as {@link System#nanoTime} may be. */
    private long nanos = Duration.ofDays(-365).toNanos();

    private int readsToFailure = -1;

    public ResolverFixture() {
        this(OVERLAP);
    }

    public ResolverFixture(Duration overlap) {
        this(policy(overlap));
    }

    public ResolverFixture(ProviderPolicy policy) {
        resolver = new Resolver(
                List.of(new Registered(provider, policy)),
                digester,
                new Engine.Clocks(this::readClock, () -> clock, new Random(42)),
                tasks::add,
                null);
        resolver.addListener(events);
    }

    private long readClock() {
        if (readsToFailure >= 0 && readsToFailure-- == 0) {
            throw new IllegalStateException("scripted failure of the clock");
        }
        return nanos;
    }

    /** Lets the clock fail once, after it was read so many times; -1 to let it work. */
    public void failClockAfter(int reads) {
        readsToFailure = reads;
    }

    /** The only place that depends on the record's components. */
    public static ProviderPolicy policy(Duration overlap) {
        return policy(Duration.ofSeconds(5), overlap);
    }

    public static ProviderPolicy policy(Duration timeout, Duration overlap) {
        return new ProviderPolicy(
                timeout,
                TTL,
                NEGATIVE_TTL,
                STALE_TTL,
                overlap,
                MAX_CONCURRENCY,
                0,
                AccessRules.OPEN,
                AccessRules.CLOSED);
    }

    public static ProviderPolicy policy(int fetchesPerMinute) {
        return new ProviderPolicy(
                Duration.ofSeconds(5),
                TTL,
                NEGATIVE_TTL,
                STALE_TTL,
                OVERLAP,
                MAX_CONCURRENCY,
                fetchesPerMinute,
                AccessRules.OPEN,
                AccessRules.CLOSED);
    }

    public static SecretReference reference(String path) {
        return SecretReference.parse("$secret://vault/prod/" + path);
    }

    /** Sets the wanted references to these paths, in this order, without running any fetch. */
    public void want(String... paths) {
        want(Resolver.CONSUMERS, Use.DIGEST, paths);
    }

    /** Sets the references that an owner wants, and how, without running any fetch. */
    public void want(String owner, Use use, String... paths) {
        owners.add(owner);
        resolver.retain(
                owner,
                use.of(Arrays.stream(paths).map(ResolverFixture::reference).toList()));
    }

    /** Sets the wanted references to these paths and runs the fetches. */
    public void resolve(String... paths) {
        want(paths);
        drain();
    }

    /** Runs every waiting fetch, and those that follow from them. */
    public void drain() {
        for (int i = 0; i < 100_000; i++) {
            Runnable task = tasks.poll();
            if (task == null) {
                return;
            }
            task.run();
        }
        throw new AssertionError("the resolver asks without end");
    }

    /** Runs the fetch that has waited longest. */
    public void runOne() {
        tasks.remove().run();
    }

    /** Runs the fetch that has waited shortest. */
    void runLast() {
        List<Runnable> waiting = new ArrayList<>(tasks);
        tasks.remove(waiting.getLast());
        waiting.getLast().run();
    }

    public int waiting() {
        return tasks.size();
    }

    /** Advances the clock without running anything. */
    public void skip(Duration time) {
        nanos += time.toNanos();
        clock = clock.plus(time);
    }

    /** Sets the time of day, as an operator does. Spans go on. */
    public void set(Instant time) {
        clock = time;
    }

    /** Advances the clock second by second, as in a running resolver. */
    public void pass(Duration time) {
        Duration left = time;
        while (left.isPositive()) {
            Duration step = left.compareTo(Duration.ofSeconds(1)) < 0 ? left : Duration.ofSeconds(1);
            skip(step);
            wake();
            left = left.minus(step);
        }
    }

    /** Runs what is due now. */
    public void wake() {
        resolver.pump();
        drain();
    }

    public long now() {
        return nanos;
    }

    public Instant clock() {
        return clock;
    }

    public Ticker ticker() {
        return resolver.ticker();
    }

    public Resolution resolution(String path) {
        return resolver.resolution(reference(path));
    }

    public ResolutionState state(String path) {
        return resolution(path).state();
    }

    ProviderStatus status() {
        return Objects.requireNonNull(resolver.status(provider.id));
    }

    public KeyDigest digest(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return digester.digest(bytes, 0, bytes.length);
    }

    /** Returns whether {@code value} is the current value of the reference. */
    public boolean isCurrent(String path, String value) {
        ResolvedValue current = resolution(path).current();
        return current != null && current.digest().equals(digest(value));
    }

    /** Returns whether {@code value} is accepted as a previous version. */
    public boolean isPrevious(String path, String value) {
        return resolution(path).previousValues().stream()
                .anyMatch(previous -> previous.digest().equals(digest(value)));
    }

    public void outage(ProviderException.Kind kind) {
        provider.down = new ProviderException(kind, "scripted outage");
    }

    public void outageEnds() {
        provider.down = null;
    }

    /** Checks the conditions that must hold after every test. */
    @Override
    public void close() {
        Set<HeldVersion> inUse = new HashSet<>();
        for (Resolution resolution : resolver.resolutions()) {
            assertInvariants(resolution, nanos);
            Stream.concat(Stream.ofNullable(resolution.current()), resolution.previous().stream())
                    .forEach(value -> inUse.add(value.version()));
        }
        assertThat(resolver.heldVersions()).isGreaterThanOrEqualTo(inUse.size());
        owners.forEach(owner -> resolver.retain(owner, Map.of()));
        // Caffeine's timer wheel is accurate to a second or two. Ended versions are refused exactly, even if it still
        // holds them.
        skip(Duration.ofSeconds(3));
        assertThat(resolver.heldVersions())
                .as("what is not wanted is forgotten")
                .isZero();
        drain();
        assertThat(provider.notWiped()).as("fetched secrets left in the heap").isZero();
        assertThat(provider.mostAtOnce.get()).isLessThanOrEqualTo(MAX_CONCURRENCY);
        resolver.close();
    }

    static void assertInvariants(Resolution resolution, long now) {
        assertThat(resolution.current() != null)
                .as("a value exactly if usable: %s", resolution)
                .isEqualTo(resolution.state().usable());
        ResolvedValue current = resolution.current();
        if (current == null) {
            assertThat(resolution.previous()).isEmpty();
            if (resolution.state() != ResolutionState.EXPIRED) {
                assertThat(resolution.problem()).isNotNull();
            }
            return;
        }
        assertThat(current.version().usableAt(now)).isTrue();
        assertThat(resolution.previousValues()).allSatisfy(previous -> {
            assertThat(previous.version().usableAt(now)).isTrue();
            assertThat(previous.digest()).isNotEqualTo(current.digest());
        });
    }

    /** Records all events of a listener as text. */
    public static final class Events implements ResolverListener {
        public final List<String> told = new ArrayList<>();
        public int changes;

        @Override
        public void changed(Set<SecretReference> references) {
            changes++;
        }

        @Override
        public void fetched(ProviderId provider, String path, FetchOutcome outcome, @Nullable String version) {
            told.add("fetched " + path + " " + outcome);
        }

        @Override
        public void rotated(ProviderId provider, String path, String fromVersion, String toVersion) {
            told.add("rotated " + path + " " + fromVersion + " " + toVersion);
        }

        @Override
        public void availability(ProviderId provider, boolean answers, String detail) {
            told.add((answers ? "up " : "down ") + provider + " " + detail);
        }

        @Override
        public void budget(ProviderId provider, ProviderStatus.Budget budget) {
            told.add("budget " + provider + " " + (budget.sufficient() ? "suffices" : "too small"));
        }

        public long count(String prefix) {
            return told.stream().filter(event -> event.startsWith(prefix)).count();
        }
    }
}
