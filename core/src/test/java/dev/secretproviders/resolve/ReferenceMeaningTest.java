package dev.secretproviders.resolve;

import static dev.secretproviders.resolve.ResolverFixture.TTL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The secret and field that a reference stands for, and the references that are kept. */
class ReferenceMeaningTest {
    private final ResolverFixture it = new ResolverFixture();

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    @Test
    void longestNameIsTriedFirstAndSegmentsMoveIntoTheField() {
        it.provider.longestNameFirst = true;
        it.provider.put("team", "1", "db/key", "secret-a");
        it.resolve("team/db/key");
        assertThat(it.provider.asked()).containsExactly("team/db/key", "team/db", "team");
        assertThat(it.isCurrent("team/db/key", "secret-a")).isTrue();
        assertThat(it.resolution("team/db/key").path()).isEqualTo("team");
    }

    @Test
    void longerNameThatAppearsLaterIsMeantFromThenOnAndTheShorterOneAfterItVanishes() {
        it.provider.longestNameFirst = true;
        it.provider.put("team", "1", "key", "secret-a");
        it.provider.put("team/key", "1", "x", "unused");
        it.provider.missing("team/key");
        it.resolve("team/key");
        assertThat(it.isCurrent("team/key", "secret-a")).isTrue();

        it.provider.put("team/key", "1", "x", "secret-b");
        it.pass(Duration.ofSeconds(31));
        assertThat(it.resolution("team/key").path()).isEqualTo("team/key");
        assertThat(it.isCurrent("team/key", "secret-a"))
                .as("the longer name is meant")
                .isFalse();

        it.provider.missing("team/key");
        it.pass(TTL);
        assertThat(it.isCurrent("team/key", "secret-a")).isTrue();
    }

    @Test
    void shorterNameIsNotMeantWhileTheLongerOneCannotBeAskedOrWasDeleted() {
        it.provider.longestNameFirst = true;
        it.provider.put("team", "1", "key", "secret-a");
        it.provider.fail("team/key", Kind.PERMISSION);
        it.resolve("team/key");
        assertThat(it.state("team/key")).isEqualTo(ResolutionState.LOADING);
        assertThat(it.provider.timesAsked("team")).isZero();

        it.provider.gone("team/key");
        it.pass(Duration.ofSeconds(5));
        assertThat(it.state("team/key")).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(it.provider.timesAsked("team")).isZero();
    }

    /** As AWS does some days after it was told to delete a secret. */
    @Test
    void shorterNameIsNotMeantWhenTheManagerForgetsThatItDeletedTheLongerOne() {
        it.provider.longestNameFirst = true;
        it.provider.put("team", "1", "key", "secret-a");
        it.provider.put("team/key", "1", "x", "unused");
        it.resolve("team/key");
        it.provider.gone("team/key");
        it.pass(TTL);
        it.provider.missing("team/key");
        it.pass(Duration.ofMinutes(2));
        assertThat(it.state("team/key")).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(it.provider.timesAsked("team")).isZero();

        it.provider.put("team/key", "2", "x", "unused too");
        it.pass(Duration.ofSeconds(31));
        it.provider.missing("team/key");
        it.pass(TTL);
        assertThat(it.isCurrent("team/key", "secret-a"))
                .as("it was there again, and was not deleted")
                .isTrue();
    }

    @Test
    void oneSecretIsFetchedOnceHoweverManyFieldsAndReferencesLookAtIt() {
        it.provider.put("db", "1", "user", "u", "password", "p");
        it.resolve("db/user", "db/password", "db/user?stage=AWSCURRENT", "db/nothing");
        assertThat(it.provider.calls).hasSize(2);
        it.skip(TTL);
        it.wake();
        assertThat(it.provider.calls)
                .as("two secrets: the staged path is another one")
                .hasSize(4);
    }

