package dev.secretproviders.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.resolve.value.Part;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretContent;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretVersion;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** After any sequence of events, denied and ended values are not accepted. */
class SecretEntryPropertyTest {
    private static final KeyDigester DIGESTER = new KeyDigester();
    private static final long OVERLAP = ResolverFixture.OVERLAP.toNanos();
    private static final long STALE_TTL = ResolverFixture.STALE_TTL.toNanos();

    enum What {
        FOUND,
        UNCHANGED,
        MISSING,
        GONE,
        FAILED,
        ASKED,
        PRUNED
    }

    /** One event, some time after the one before; {@code value} is the fetched value. */
    record Step(What what, long after, int value) {}

    @Provide
    Arbitrary<List<Step>> histories() {
        Arbitrary<Long> pauses = Arbitraries.frequencyOf(
                Tuple.of(
                        6, Arbitraries.longs().between(0, Duration.ofSeconds(90).toNanos())),
                Tuple.of(2, Arbitraries.of(OVERLAP, OVERLAP - 1, STALE_TTL, STALE_TTL - 1)),
                Tuple.of(1, Arbitraries.longs().between(0, 2 * STALE_TTL)));
        return Combinators.combine(
                        Arbitraries.of(What.class),
                        pauses,
                        Arbitraries.integers().between(0, 4))
                .as(Step::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 3_000)
    void nothingIsAcceptedAfterItsEnd(@ForAll("histories") List<Step> history) {
        long now = -5;
        Instant clock = Instant.EPOCH;
        SecretEntry entry =
                new SecretEntry(SecretPath.current("jack"), ResolverFixture.policy(ResolverFixture.OVERLAP), now);
        // The model: the latest time at which each value may be used, in the words of the specification.
        Map<Integer, Long> ends = new HashMap<>();
        Set<HeldVersion> everSeen = new HashSet<>();
        Integer current = null;
        boolean denied = false;
        for (Step step : history) {
            now += step.after();
            clock = clock.plusNanos(step.after());
            switch (step.what()) {
                case FOUND -> {
                    if (current != null && current != step.value()) {
                        ends.merge(current, now + OVERLAP, Math::min);
                    }
                    current = step.value();
                    ends.put(current, now + STALE_TTL);
                    denied = false;
                    entry.started();
                    entry.found(version(step.value(), clock, now + STALE_TTL), clock, now);
                    entry.finished(now, now + 1);
                }
                case UNCHANGED -> {
                    if (entry.current(now) != null) {
                        ends.put(Objects.requireNonNull(current), now + STALE_TTL);
                        entry.unchanged(clock, now);
                    }
                }
                case MISSING, GONE -> {
                    ends.clear();
                    current = null;
                    denied = true;
                    entry.denied("scripted", step.what() == What.GONE, now);
                }
                case FAILED -> entry.failed(new ProviderException(Kind.UNAVAILABLE, "scripted"));
                case ASKED -> entry.makeDue(now);
                case PRUNED -> entry.history().prune(now);
            }
            everSeen.addAll(entry.versions());
            check(entry, ends, everSeen, denied, now);
        }
    }

    private static void check(
            SecretEntry entry, Map<Integer, Long> ends, Set<HeldVersion> everSeen, boolean denied, long now) {
        HeldVersion current = entry.current(now);
        assertThat(current != null).isEqualTo(entry.state(now).usable());
        if (denied) {
            assertThat(entry.state(now)).isEqualTo(ResolutionState.NEGATIVE);
            assertThat(everSeen).as("also not through an index of before").noneMatch(version -> version.usableAt(now));
        }
        assertThat(entry.previous(now)).hasSizeLessThanOrEqualTo(16);
        List<HeldVersion> accepted = Stream.concat(Stream.ofNullable(current), entry.previous(now).stream())
                .toList();
        for (HeldVersion version : accepted) {
            int value = valueOf(version);
            assertThat(ends).as("value %d was denied", value).containsKey(value);
            assertThat(now).as("end of value %d", value).isLessThan(ends.get(value));
        }
        // A version that an older index may still hold is accepted no longer than in the entry itself.
        everSeen.stream()
                .filter(version -> version.usableAt(now))
                .forEach(version -> assertThat(accepted).contains(version));
    }

    private static int valueOf(HeldVersion version) {
        for (int value = 0; value <= 4; value++) {
            if (Objects.requireNonNull(version.value(new Part("key")))
                    .digest()
                    .equals(DIGESTER.digest(Secret.ofUtf8("value-" + value)))) {
                return value;
            }
        }
        throw new AssertionError("a value that was never found");
    }

    private static HeldVersion version(int value, Instant clock, long usableUntil) {
        SecretContent content = SecretContent.ofFields(Map.of("key", Secret.ofUtf8("value-" + value)));
        return HeldVersion.take(SecretVersion.of("v" + value, null, content), Map.of(), DIGESTER, clock, usableUntil);
    }
}
