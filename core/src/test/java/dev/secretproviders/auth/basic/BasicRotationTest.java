package dev.secretproviders.auth.basic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.ListedRequest;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.spi.ProviderException.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** User names and passwords rotate as keys do. Two fields of one secret change together. */
class BasicRotationTest {
    private static final CredentialName JACK = new CredentialName("jack", null, CredentialKind.BASIC_AUTH);

    private final DirectoryFixture it = new DirectoryFixture();

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private Reason reason(String userAndPassword) throws Exception {
        String encoded = Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
        Decision decision = BasicAuthenticator.prepare("{}", it.context(UnresolvedAnswer.UNAVAILABLE))
                .decide(new ListedRequest().header("authorization", "Basic " + encoded));
        return decision.reason();
    }

    private Verdict verdict(String user, String password) {
        return new BasicVerdicts(it.context(UnresolvedAnswer.UNAVAILABLE))
                .of(user.getBytes(StandardCharsets.UTF_8), password.getBytes(StandardCharsets.UTF_8));
    }

    private void rotate(String version, String user, String password) {
        hold(version, "username", user, "password", password);
    }

    private void hold(String version, String... fields) {
        it.secrets.provider.put("jack", version, fields);
        it.secrets.resolver.refresh(it.secrets.provider.id, List.of());
        it.secrets.drain();
        it.settle();
    }

    private void jackHasAPair() {
        it.secrets.provider.put("jack", "1", "username", "jack", "password", "one");
        it.consumer("jack", it.basic(null, it.reference("jack/username"), it.reference("jack/password")))
                .publish();
    }

    @Test
    void rotatedPasswordAndThePreviousOneAreAcceptedDuringTheOverlap() throws Exception {
        jackHasAPair();
        rotate("2", "jack", "two");

        assertThat(reason("jack:two")).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("jack:one")).isEqualTo(Reason.ACCEPTED_PREVIOUS);
        assertThat(Objects.requireNonNull(it.directory.previousUses().get(JACK)).count())
                .isEqualTo(1);