    @Test
    void fieldThatDoesNotExistIsNegativeAndSaysSo() {
        it.provider.put("db", "1", "user", "u");
        it.resolve("db/nothing");
        assertThat(it.state("db/nothing")).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(it.resolution("db/nothing").problem()).startsWith("the secret has no field 'nothing'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "$secret://vault/prod/jack/key", "$SECRET://x", "$env://KEY", "$ENV://KEY"})
    void valueThatIsEmptyOrItselfAReferenceIsNotUsable(String value) {
        it.provider.put("jack", "1", "key", value);
        it.resolve("jack/key");
        assertThat(it.state("jack/key")).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(it.resolution("jack/key").problem()).endsWith("or its value is empty or itself a reference");
    }

    @Test
    void valueThatOnlyStartsWithADollarIsUsable() {
        it.provider.put("jack", "1", "key", "$ecret");
        it.resolve("jack/key");
        assertThat(it.isCurrent("jack/key", "$ecret")).isTrue();
    }

    @Test
    void referenceToAProviderThatIsNotDefinedIsInvalid() {
        SecretReference unknown = SecretReference.parse("$secret://vault/other/jack/key");
        it.resolver.retain(Resolver.CONSUMERS, Use.DIGEST.of(Set.of(unknown)));
        assertThat(it.resolver.resolution(unknown).state()).isEqualTo(ResolutionState.INVALID);
        assertThat(it.resolver.resolution(unknown).problem())
                .isEqualTo("there is no provider 'vault/other'; create it");
        assertThat(it.waiting()).isZero();
    }

    @Test
    void referenceWithoutMeaningForItsProviderIsInvalidAndDoesNotDisturbOthers() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve("bad/path", "bug/path", "single", "jack/key");
        assertThat(it.state("bad/path")).isEqualTo(ResolutionState.INVALID);
        assertThat(it.state("single")).isEqualTo(ResolutionState.INVALID);
        assertThat(it.state("bug/path")).isEqualTo(ResolutionState.INVALID);
        assertThat(it.resolution("bug/path").problem())
                .contains("IllegalStateException")
                .doesNotContain("canary");
        assertThat(it.isCurrent("jack/key", "secret-a")).isTrue();
    }

    @Test
    void referenceNobodyWantsIsInvalid() {
        assertThat(it.state("jack/key")).isEqualTo(ResolutionState.INVALID);
        assertThat(it.resolution("jack/key").problem()).isEqualTo("nothing uses it");
    }

    @Test
    void droppedReferencesAreForgottenAndNoLongerAsked() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.provider.put("anna", "1", "key", "secret-b");
        it.resolve("jack/key", "anna/key");
        assertThat(it.resolver.heldVersions()).isEqualTo(2);
        it.want("anna/key");
        assertThat(it.resolver.heldVersions()).isEqualTo(1);
        it.pass(Duration.ofMinutes(5));
        assertThat(it.provider.timesAsked("jack")).isEqualTo(1);
        assertThat(it.resolver.resolutions()).hasSize(1);

        it.resolve("jack/key", "anna/key");
        assertThat(it.isCurrent("jack/key", "secret-a")).isTrue();
        assertThat(it.provider.timesAsked("jack")).isEqualTo(2);
    }

    @Test
    void secretStaysWhileOneOfItsReferencesIsWanted() {
        it.provider.put("db", "1", "user", "u", "password", "p");
        it.resolve("db/user", "db/password");
        it.resolve("db/user");
        assertThat(it.isCurrent("db/user", "u")).isTrue();
        assertThat(it.provider.calls).hasSize(1);
    }

    @Test
    void answerAboutADroppedReferenceIsWipedAndForgotten() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.want("jack/key");
        it.want();
        it.drain();
        assertThat(it.resolver.heldVersions()).isZero();
        assertThat(it.provider.notWiped()).isZero();
        assertThat(it.events.changes).isZero();
    }

    @Test
    void droppedAndWantedAgainWhileAskedForIsResolvedFromAQuestionOfItsOwn() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.want("jack/key");
        it.want();
        it.resolve("jack/key");
        assertThat(it.isCurrent("jack/key", "secret-a")).isTrue();
        assertThat(it.resolver.heldVersions()).isEqualTo(1);
    }

    @Test
    void changeAnnouncedByTheManagerIsAskedForAtOnce() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.provider.put("anna", "1", "key", "secret-b");
        it.resolve("jack/key", "anna/key");
        it.provider.put("jack", "2", "key", "secret-c");
        it.provider.announceChange(SecretPath.current("jack"), SecretPath.current("never-heard-of"));
        it.drain();
        assertThat(it.isCurrent("jack/key", "secret-c")).isTrue();
        assertThat(it.provider.timesAsked("anna")).isEqualTo(1);
        it.provider.announceChange();
        it.drain();
        assertThat(it.provider.timesAsked("anna")).isEqualTo(2);
    }

    /** The change may have come after the manager read the value, so the pending answer is not enough. */
    @Test
    void refreshDuringAFetchAsksOnceMoreAfterIt() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.want("jack/key");
        it.resolver.refresh(it.provider.id, List.of());
        it.resolver.refresh(it.provider.id, List.of());
        it.drain();
        assertThat(it.provider.timesAsked("jack")).isEqualTo(2);
    }
}
