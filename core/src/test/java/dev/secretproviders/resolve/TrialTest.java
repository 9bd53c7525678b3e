package dev.secretproviders.resolve;

import static dev.secretproviders.resolve.ResolverFixture.OVERLAP;
import static dev.secretproviders.resolve.ResolverFixture.reference;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A provider is replaced at run time: tried next to the one in force, then installed or dropped. */
class TrialTest {
    private static final String JACK = "jack/key";
    private static final String JANE = "jane/key";
    private static final String TEAM = "team/key";

    private final ResolverFixture it = new ResolverFixture();
    private final ScriptedProvider edited = new ScriptedProvider("prod");

    @BeforeEach
    void twoReferencesResolve() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.provider.put("jane", "1", "key", "secret-j");
        it.resolve(JACK, JANE);
    }

    @AfterEach
    void invariantsHold() {
        it.close();
        assertThat(edited.notWiped()).as("fetched secrets left in the heap").isZero();
    }

    private Trial trial() {
        Trial trial = it.resolver.trial(new Registered(edited, ResolverFixture.policy(OVERLAP)));
        it.drain();
        return trial;
    }

    @Test
    void trialResolvesEveryWantedReferenceAndChangesNothing() throws InterruptedException {
        edited.put("jack", "9", "key", "secret-other");
        int changes = it.events.changes;
        try (Trial trial = trial()) {
            assertThat(trial.await(Duration.ZERO)).isTrue();
            assertThat(trial.resolutions())
                    .extracting(Resolution::reference, Resolution::state)
                    .containsExactlyInAnyOrder(
                            tuple(reference(JACK), ResolutionState.FRESH),
                            tuple(reference(JANE), ResolutionState.NEGATIVE));
        }
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
        assertThat(it.isCurrent(JANE, "secret-j")).isTrue();
        assertThat(it.events.count("rotated")).isZero();
        assertThat(it.events.changes).isGreaterThanOrEqualTo(changes);
        it.pass(Duration.ofMinutes(3));
        assertThat(edited.calls).as("a trial that is over asks no more").hasSize(2);
    }

    @Test
    void trialOfAProviderThatCannotBeAskedSaysWhyAndRaisesNoAlarm() throws InterruptedException {
        edited.down = new ProviderException(Kind.AUTHENTICATION, "permission denied");
        try (Trial trial = trial()) {
            assertThat(trial.await(Duration.ZERO)).isTrue();
            assertThat(trial.status().failure()).isEqualTo(Kind.AUTHENTICATION);
            assertThat(trial.status().error()).isEqualTo("permission denied");
        }
        assertThat(it.events.count("down")).isZero();
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
    }

    @Test
    void installedProviderWithTheSameValuesLeavesNoGapAndNoRotation() {
        edited.put("jack", "1", "key", "secret-a");
        edited.put("jane", "1", "key", "secret-j");
        try (Trial trial = trial()) {
            trial.install();
        }
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
        assertThat(it.events.count("rotated")).isZero();
        int callsBefore = it.provider.calls.size();
        it.pass(Duration.ofMinutes(3));
        assertThat(it.provider.calls).as("the old one is asked no more").hasSize(callsBefore);
        assertThat(edited.calls).hasSizeGreaterThan(2);
    }

    @Test
    void anotherValueAtTheSamePathIsARotation() {
        edited.put("jack", "2", "key", "secret-b");
        edited.put("jane", "1", "key", "secret-j");
        try (Trial trial = trial()) {
            trial.install();
        }
        assertThat(it.isCurrent(JACK, "secret-b")).isTrue();
        assertThat(it.isPrevious(JACK, "secret-a")).isTrue();
        assertThat(it.events.told).contains("rotated jack 1 2");
        it.skip(OVERLAP);
        assertThat(it.isPrevious(JACK, "secret-a")).isFalse();
    }

    @Test
    void overlapThatRunsGoesOnAcrossAnEdit() {
        it.provider.put("jack", "2", "key", "secret-b");
        it.resolver.refresh(it.provider.id, List.of());
        it.drain();
        it.skip(OVERLAP.dividedBy(2));
        edited.put("jack", "2", "key", "secret-b");
        edited.put("jane", "1", "key", "secret-j");
        try (Trial trial = trial()) {
            trial.install();
        }
        assertThat(it.isPrevious(JACK, "secret-a")).isTrue();
        it.skip(OVERLAP.dividedBy(2));
        assertThat(it.isPrevious(JACK, "secret-a")).isFalse();
    }

    @Test
    void installedInSpiteOfAnOutageWhatIsKnownStaysUntilItIsStale() {
        edited.down = new ProviderException(Kind.UNAVAILABLE, "refused");
        try (Trial trial = trial()) {
            trial.install();
        }
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
        it.pass(ResolverFixture.STALE_TTL);
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.EXPIRED);
    }

    @Test
    void installedProviderThatDeniesASecretDeniesItAtOnce() {
        edited.put("jane", "1", "key", "secret-j");
        try (Trial trial = trial()) {
            trial.install();
        }
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
    }

    @Test
    void answerThatWasUnderWayFromTheReplacedProviderIsDropped() {
        it.provider.put("jack", "7", "key", "secret-late");
        it.resolver.refresh(it.provider.id, List.of());
        edited.put("jack", "1", "key", "secret-a");
        edited.put("jane", "1", "key", "secret-j");
        Trial trial = it.resolver.trial(new Registered(edited, ResolverFixture.policy(OVERLAP)));
        while (edited.calls.size() < 2) {
            it.runLast();
        }
        trial.install();
        it.drain();
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
        assertThat(it.isPrevious(JACK, "secret-late")).isFalse();
    }

    @Test
    void referenceIsInvalidUntilItsProviderIsInstalledAndAgainOnceItIsRemoved() {
        ScriptedProvider added = new ScriptedProvider("new");
        added.put("jack", "1", "key", "secret-n");
        SecretReference reference = SecretReference.parse("$secret://vault/new/jack/key");
        it.resolver.retain(Resolver.CONSUMERS, Use.DIGEST.of(Set.of(reference)));
        assertThat(it.resolver.resolution(reference).state()).isEqualTo(ResolutionState.INVALID);
        long generation = it.resolver.generation();

        try (Trial trial = it.resolver.trial(new Registered(added, ResolverFixture.policy(OVERLAP)))) {
            it.drain();
            trial.install();
        }
        assertThat(it.resolver.resolution(reference).state()).isEqualTo(ResolutionState.FRESH);
        assertThat(it.resolver.generation()).isGreaterThan(generation);

        it.resolver.remove(new ProviderId("vault", "new"));
        assertThat(it.resolver.resolution(reference).state()).isEqualTo(ResolutionState.INVALID);
    }

    @Test
    void trialIsInstalledOnce() {
        edited.put("jack", "1", "key", "secret-a");
        try (Trial trial = trial()) {
            trial.install();
            assertThatThrownBy(trial::install).isInstanceOf(IllegalStateException.class);
        }
        assertThat(it.resolver.status(it.provider.id)).isNotNull();
    }

    @Test
    void shorterNameIsNotMeantWhenTheProviderIsEditedAfterTheLongerOneWasDeletedAndForgotten() {
        it.provider.longestNameFirst = true;
        edited.longestNameFirst = true;
        it.provider.gone("team/key");
        it.resolve(TEAM);
        it.provider.missing("team/key");
        it.pass(Duration.ofSeconds(31));
        edited.put("team", "1", "key", "secret-a");
        try (Trial trial = trial()) {
            trial.install();
        }
        assertThat(it.state(TEAM)).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(it.resolution(TEAM).path()).isEqualTo("team/key");
        assertThat(it.resolution(TEAM).neverExisted()).isFalse();
    }

    @Test
    void longerNameThatTheEditedProviderFindsAgainIsNoLongerDeleted() {
        it.provider.longestNameFirst = true;
        edited.longestNameFirst = true;
        it.provider.gone("team/key");
        it.resolve(TEAM);
        edited.put("team/key", "1", "x", "unused");
        edited.put("team", "1", "key", "secret-a");
        try (Trial trial = trial()) {
            trial.install();
        }
        edited.missing("team/key");
        it.pass(ResolverFixture.TTL);
        assertThat(it.isCurrent(TEAM, "secret-a")).isTrue();
    }
}
