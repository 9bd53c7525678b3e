package dev.secretproviders.resolve;

import static dev.secretproviders.resolve.ResolverFixture.OVERLAP;
import static dev.secretproviders.resolve.ResolverFixture.TTL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The value behind an unchanged reference changes. */
class RotationTest {
    private static final String JACK = "jack/key";

    private ResolverFixture it = new ResolverFixture();

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private void rotateTo(String version, String value) {
        it.provider.put("jack", version, "key", value);
        it.resolver.refresh(it.provider.id, java.util.List.of());
        it.drain();
    }

    @Test
    void newValueCountsAtOnceAndThePreviousUntilItsOverlapEnds() {
        rotateTo("1", "secret-a");
        it.resolve(JACK);
        HeldVersion inTheOldIndex =
                Objects.requireNonNull(it.resolution(JACK).current()).version();
        rotateTo("2", "secret-b");

        assertThat(it.isCurrent(JACK, "secret-b")).isTrue();
        assertThat(it.isPrevious(JACK, "secret-a")).isTrue();
        assertThat(it.events.told).contains("rotated jack 1 2");
        assertThat(it.events.changes).isEqualTo(2);

        it.pass(OVERLAP.minusNanos(1));
        assertThat(it.isPrevious(JACK, "secret-a")).isTrue();
        it.skip(Duration.ofNanos(1));
        assertThat(it.isPrevious(JACK, "secret-a")).isFalse();
        assertThat(inTheOldIndex.usableAt(it.now()))
                .as("on the request path too")
                .isFalse();
        it.pass(Duration.ofSeconds(3));
        assertThat(it.events.changes).as("the index is told of the end").isEqualTo(3);
        assertThat(it.resolver.heldVersions()).isEqualTo(1);
    }

    @Test
    void twoQuickRotationsKeepBothPreviousVersionsEachForItsOwnOverlap() {
        rotateTo("1", "secret-a");
        it.resolve(JACK);
        rotateTo("2", "secret-b");
        it.skip(Duration.ofSeconds(40));
        rotateTo("3", "secret-c");
        assertThat(it.resolution(JACK).previous().stream().map(ResolvedValue::digest))
                .as("latest first")
                .containsExactly(it.digest("secret-b"), it.digest("secret-a"));
        it.skip(OVERLAP.minusSeconds(40));
        assertThat(it.isPrevious(JACK, "secret-a")).isFalse();
        assertThat(it.isPrevious(JACK, "secret-b")).isTrue();
        it.skip(Duration.ofSeconds(40));
        assertThat(it.resolution(JACK).previous()).isEmpty();
    }

    @Test
    void withoutOverlapThePreviousValueIsInNoLaterIndex() {
        it.close();
        it = new ResolverFixture(Duration.ZERO);
        rotateTo("1", "secret-a");
        it.resolve(JACK);
        HeldVersion inTheOldIndex =
                Objects.requireNonNull(it.resolution(JACK).current()).version();
        rotateTo("2", "secret-b");
        assertThat(it.isCurrent(JACK, "secret-b")).isTrue();
        assertThat(it.resolution(JACK).previous()).isEmpty();
        // It ends with the index that holds it, which may also hold an unchanged field of this secret.
        assertThat(inTheOldIndex.usableAt(it.now())).isTrue();
    }

    @Test
    void rotationBackToAPreviousValueIsCurrentAgainAndListedOnce() {
        rotateTo("1", "secret-a");
        it.resolve(JACK);
        rotateTo("2", "secret-b");
        rotateTo("3", "secret-a");
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
        assertThat(it.isPrevious(JACK, "secret-a")).isFalse();
        assertThat(it.isPrevious(JACK, "secret-b")).isTrue();
    }

    /** The index holds the version object: if it ended, a valid key would be refused until the next index. */
    @Test
    void sameValueUnderANewVersionIdIsNoRotationAndNeverInterruptsTheKey() {
        rotateTo("1", "secret-a");
        it.resolve(JACK);
        HeldVersion inTheIndex =
                Objects.requireNonNull(it.resolution(JACK).current()).version();
        rotateTo("2", "secret-a");

        assertThat(it.events.count("rotated")).isZero();
        assertThat(it.events.changes).isEqualTo(1);
        assertThat(inTheIndex.usableAt(it.now())).isTrue();
        assertThat(inTheIndex.id()).isEqualTo("2");
        assertThat(it.resolution(JACK).previous()).isEmpty();
        assertThat(it.resolver.heldVersions()).isEqualTo(1);
        it.skip(TTL);
        it.wake();
        assertThat(it.provider.calls.getLast().getFirst().knownVersion()).isEqualTo("2");
    }

    @Test
    void onlySecretsWithAnAcceptedEarlierVersionOverlap() {
        it.provider.put("db", "1", "user", "user-1", "password", "password-1");
        it.provider.put("other", "1", "key", "key-1");
        it.resolve("db/user", "db/password", "other/key", "none/key");
        assertThat(it.resolver.overlaps()).isEmpty();
        it.provider.put("db", "2", "user", "user-2", "password", "password-2");
        it.skip(TTL);
        it.wake();

        assertThat(it.resolver.overlaps())
                .isNotEmpty()
                .isEqualTo(it.resolver.resolutions().stream()
                        .filter(resolution -> !resolution.previous().isEmpty())
                        .toList());
    }

