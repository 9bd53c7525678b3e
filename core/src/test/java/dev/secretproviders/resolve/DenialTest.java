package dev.secretproviders.resolve;

import static dev.secretproviders.resolve.ResolverFixture.STALE_TTL;
import static dev.secretproviders.resolve.ResolverFixture.TTL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.ProviderException.Kind;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the manager says is not there, or was deleted, is denied at once and stays denied. */
class DenialTest {
    private static final String JACK = "jack/key";

    private final ResolverFixture it = new ResolverFixture();

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private void deny(boolean gone) {
        if (gone) {
            it.provider.gone("jack");
        } else {
            it.provider.missing("jack");
        }
        it.skip(TTL);
        it.wake();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void endsAGoodValueAtOnceOnTheRequestPathToo(boolean gone) {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        HeldVersion inTheIndex =
                Objects.requireNonNull(it.resolution(JACK).current()).version();
        deny(gone);

        assertThat(it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(it.state(JACK).undecided()).isFalse();
        assertThat(inTheIndex.usableAt(it.now())).isFalse();
        assertThat(it.events.changes).isEqualTo(2);
        assertThat(it.resolver.heldVersions()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isNotBroughtBackByALaterOutage(boolean gone) {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        deny(gone);
        it.outage(Kind.UNAVAILABLE);
        it.pass(Duration.ofMinutes(2));
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
        it.pass(STALE_TTL);
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
    }

    @Test
    void endsPreviousVersionsToo() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        it.provider.put("jack", "2", "key", "secret-b");
        it.skip(TTL);
        it.wake();
        HeldVersion previous = it.resolution(JACK).previous().getFirst().version();
        assertThat(previous.usableAt(it.now())).isTrue();
        deny(true);
        assertThat(previous.usableAt(it.now())).isFalse();
        assertThat(it.resolver.heldVersions()).isZero();
    }

    @Test
    void isLiftedByANewVersionAlone() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        deny(true);
        it.provider.put("jack", "4", "key", "secret-d");
        it.pass(Duration.ofSeconds(31));
        assertThat(it.isCurrent(JACK, "secret-d")).isTrue();
        assertThat(it.resolution(JACK).previous()).isEmpty();
        assertThat(it.events.count("rotated")).isZero();
    }

    /** A leaked key is deleted and a new one written; AWS still names the leaked one AWSPREVIOUS. */
    @Test
    void isNotUndoneByFetchingThePreviousVersionOfTheNewOne() {
        it.provider.put("jack", "1", "key", "leaked");
        it.resolve(JACK);
        deny(true);
        it.provider.putCreatedAt(it.clock(), "jack", "2", "key", "secret-b");
        it.provider.putPrevious("jack", "1", "key", "leaked");
        it.pass(Duration.ofSeconds(31));
        assertThat(it.isCurrent(JACK, "secret-b")).isTrue();
        assertThat(it.isPrevious(JACK, "leaked")).isFalse();
    }

    @Test
    void saidAgainIsNoNews() {
        it.resolve(JACK);
        int changes = it.events.changes;
        it.pass(Duration.ofMinutes(3));
        assertThat(it.provider.timesAsked("jack")).isGreaterThan(5);
        assertThat(it.events.changes).isEqualTo(changes);
    }
}
