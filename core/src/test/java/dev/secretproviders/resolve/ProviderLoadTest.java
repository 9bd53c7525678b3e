package dev.secretproviders.resolve;

import static dev.secretproviders.resolve.ResolverFixture.MAX_CONCURRENCY;
import static dev.secretproviders.resolve.ResolverFixture.TTL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How hard a manager is asked: once per secret, few at a time, and gently while it fails. */
class ProviderLoadTest {
    private final ResolverFixture it = new ResolverFixture();

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private String[] secrets(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    it.provider.put("s" + i, "1", "key", "value-" + i);
                    return "s" + i + "/key";
                })
                .toArray(String[]::new);
    }

    @Test
    void atMostTheConfiguredNumberOfCallsIsUnderWay() {
        it.want(secrets(10));
        assertThat(it.waiting()).isEqualTo(MAX_CONCURRENCY);
        it.runOne();
        assertThat(it.provider.calls).hasSize(1);
        it.drain();
        assertThat(it.provider.calls).hasSize(10);
        assertThat(it.resolver.resolutions()).allMatch(resolution -> resolution.state() == ResolutionState.FRESH);
    }

    @Test
    void oneSecretIsAskedForOnceAtATime() {
        it.want(secrets(1));
        it.resolver.pump();
        it.want("s0/key", "s0/other");
        assertThat(it.waiting()).isEqualTo(1);
        it.drain();
        assertThat(it.provider.calls).hasSize(1);
        it.skip(TTL);
        it.resolver.pump();
        it.resolver.pump();
        it.drain();
        assertThat(it.provider.calls).hasSize(2);
    }

    @Test
    void secretsAreAskedForInBatchesAsLargeAsTheProviderTakes() {
        it.provider.batchSize = 20;
        it.resolve(secrets(50));
        assertThat(it.provider.calls.stream().map(List::size)).containsExactlyInAnyOrder(20, 20, 10);
        assertThat(it.resolver.resolutions()).allMatch(resolution -> resolution.state() == ResolutionState.FRESH);
    }

    @Test
    void oneSecretThatCannotBeAskedForSaysNothingAboutTheProvider() {
        String[] good = secrets(5);
        it.provider.fail("bad", Kind.CONFIGURATION);
        it.want("bad/key");
        it.drain();
        assertThat(it.events.count("down")).as("the provider answers").isZero();
        it.want(good);
        it.drain();
        assertThat(it.state("s4/key")).as("without waiting for a probe").isEqualTo(ResolutionState.FRESH);
    }

    @Test
    void secretMissingFromTheAnswerToABatchFailsAloneAndIsAskedForAgainLater() {
        it.provider.batchSize = 20;
        String[] paths = secrets(5);
        it.provider.fail("s3", Kind.UNAVAILABLE);
        it.resolve(paths);
        assertThat(it.state("s3/key")).isEqualTo(ResolutionState.LOADING);
        assertThat(it.state("s4/key")).isEqualTo(ResolutionState.FRESH);
        assertThat(it.events.count("down")).as("the provider answers").isZero();
        assertThat(it.provider.timesAsked("s3")).as("not in a busy loop").isEqualTo(1);
        it.skip(Duration.ofMillis(499));
        it.wake();
        assertThat(it.provider.timesAsked("s3")).isEqualTo(1);
        it.skip(Duration.ofMillis(501));
        it.wake();
        assertThat(it.provider.timesAsked("s3")).isEqualTo(2);
    }

    @Test
    void oneSecretThatMayNotBeReadBacksOffAloneUpToHalfAMinute() {
        it.provider.put("good", "1", "key", "value");
        it.provider.fail("bad1", Kind.PERMISSION);
        it.resolve("good/key", "bad1/key");
        it.pass(Duration.ofMinutes(20));
        assertThat(it.provider.timesAsked("bad1")).isBetween(40L, 90L);
        assertThat(it.state("good/key")).isEqualTo(ResolutionState.FRESH);
        assertThat(it.events.count("down")).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"PERMISSION", "INVALID_ANSWER"},
            mode = EnumSource.Mode.EXCLUDE)
    void whileTheProviderFailsOneProbeAtATimeGoesOut(Kind kind) {
        it.resolve(secrets(20));
        it.outage(kind);
        it.skip(TTL);
        it.wake();
        int afterTheFirstFailures = it.provider.calls.size();
        assertThat(afterTheFirstFailures)
                .as("no more than were under way together")
                .isLessThanOrEqualTo(20 + MAX_CONCURRENCY);
        it.skip(Duration.ofSeconds(11));
        it.resolver.pump();
        assertThat(it.waiting()).isEqualTo(1);
        it.drain();
        assertThat(it.events.told)
                .filteredOn(event -> event.startsWith("down"))
                .containsExactly("down vault/prod " + kind + ": scripted outage");
    }

    /** As of a path behind a broken mount: the call for it fails with a 5xx, while the manager answers about all others. */
    @Test
    void pathThatWasNeverAnsweredAndFailsAloneDoesNotKeepTheOthersFromBeingConfirmed() {
        it.provider.put("good", "1", "key", "value");
        it.resolve("good/key");
        it.provider.answer("broken", request -> {
            throw new ProviderException(Kind.UNAVAILABLE, "500");
        });
        it.resolve("good/key", "broken/key");
        it.pass(ResolverFixture.STALE_TTL.multipliedBy(2));
        assertThat(it.state("good/key")).isEqualTo(ResolutionState.FRESH);
        assertThat(it.provider.timesAsked("good"))
                .as("within each ttl, and a pause of the broken one at most")
                .isGreaterThanOrEqualTo(2 * ResolverFixture.STALE_TTL.dividedBy(TTL.plusSeconds(10)));
        assertThat(it.provider.timesAsked("broken"))
                .as("and it is asked for as well")
                .isGreaterThan(10);
    }

    /** Only what failed twice may be at fault: until then, what requests are turned away for goes before what is served. */
    @Test
    void duringAnOutageWhatIsNotKnownIsProbedBeforeWhatIs() {
        String[] known = secrets(3);
        it.resolve(known);
        it.skip(TTL);
        it.outage(Kind.UNAVAILABLE);
        it.provider.put("new", "1", "key", "value");
        it.want("s0/key", "s1/key", "s2/key", "new/key");
        it.drain();
        it.outageEnds();
        it.provider.calls.clear();
        it.skip(Duration.ofSeconds(1));
        it.wake();
        assertThat(it.provider.asked().getFirst()).isEqualTo("new");
    }

    /** An operator does something else about a credential than about an outage, so that one after the other is told, too. */
    @Test
    void credentialThatIsRefusedIsToldApartFromAnOutage() {
        it.provider.put("s", "1", "key", "value");
        it.resolve("s/key");
        it.outage(Kind.TIMEOUT);
        it.pass(TTL.plusSeconds(5));
        assertThat(state()).isEqualTo(ProviderStatus.State.DOWN);
        it.outage(Kind.UNAVAILABLE);
        it.pass(Duration.ofSeconds(30));
        it.outage(Kind.AUTHENTICATION);
        it.pass(Duration.ofSeconds(30));
        assertThat(state()).isEqualTo(ProviderStatus.State.UNAUTHENTICATED);
        it.outage(Kind.UNAVAILABLE);
        it.pass(Duration.ofSeconds(30));
        assertThat(state()).isEqualTo(ProviderStatus.State.DOWN);
        it.outageEnds();
        it.pass(Duration.ofSeconds(30));
        assertThat(state()).isEqualTo(ProviderStatus.State.UP);

        assertThat(it.events.told)
                .filteredOn(event -> event.startsWith("down") || event.startsWith("up"))
                .containsExactly(
                        "down vault/prod TIMEOUT: scripted outage",
                        "down vault/prod AUTHENTICATION: scripted outage",
                        "down vault/prod UNAVAILABLE: scripted outage",
                        "up vault/prod answers again");
    }

    private ProviderStatus.State state() {
        return Objects.requireNonNull(it.resolver.status(new ProviderId("vault", "prod")))
                .state();
    }

    @Test
    void callsThatFailTogetherAreOneFailureSoTheFirstProbeComesWithinAQuarterOfASecond() {
        it.outage(Kind.UNAVAILABLE);
        it.resolve(secrets(20));
        assertThat(it.provider.calls).hasSize(MAX_CONCURRENCY);
        it.outageEnds();
        it.skip(Duration.ofMillis(124));
        it.wake();
        assertThat(it.provider.calls).hasSize(MAX_CONCURRENCY);
        it.skip(Duration.ofMillis(126));
        it.wake();
        assertThat(it.resolver.resolutions())
                .as("one good answer opens the way for all")
                .allMatch(resolution -> resolution.state() == ResolutionState.FRESH);
        assertThat(it.events.told).contains("up vault/prod answers again");
    }

    @Test
    void pausesDoubleUpToTenSecondsAndRecoveryTakesOneOfThem() {
        it.outage(Kind.UNAVAILABLE);
        it.resolve(secrets(3));
        it.pass(Duration.ofMinutes(10));
        int calls = it.provider.calls.size();
        assertThat(calls).isBetween(60, 150);
        it.outageEnds();
        it.pass(Duration.ofSeconds(10));
        assertThat(it.resolver.resolutions()).allMatch(resolution -> resolution.state() == ResolutionState.FRESH);
        assertThat(it.events.count("down")).isEqualTo(1);
        assertThat(it.events.count("up")).isEqualTo(1);
    }

    @Test
    void managerThatSaysWhenToComeBackIsNotAskedBefore() {
        it.resolve(secrets(3));
        it.provider.down = new ProviderException(Kind.THROTTLED, "scripted", Duration.ofSeconds(90));
        it.pass(TTL);
        int calls = it.provider.calls.size();
        it.outageEnds();

        it.pass(Duration.ofSeconds(29));
        it.resolver.refresh(it.provider.id, List.of());
        it.drain();
        assertThat(it.provider.calls).hasSize(calls);
        assertThat(it.status().breaker()).isEqualTo(ProviderStatus.Breaker.OPEN);
        assertThat(it.status().paused()).isPositive();
        assertThat(it.resolution("s0/key").current()).as("served meanwhile").isNotNull();

        it.pass(Duration.ofSeconds(62));
        assertThat(it.status().breaker()).isEqualTo(ProviderStatus.Breaker.CLOSED);
        assertThat(it.resolver.resolutions()).allMatch(resolution -> resolution.state() == ResolutionState.FRESH);
    }

    @Test
    void credentialThatIsRefusedIsToldApartFromAnOutageAndFromASecretThatIsNotThere() {
        it.resolve(secrets(3));
        it.outage(Kind.UNAVAILABLE);
        it.pass(TTL);
        assertThat(it.status().state()).isEqualTo(ProviderStatus.State.DOWN);

        it.outage(Kind.AUTHENTICATION);
        it.pass(Duration.ofSeconds(11));
        assertThat(it.status().state()).isEqualTo(ProviderStatus.State.UNAUTHENTICATED);
        assertThat(it.status().failure()).isEqualTo(Kind.AUTHENTICATION);
        assertThat(it.events.told)
                .filteredOn(event -> event.startsWith("down"))
                .containsExactly(
                        "down vault/prod UNAVAILABLE: scripted outage",
                        "down vault/prod AUTHENTICATION: scripted outage");
        assertThat(it.state("s0/key")).as("known, and served").isEqualTo(ResolutionState.STALE);

        it.outageEnds();
        it.provider.missing("s0");
        it.pass(Duration.ofSeconds(11));
        assertThat(it.status().state()).isEqualTo(ProviderStatus.State.UP);
        assertThat(it.state("s0/key")).isEqualTo(ResolutionState.NEGATIVE);
    }

    @Test
    void refreshDuringAnOutageDoesNotShortenThePause() {
        it.outage(Kind.THROTTLED);
        it.resolve(secrets(1));
        for (int i = 0; i < 100; i++) {
            it.resolver.refresh(it.provider.id, List.of());
        }
        assertThat(it.waiting()).isZero();
    }

    @Test
    void outageNeverTakesAwayWhatIsKnown() {
        it.resolve(secrets(20));
        int changes = it.events.changes;
        it.outage(Kind.UNAVAILABLE);
        for (int i = 0; i < 59; i++) {
            it.pass(Duration.ofSeconds(10));
            assertThat(it.resolver.resolutions()).allMatch(resolution -> resolution.current() != null);
        }
        assertThat(it.events.changes).isEqualTo(changes);
    }
}