    @Test
    void allFieldsChangeTogether() {
        it.provider.put("db", "1", "user", "user-1", "password", "password-1");
        it.resolve("db/user", "db/password");
        it.provider.put("db", "2", "user", "user-2", "password", "password-2");
        it.skip(TTL);
        it.resolver.pump();
        assertThat(it.isCurrent("db/user", "user-1")).isTrue();
        assertThat(it.isCurrent("db/password", "password-1")).isTrue();
        it.drain();
        assertThat(it.isCurrent("db/user", "user-2")).isTrue();
        assertThat(it.isCurrent("db/password", "password-2")).isTrue();
        assertThat(it.resolver.resolutions().stream()
                        .map(resolution ->
                                Objects.requireNonNull(resolution.current()).version())
                        .distinct())
                .hasSize(1);
    }

    @Test
    void fieldThatIsNotInTheNewVersionIsDeniedAtOnce() {
        rotateTo("1", "secret-a");
        it.resolve(JACK);
        it.provider.put("jack", "2", "other", "secret-b");
        it.skip(TTL);
        it.wake();
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(it.resolution(JACK).previous()).isEmpty();
    }

    @Test
    void runnerThatStartsInTheMiddleOfAHandOverKnowsThePreviousVersionForWhatIsLeftOfTheOverlap() {
        it.provider.putCreatedAt(it.clock().minus(Duration.ofSeconds(90)), "jack", "2", "key", "secret-b");
        it.provider.putPrevious("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        assertThat(it.isCurrent(JACK, "secret-b")).isTrue();
        assertThat(it.isPrevious(JACK, "secret-a")).isTrue();
        it.skip(OVERLAP.minusSeconds(90).minusNanos(1));
        assertThat(it.isPrevious(JACK, "secret-a")).isTrue();
        it.skip(Duration.ofNanos(1));
        assertThat(it.isPrevious(JACK, "secret-a")).isFalse();
    }

    @Test
    void runnerThatStartsAfterTheOverlapDoesNotFetchThePreviousVersion() {
        it.provider.putCreatedAt(it.clock().minus(OVERLAP), "jack", "2", "key", "secret-b");
        it.provider.putPrevious("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        assertThat(it.resolution(JACK).previous()).isEmpty();
    }

    @Test
    void managerWhoseClockIsAheadDoesNotLengthenTheOverlap() {
        it.provider.putCreatedAt(it.clock().plus(Duration.ofHours(5)), "jack", "2", "key", "secret-b");
        it.provider.putPrevious("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        assertThat(it.isPrevious(JACK, "secret-a")).isTrue();
        it.skip(OVERLAP);
        assertThat(it.isPrevious(JACK, "secret-a")).isFalse();
    }

    @Test
    void previousVersionThatCannotBeHadDoesNotCostTheCurrentOne() {
        it.provider.putCreatedAt(it.clock(), "jack", "2", "key", "secret-b");
        it.provider.answerPrevious("jack", request -> {
            throw new IllegalStateException("a bug");
        });
        it.provider.putCreatedAt(it.clock(), "anna", "2", "key", "secret-c");
        it.provider.answerPrevious("anna", request -> {
            throw new ProviderException(Kind.PERMISSION, "not yours");
        });
        it.resolve(JACK, "anna/key");
        assertThat(it.isCurrent(JACK, "secret-b")).isTrue();
        assertThat(it.isCurrent("anna/key", "secret-c")).isTrue();
    }

    /** A batch with slow previous versions must not be abandoned as a whole, again and again. */
    @Test
    void previousVersionsAreAskedForOnlyWithinOneTimeout() {
        it.provider.batchSize = 50;
        String[] paths = new String[50];
        for (int i = 0; i < 50; i++) {
            it.provider.putCreatedAt(it.clock(), "s" + i, "2", "key", "new-" + i);
            String old = "old-" + i;
            it.provider.answerPrevious("s" + i, request -> {
                it.skip(Duration.ofSeconds(1));
                return new FetchResult.Found(it.provider.version("1", null, "key", old));
            });
            paths[i] = "s" + i + "/key";
        }
        it.resolve(paths);
        assertThat(it.resolver.resolutions()).allMatch(resolution -> resolution.current() != null);
        assertThat(it.resolver.resolutions().stream()
                        .filter(resolution -> !resolution.previous().isEmpty()))
                .hasSize(5);
    }

    @Test
    void pinnedVersionIsNoHandOver() {
        it.provider.putCreatedAt(it.clock(), "jack", "2", "key", "secret-b");
        it.provider.putPrevious("jack", "1", "key", "secret-a");
        it.resolve(JACK + "?version=2");
        assertThat(it.isCurrent(JACK + "?version=2", "secret-b")).isTrue();
        assertThat(it.resolution(JACK + "?version=2").previous()).isEmpty();
    }
}
