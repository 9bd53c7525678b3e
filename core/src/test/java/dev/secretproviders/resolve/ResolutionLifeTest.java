package dev.secretproviders.resolve;

import static dev.secretproviders.resolve.ResolverFixture.NEGATIVE_TTL;
import static dev.secretproviders.resolve.ResolverFixture.STALE_TTL;
import static dev.secretproviders.resolve.ResolverFixture.TTL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The states of a secret that keeps its value: loading, fresh, refreshing, stale, expired. */
class ResolutionLifeTest {
    private static final String JACK = "jack/key";

    private final ResolverFixture it = new ResolverFixture();

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    @Test
    void isLoadingUntilTheFirstAnswerAndThenFresh() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.want(JACK);
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.LOADING);
        assertThat(it.resolution(JACK).problem()).isEqualTo("not asked yet");

        it.drain();

        assertThat(it.state(JACK)).isEqualTo(ResolutionState.FRESH);
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
        assertThat(it.resolution(JACK).problem()).isNull();
        assertThat(it.resolution(JACK).path()).isEqualTo("jack");
        assertThat(it.events.changes).isEqualTo(1);
    }

    @Test
    void isServedWhileItsRefreshRunsAndFreshAfterIt() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        it.skip(TTL);
        it.resolver.pump();

        assertThat(it.state(JACK)).isEqualTo(ResolutionState.REFRESHING);
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();

        it.drain();
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.FRESH);
    }

    @Test
    void refreshIsDueInTheSecondHalfOfTheTtl() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        for (int round = 1; round <= 200; round++) {
            it.skip(TTL.dividedBy(2).minusNanos(1));
            it.wake();
            assertThat(it.provider.calls).as("not in the first half").hasSize(round);
            it.skip(TTL.dividedBy(2).plusNanos(1));
            it.wake();
            assertThat(it.provider.calls).as("within the ttl").hasSize(round + 1);
        }
    }

    @Test
    void confirmationOfAKnownVersionMovesOnlyWhenItWasVerified() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        Instant fetchedAt = it.clock();
        it.skip(TTL);
        it.wake();

        HeldVersion version =
                Objects.requireNonNull(it.resolution(JACK).current()).version();
        assertThat(version.fetchedAt()).isEqualTo(fetchedAt);
        assertThat(version.verifiedAt()).isEqualTo(it.clock());
        assertThat(it.events.changes).as("nothing to build an index for").isEqualTo(1);
        assertThat(it.events.told).containsExactly("fetched jack FOUND", "fetched jack UNCHANGED");
    }

    @Test
    void failedRefreshLeavesItStaleAndServedUntilStaleTtlThenExpiredExactly() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        HeldVersion inTheIndex =
                Objects.requireNonNull(it.resolution(JACK).current()).version();
        it.outage(Kind.UNAVAILABLE);
        it.pass(TTL);
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.STALE);
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
        assertThat(it.resolution(JACK).failure()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(it.resolution(JACK).problem()).isEqualTo("scripted outage");

        it.pass(STALE_TTL.minus(TTL).minusNanos(1));
        assertThat(it.state(JACK)).isIn(ResolutionState.STALE, ResolutionState.REFRESHING);
        assertThat(inTheIndex.usableAt(it.now())).isTrue();
        int changes = it.events.changes;

        it.skip(Duration.ofNanos(1));
        assertThat(inTheIndex.usableAt(it.now())).as("on the request path too").isFalse();
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.EXPIRED);
        assertThat(it.resolution(JACK).current()).isNull();
        it.skip(Duration.ofSeconds(2));
        it.wake();
        assertThat(it.events.changes).as("the index is told").isGreaterThan(changes);
        assertThat(it.resolver.heldVersions()).isZero();
    }

    @Test
    void comesBackFromExpiredWhenTheManagerAnswersAgain() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        it.outage(Kind.UNAVAILABLE);
        it.pass(STALE_TTL.plusSeconds(1));
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.EXPIRED);

        it.outageEnds();
        it.pass(Duration.ofSeconds(31));

        assertThat(it.state(JACK)).isEqualTo(ResolutionState.FRESH);
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
    }

    /** The value expired while "do you still have version 1?" was under way: the answer alone brings nothing back. */
    @Test
    void unchangedAfterExpiryFetchesTheValueAgain() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        it.skip(TTL);
        it.resolver.pump();
        it.skip(STALE_TTL);
        it.runOne();
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.EXPIRED);

        it.drain();
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
        assertThat(it.provider.calls.getLast().getFirst().knownVersion()).isNull();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void failureNeverOverwritesAValue(Kind kind) {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        it.provider.fail("jack", kind);
        it.skip(TTL);
        it.wake();

        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.STALE);
        assertThat(it.resolution(JACK).failure()).isEqualTo(kind);
        assertThat(it.events.told).contains("fetched jack " + kind);
    }

    @Test
    void failedFirstFetchIsNeitherYesNorNo() {
        it.outage(Kind.TIMEOUT);
        it.resolve(JACK);
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.LOADING);
        assertThat(it.state(JACK).undecided()).isTrue();
        assertThat(it.resolution(JACK).failure()).isEqualTo(Kind.TIMEOUT);
    }

    @Test
    void missingSecretIsNegativeAndAskedForAgainWithinNegativeTtl() {
        it.resolve(JACK);
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(it.resolution(JACK).problem()).isEqualTo("no such secret");

        it.provider.put("jack", "1", "key", "secret-a");
        it.skip(NEGATIVE_TTL.dividedBy(2).minusNanos(1));
        it.wake();
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
        it.skip(NEGATIVE_TTL.dividedBy(2).plusNanos(1));
        it.wake();
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.FRESH);
    }

    @Test
    void settleReturnsAtOnceWhatIsKnownAndWhatFailed() throws Exception {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        assertThat(it.resolver
                        .settle(ResolverFixture.reference(JACK), Duration.ZERO)
                        .state())
                .isEqualTo(ResolutionState.FRESH);
        it.want("anna/key");
        assertThat(it.resolver
                        .settle(ResolverFixture.reference("anna/key"), Duration.ofMillis(5))
                        .state())
                .as("time ran out")
                .isEqualTo(ResolutionState.LOADING);
        it.provider.answer("anna", request -> new FetchResult.Failed(new ProviderException(Kind.PERMISSION, "no")));
        it.drain();
        assertThat(it.resolver
                        .settle(ResolverFixture.reference("anna/key"), Duration.ofHours(1))
                        .failure())
                .isEqualTo(Kind.PERMISSION);
    }
}
