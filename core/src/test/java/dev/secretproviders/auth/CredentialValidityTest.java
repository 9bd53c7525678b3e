package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision.Accept;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Decision.Refuse;
import dev.secretproviders.auth.key.KeyVerdicts;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.validity.Validity;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Credentials that count at certain times only, by labels and by fields of the secret. */
class CredentialValidityTest {
    private final DirectoryFixture it = new DirectoryFixture();
    private final KeyVerdicts verdicts = it.verdicts(UnresolvedAnswer.UNAVAILABLE);

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private String after(Duration time) {
        return it.secrets.clock().plus(time).toString();
    }

    private static Validity labels(String... pairs) {
        Map<String, String> labels = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            labels.put(pairs[i], pairs[i + 1]);
        }
        return Validity.ofLabels("credential", labels::get);
    }

    private Credential literal(String key, Validity validity) {
        return it.literal("k1", key).with(validity);
    }

    private Reason reason(String key) {
        return it.decide(key).reason();
    }

    private Verdict verdict(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return verdicts.of(bytes, bytes.length);
    }

    private Verdict.Refused refused(String key) {
        return (Verdict.Refused) verdict(key);
    }

    private OptionalLong ttl(String key) {
        return ((Verdict.Accepted) verdict(key)).ttlMillis();
    }

    private void hold(String version, String... fields) {
        it.secrets.provider.put("jack", version, fields);
        it.secrets.resolver.refresh(it.secrets.provider.id, List.of());
        it.secrets.drain();
        it.settle();
    }

    private void jackHas(String... fields) {
        it.secrets.provider.put("jack", "1", fields);
        it.consumer("jack", it.referenced("k1", "jack/key")).publish();
    }

    @Test
    void labelsBoundAKeyToTheMillisecond() {
        it.consumer(
                        "jack",
                        literal(
                                "jack-key",
                                labels(
                                        "not_before", after(Duration.ofHours(1)),
                                        "expires_at", after(Duration.ofHours(2)))))
                .publish();
        it.secrets.skip(Duration.ofHours(1).minusMillis(1));
        assertThat(reason("jack-key")).isEqualTo(Reason.NOT_YET_VALID);
        it.secrets.skip(Duration.ofMillis(1));
        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
        it.secrets.skip(Duration.ofHours(1).minusMillis(1));
        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
        it.secrets.skip(Duration.ofMillis(1));
        assertThat(reason("jack-key")).isEqualTo(Reason.EXPIRED);
    }

    @Test
    void fieldsBesideTheKeyBoundIt() {
        jackHas("key", "jack-key", "expires_at", after(Duration.ofMinutes(1)));
        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
        it.secrets.skip(Duration.ofMinutes(1));
        assertThat(reason("jack-key")).isEqualTo(Reason.EXPIRED);
        hold("2", "key", "jack-key", "expires_at", after(Duration.ofMinutes(1)));
        assertThat(reason("jack-key")).as("prolonged").isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void clientLearnsNothingThatItDoesNotLearnForAnUnknownKey() {
        it.consumer("jack", literal("jack-key", labels("disabled", "true"))).publish();
        Refuse unknown = (Refuse) it.decide("unknown");
        Refuse disabled = (Refuse) it.decide("jack-key");
        assertThat(disabled.reason()).isEqualTo(Reason.DISABLED);
        assertThat(disabled)
                .isEqualTo(new Refuse(Reason.DISABLED, unknown.status(), unknown.headers(), unknown.body()));
    }

    @Test
    void stricterOfLabelAndFieldCounts() {
        it.secrets.provider.put("jack", "1", "key", "jack-key", "expires_at", after(Duration.ofMinutes(5)));
        it.consumer("jack", it.referenced("k1", "jack/key").with(labels("expires_at", after(Duration.ofMinutes(1)))))
                .publish();
        it.secrets.skip(Duration.ofMinutes(1));
        assertThat(reason("jack-key")).isEqualTo(Reason.EXPIRED);
    }

    @Test
    void credentialWithAnUnreadableValidityIsRefusedAndNothingElse() {
        it.secrets.provider.put("jack", "1", "key", "jack-key", "expires_at", "soon");
        it.consumer("jack", it.referenced("k1", "jack/key"), it.literal("k2", "other"))
                .publish();
        assertThat(reason("jack-key")).isEqualTo(Reason.DISABLED);
        assertThat(reason("other")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void refusedKeyOfACredentialOutOfItsTimeIsNoWrongKey() {
        it.consumer("jack", literal("jack-key", labels("expires_at", "5"))).publish();
        for (int source = 0; source < WrongKeys.MANY_SOURCES * 2; source++) {
            assertThat(it.route("{}")
                            .decide(new ListedRequest()
                                    .from(InetAddress.ofLiteral("10.0.0." + source))
                                    .header("apikey", "jack-key"))
                            .reason())
                    .isEqualTo(Reason.EXPIRED);
        }
        assertThat(it.directory.wrongKeys().keysFromManySources()).isEmpty();
        assertThat(it.directory.lastUses()).as("no use").isEmpty();
    }

    @Test
    void previousVersionHasBoundsOfItsOwn() {
        jackHas("key", "old", "expires_at", after(Duration.ofSeconds(30)));
        hold("2", "key", "new", "not_before", after(Duration.ofSeconds(20)));
        assertThat(reason("new")).isEqualTo(Reason.NOT_YET_VALID);
        assertThat(reason("old")).isEqualTo(Reason.ACCEPTED_PREVIOUS);
        it.secrets.skip(Duration.ofSeconds(25));
        assertThat(reason("new")).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("old")).isEqualTo(Reason.ACCEPTED_PREVIOUS);
        it.secrets.skip(Duration.ofSeconds(5));
        assertThat(reason("old")).as("within the overlap").isEqualTo(Reason.EXPIRED);
    }

    @Test
    void disabledSecretEndsItsPreviousVersionsToo() {
        jackHas("key", "old");
        hold("2", "key", "new", "disabled", "true");
        assertThat(reason("new")).isEqualTo(Reason.DISABLED);
        assertThat(reason("old")).isEqualTo(Reason.DISABLED);
    }

    @Test
    void sameKeyIsDisabledAlthoughItsPreviousVersionWasNot() {
        jackHas("key", "jack-key");
        hold("2", "key", "jack-key", "disabled", "true");
        assertThat(reason("jack-key")).isEqualTo(Reason.DISABLED);
        assertThat(it.affected()).containsExactly("jack/k1");
        hold("3", "key", "jack-key", "disabled", "false");
        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void validityCountsWhileTheManagerIsDown() {
        jackHas("key", "jack-key", "expires_at", after(Duration.ofMinutes(1)));
        it.secrets.outage(Kind.UNAVAILABLE);
        it.secrets.pass(Duration.ofMinutes(1));
        assertThat(reason("jack-key")).isEqualTo(Reason.EXPIRED);
    }

    @Test
    void keyOfTwoCredentialsStaysAmbiguousWhenOneOfThemEnds() {
        it.consumer("jack", literal("shared", labels("disabled", "true")), it.literal("k2", "shared"))
                .consumer("rose", it.literal(null, "shared"))
                .publish();
        assertThat(reason("shared")).isEqualTo(Reason.AMBIGUOUS_KEY);
    }

    @Test
    void anonymousConsumerTakesRequestsOfAnExpiredKey() {
        it.consumer("jack", literal("jack-key", labels("expires_at", "5")))
                .consumer("guest")
                .publish();
        Decision decision =
                it.route("{\"anonymous_consumer\":\"guest\"}").decide(new ListedRequest().header("apikey", "jack-key"));
        assertThat(decision.reason()).isEqualTo(Reason.ANONYMOUS);
        assertThat(((Accept) decision).consumer()).isEqualTo("guest");
    }

    @Test
    void verdictIsNotRememberedBeyondTheEnd() {
        it.consumer("jack", literal("jack-key", labels("expires_at", after(Duration.ofMinutes(1)))))
                .publish();
        it.secrets.skip(Duration.ofSeconds(10).plusMillis(250));
        assertThat(ttl("jack-key")).hasValue(49_750);
        it.secrets.skip(Duration.ofMillis(49_750));
        assertThat(refused("jack-key").reason()).isEqualTo(Verdict.Reason.EXPIRED);
        assertThat(refused("jack-key").ttlMillis()).as("until the next change").isEmpty();
    }

    @Test
    void shorterOfValidityAndConfirmationBoundsAVerdict() {
        jackHas("key", "jack-key", "expires_at", after(Duration.ofDays(1)));
        assertThat(ttl("jack-key")).hasValue(Duration.ofMinutes(10).toMillis());
    }

    @Test
    void refusalBeforeTheBeginningIsNotRemembered() {
        it.consumer("jack", literal("jack-key", labels("not_before", after(Duration.ofMinutes(1)))))
                .publish();
        assertThat(refused("jack-key").reason()).isEqualTo(Verdict.Reason.NOT_YET_VALID);
        assertThat(refused("jack-key").ttlMillis()).hasValue(1);
    }

    @Test
    void followersAreToldAtEachBoundOfExactlyTheseCredentials() {
        it.consumer(
                        "jack",
                        literal(
                                "jack-key",
                                labels(
                                        "not_before", after(Duration.ofSeconds(2)),
                                        "expires_at", after(Duration.ofSeconds(4)))),
                        it.literal("k2", "other"))
                .publish();
        int before = it.changes.size();
        it.secrets.skip(Duration.ofSeconds(1));
        it.look();
        assertThat(it.changes).as("no bound came").hasSize(before);
        it.secrets.skip(Duration.ofSeconds(1));
        it.look();
        assertThat(it.changes).hasSize(before + 1);
        assertThat(it.affected()).containsExactly("jack/k1");
        it.look();
        assertThat(it.changes).as("told once").hasSize(before + 1);
        it.secrets.skip(Duration.ofSeconds(2));
        it.look();
        assertThat(it.changes).hasSize(before + 2);
        assertThat(it.affected()).containsExactly("jack/k1");
    }

    @Test
    void followersAreToldOfAFieldsBoundAndNotOfAReplacedOne() {
        jackHas("key", "jack-key", "expires_at", after(Duration.ofSeconds(2)));
        hold("2", "key", "jack-key", "expires_at", after(Duration.ofSeconds(5)));
        it.secrets.skip(Duration.ofSeconds(3));
        int before = it.changes.size();
        it.look();
        assertThat(it.changes).hasSize(before);
        it.secrets.skip(Duration.ofSeconds(2));
        it.look();
        assertThat(it.affected()).containsExactly("jack/k1");
    }

    @Test
    void followersAreToldWhenTheClockIsSetBackOverABound() {
        it.consumer("jack", literal("jack-key", labels("expires_at", after(Duration.ofSeconds(2)))))
                .publish();
        it.secrets.skip(Duration.ofSeconds(3));
        it.look();
        assertThat(reason("jack-key")).isEqualTo(Reason.EXPIRED);
        int before = it.changes.size();
        it.secrets.set(it.secrets.clock().minusSeconds(2));
        it.look();
        assertThat(it.changes).hasSize(before + 1);
        assertThat(reason("jack-key")).as("the runner's clock decides").isEqualTo(Reason.ACCEPTED);
        assertThat(ttl("jack-key")).hasValue(1_000);
    }

    @Test
    void credentialsWithoutBoundsNeedNoWatch() {
        it.consumer("jack", it.literal(null, "jack-key")).publish();
        assertThat(it.later).isEmpty();
    }

    @Test
    void changedLabelEndsAVerdict() {
        it.consumer("jack", literal("jack-key", Validity.UNLIMITED)).publish();
        it.consumer("jack", literal("jack-key", labels("disabled", "true")));
        it.publish();
        assertThat(it.affected()).containsExactly("jack/k1");
        assertThat(reason("jack-key")).isEqualTo(Reason.DISABLED);
    }
}