        it.secrets.pass(ResolverFixture.OVERLAP.plusSeconds(1));
        it.settle();
        assertThat(reason("jack:one")).isEqualTo(Reason.INVALID_KEY);
        assertThat(reason("jack:two")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void userNameAndPasswordOfDifferentVersionsOfASecretDoNotBelongTogether() throws Exception {
        jackHasAPair();
        rotate("2", "jackie", "two");

        assertThat(reason("jackie:two")).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("jack:one")).isEqualTo(Reason.ACCEPTED_PREVIOUS);
        assertThat(reason("jack:two")).isEqualTo(Reason.INVALID_KEY);
        assertThat(reason("jackie:one")).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void userNameOfAnotherSecretBelongsToAllPasswords() throws Exception {
        it.secrets.provider.put("name", "1", "username", "jack");
        it.secrets.provider.put("jack", "1", "password", "one");
        it.consumer("jack", it.basic(null, it.reference("name/username"), it.reference("jack/password")))
                .publish();
        it.secrets.provider.put("jack", "2", "password", "two");
        it.secrets.resolver.refresh(it.secrets.provider.id, List.of());
        it.secrets.drain();
        it.settle();

        assertThat(reason("jack:one")).isEqualTo(Reason.ACCEPTED_PREVIOUS);
        assertThat(reason("jack:two")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void rotationOfAPasswordTellsFollowersOfTheCredential() {
        jackHasAPair();
        rotate("2", "jack", "two");

        assertThat(it.affected()).containsExactly("jack");
    }

    @Test
    void passwordThatIsGoneIsRefusedAtOnce() throws Exception {
        jackHasAPair();
        assertThat(reason("jack:one")).isEqualTo(Reason.ACCEPTED);

        it.secrets.provider.gone("jack");
        it.secrets.resolver.refresh(it.secrets.provider.id, List.of());
        it.secrets.drain();
        it.settle();

        assertThat(reason("jack:one")).isEqualTo(Reason.INVALID_KEY);
        assertThat(it.affected()).containsExactly("jack");
    }

    @Test
    void passwordThatCouldNotBeConfirmedForTooLongIsUndecided() throws Exception {
        it.secrets.provider.put("jack", "1", "password", "one");
        it.consumer("jack", it.basic(null, it.name("jack"), it.reference("jack/password")))
                .publish();
        it.secrets.provider.fail("jack", Kind.UNAVAILABLE);
        it.secrets.pass(ResolverFixture.STALE_TTL.plusSeconds(1));
        it.settle();

        assertThat(reason("jack:one")).isEqualTo(Reason.UNRESOLVED);
        assertThat(reason("stranger:one")).as("every user name is known").isEqualTo(Reason.INVALID_KEY);
        assertThat(it.directory.undecided()).isEqualTo(1);
    }

    @Test
    void userNameThatTwoConsumersShareIsRefusedUntilTheyDiffer() throws Exception {
        it.consumer("jack", it.basic(null, it.name("same"), it.text("one")))
                .consumer("rose", it.basic("r", it.name("same"), it.text("two")))
                .publish();
        assertThat(reason("same:one")).isEqualTo(Reason.AMBIGUOUS_KEY);
        assertThat(it.directory.ambiguities())
                .singleElement()
                .asString()
                .contains("have the same username", "consumer jack", "credential rose/r");

        it.without("rose").publish();
        assertThat(reason("same:one")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void userNameInTheConfigurationIsSharedWithOneInASecret() throws Exception {
        it.consumer("jack", it.basic(null, it.name("same"), it.text("one")))
                .consumer("anna", it.basic(null, it.name("anna"), it.text("three")))
                .publish();
        assertThat(reason("same:one")).isEqualTo(Reason.ACCEPTED);

        it.secrets.provider.put("rose", "1", "username", "same");
        it.consumer("rose", it.basic("r", it.reference("rose/username"), it.text("two")))
                .publish();
        assertThat(reason("same:one")).isEqualTo(Reason.AMBIGUOUS_KEY);
        assertThat(it.affected()).contains("jack");
        assertThat(reason("anna:three")).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("stranger:three")).isEqualTo(Reason.INVALID_KEY);

        it.without("rose").publish();
        assertThat(reason("same:one")).isEqualTo(Reason.ACCEPTED);
        it.consumer("ruby", it.basic(null, it.name("ruby"), it.text("four"))).publish();
        assertThat(reason("ruby:four")).isEqualTo(Reason.ACCEPTED);
        it.without("ruby").publish();
        assertThat(reason("ruby:four")).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void userNameMovesFromTheConfigurationToASecret() throws Exception {
        it.consumer("jack", it.basic(null, it.name("jack"), it.text("one"))).publish();
        it.secrets.provider.put("jack", "1", "username", "jack");

        it.consumer("jack", it.basic(null, it.reference("jack/username"), it.text("one")))
                .publish();

        assertThat(reason("jack:one")).isEqualTo(Reason.ACCEPTED);
        assertThat(it.directory.ambiguities()).isEmpty();
    }

    @Test
    void nextReferenceOfAChainCountsOnlyIfTheOneBeforeItNeverExisted() throws Exception {
        it.secrets.provider.put("second", "1", "password", "two");
        it.consumer("jack", it.basic(null, it.name("jack"), it.chain("first/password", "second/password")))
                .publish();
        assertThat(reason("jack:two")).isEqualTo(Reason.ACCEPTED);

        it.secrets.provider.put("first", "1", "password", "one");
        it.secrets.resolver.refresh(it.secrets.provider.id, List.of());
        it.secrets.drain();
        it.settle();
        assertThat(reason("jack:one")).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("jack:two")).isEqualTo(Reason.INVALID_KEY);

        it.secrets.provider.gone("first");
        it.secrets.resolver.refresh(it.secrets.provider.id, List.of());
        it.secrets.drain();
        it.settle();
        assertThat(reason("jack:one")).isEqualTo(Reason.INVALID_KEY);
        assertThat(reason("jack:two")).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void kindsDoNotShareATable() throws Exception {
        it.consumer("jack", it.literal(null, "same"), it.basic(null, it.name("same"), it.text("one")))
                .publish();

        assertThat(it.decide("same").reason()).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("same:one")).isEqualTo(Reason.ACCEPTED);
        assertThat(it.directory.ambiguities()).isEmpty();
        assertThat(it.directory.size()).isEqualTo(2);
    }

    @Test
    void verdictNamesTheCredentialAndEndsWithTheOverlap() {
        jackHasAPair();
        rotate("2", "jack", "two");
        long sequence = it.directory.sequence();

        assertThat(verdict("jack", "two")).isInstanceOfSatisfying(Verdict.Accepted.class, accepted -> {
            assertThat(accepted.credential()).isEqualTo(JACK);
            assertThat(accepted.sequence()).isEqualTo(sequence);
        });
        assertThat(verdict("jack", "one")).isInstanceOfSatisfying(Verdict.Accepted.class, accepted -> {
            assertThat(accepted.ttlMillis().orElseThrow()).isBetween(1L, ResolverFixture.OVERLAP.toMillis());
        });
        assertThat(verdict("jack", "three"))
                .isEqualTo(new Verdict.Refused(sequence, Verdict.Reason.INVALID_KEY, OptionalLong.empty()));
    }

    @Test
    void nothingPrintsAPassword() {
        jackHasAPair();
        assertThat(it.directory.consumers().toString()).doesNotContain("one");
        assertThat(new PasswordProofs(it.secrets.digester)
                        .make(it.basic(null, it.name("u"), it.text("canary")), it.secrets.digest("canary"), null)
                        .toString())
                .doesNotContain("canary");
    }

    @Test
    void passwordThatCountsLaterLeavesThePreviousOneInForce() throws Exception {
        jackHasAPair();
        String later = it.secrets.clock().plusSeconds(20).toString();
        hold("2", "username", "jack", "password", "two", "not_before", later);
        assertThat(reason("jack:one")).isEqualTo(Reason.ACCEPTED_PREVIOUS);
        assertThat(reason("jack:two")).isEqualTo(Reason.NOT_YET_VALID);
        it.secrets.skip(Duration.ofSeconds(20));
        assertThat(reason("jack:two")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void unchangedPasswordIsDisabledWithAllVersions() throws Exception {
        jackHasAPair();
        hold("2", "username", "jack", "password", "one", "disabled", "true");
        assertThat(reason("jack:one")).isEqualTo(Reason.DISABLED);
        assertThat(reason("jack:wrong")).as("tells nothing").isEqualTo(Reason.INVALID_KEY);
        hold("3", "username", "jack", "password", "two", "disabled", "true");
        assertThat(reason("jack:one")).isEqualTo(Reason.DISABLED);
    }

    @Test
    void fieldsOfTheSecretOfAUserNameAloneCountToo() throws Exception {
        it.secrets.provider.put("jack", "1", "username", "jack", "expires_at", "1000");
        it.consumer("jack", it.basic(null, it.reference("jack/username"), it.text("one")))
                .publish();
        assertThat(reason("jack:one")).isEqualTo(Reason.EXPIRED);
    }

    @Test
    void verdictOnAPasswordEndsWithItsValidity() {
        String end = it.secrets.clock().plusSeconds(5).toString();
        it.secrets.provider.put("jack", "1", "username", "jack", "password", "one", "expires_at", end);
        it.consumer("jack", it.basic(null, it.reference("jack/username"), it.reference("jack/password")))
                .publish();
        assertThat(((Verdict.Accepted) verdict("jack", "one")).ttlMillis()).hasValue(5_000);
        it.secrets.skip(Duration.ofSeconds(5));
        assertThat(((Verdict.Refused) verdict("jack", "one")).reason()).isEqualTo(Verdict.Reason.EXPIRED);
    }
}
