package dev.secretproviders.auth;

import static dev.secretproviders.resolve.ResolverFixture.OVERLAP;
import static dev.secretproviders.resolve.ResolverFixture.STALE_TTL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.spi.ProviderException.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The owner of each key, as consumers and secrets change. */
class CredentialDirectoryTest {
    private final DirectoryFixture it = new DirectoryFixture();

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private Reason reason(String key) {
        return it.decide(key).reason();
    }

    private void rotate(String name, String version, String value) {
        it.secrets.provider.put(name, version, "key", value);
        it.secrets.resolver.refresh(it.secrets.provider.id, List.of());
        it.secrets.drain();
    }

    @Test
    void anyKeyMayBeGoodBeforeTheConsumersAreKnown() {
        assertThat(it.directory.consumersKnown()).isFalse();
        assertThat(reason("any")).isEqualTo(Reason.UNRESOLVED);
        it.directory.changed(Set.of());
        it.settle();
        assertThat(reason("any")).isEqualTo(Reason.UNRESOLVED);
        assertThat(it.route("{\"anonymous_consumer\":\"guest\"}")
                        .decide(new ListedRequest())
                        .reason())
                .isEqualTo(Reason.UNRESOLVED);
        assertThat(it.route("{}").decide(new ListedRequest()).reason()).isEqualTo(Reason.MISSING_KEY);
    }

    @Test
    void emptySetOfConsumersIsKnownToo() {
        it.publish();
        assertThat(it.directory.consumersKnown()).isTrue();
        assertThat(reason("any")).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void literalAndReferencedKeysAreAccepted() {
        it.secrets.provider.put("jack", "1", "key", "jack-key");
        it.consumer("jack", it.literal(null, "inline-key"), it.referenced("c1", "jack/key"))
                .publish();
        assertThat(reason("inline-key")).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
        assertThat(it.directory.size()).isEqualTo(2);
        assertThat(it.directory.undecided()).isZero();
    }

    @Test
    void secretsOfConsumersUsedLastAreFetchedFirstThenByName() {
        for (String name : List.of("anna", "jack", "rose", "zoe")) {
            it.secrets.provider.put(name, "1", "key", name + "-secret");
            it.consumer(name, it.literal(null, name + "-key"));
        }
        it.publish();
        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
        it.secrets.skip(Duration.ofSeconds(5));
        assertThat(reason("rose-key")).isEqualTo(Reason.ACCEPTED);

        for (String name : List.of("zoe", "jack", "anna", "rose")) {
            it.consumer(name, it.referenced(null, name + "/key"));
        }
        it.publish();

        assertThat(it.secrets.provider.asked()).containsExactly("rose", "jack", "anna", "zoe");
    }

    /** Before the first answer, the index says that the key may be good, never that it is wrong. */
    @Test
    void keyThatIsBeingFetchedForTheFirstTimeIsNeverRefusedAsInvalid() {
        it.consumer("first", it.literal(null, "first-key")).publish();
        it.secrets.provider.put("jack", "1", "key", "jack-key");
        it.consumer("jack", it.referenced(null, "jack/key")).tell();
        it.build();
        assertThat(reason("jack-key")).isEqualTo(Reason.UNRESOLVED);
        assertThat(it.directory.undecided()).isEqualTo(1);
        assertThat(reason("first-key")).isEqualTo(Reason.ACCEPTED);
        it.secrets.drain();
        it.settle();
        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void isSettledOnceEveryKeyIsKnown() {
        it.secrets.provider.put("jack", "1", "key", "jack-key");
        assertThat(it.directory.settled()).as("before the consumers are known").isFalse();
        it.consumer("jack", it.referenced(null, "jack/key")).tell();
        it.build();
        assertThat(it.directory.settled()).as("while a secret is fetched").isFalse();
        it.secrets.drain();
        it.settle();
        assertThat(it.directory.settled()).isTrue();
    }

    @Test
    void isSettledTooIfAKeyCannotBeKnownForNow() {
        it.secrets.outage(Kind.UNAVAILABLE);
        it.consumer("jack", it.referenced(null, "jack/key")).tell();
        it.build();
        assertThat(it.directory.settled()).as("while it is tried").isFalse();
        it.secrets.drain();
        it.settle();
        assertThat(it.directory.undecided()).isEqualTo(1);
        assertThat(it.directory.settled()).isTrue();
    }

    @Test
    void changesThatComeWhileOneIsWaitingAreTakenTogether() {
        long before = it.directory.sequence();
        for (int i = 0; i < 10; i++) {
            it.consumer("c" + i, it.literal(null, "key-" + i)).tell();
            it.directory.changed(Set.of());
        }
        assertThat(it.waitingBuilds()).isEqualTo(1);
        it.settle();
        assertThat(it.directory.sequence()).isEqualTo(before + 1);
        assertThat(it.directory.size()).isEqualTo(10);
    }

    @Test
    void removedConsumerLosesAccessAtTheNextIndexAndItsSecretIsForgotten() {
        it.secrets.provider.put("jack", "1", "key", "jack-key");
        it.consumer("jack", it.referenced(null, "jack/key"))
                .consumer("anna", it.literal(null, "anna-key"))
                .publish();
        it.without("jack").publish();
        assertThat(reason("jack-key")).isEqualTo(Reason.INVALID_KEY);
        assertThat(reason("anna-key")).isEqualTo(Reason.ACCEPTED);
        assertThat(it.secrets.resolver.resolutions()).isEmpty();
    }

    @Test
    void rotatedKeyIsAcceptedAndThePreviousOneWithinTheOverlap() {
        it.secrets.provider.put("jack", "1", "key", "old");
        it.consumer("jack", it.referenced(null, "jack/key")).publish();
        rotate("jack", "2", "new");
        it.settle();
        assertThat(reason("new")).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("old")).isEqualTo(Reason.ACCEPTED_PREVIOUS);
    }

    @Test
    void overlapEndsOnTheRequestPathWithoutANewIndex() {
        it.secrets.provider.put("jack", "1", "key", "old");
        it.consumer("jack", it.referenced(null, "jack/key")).publish();
        rotate("jack", "2", "new");
        it.settle();
        long sequence = it.directory.sequence();
        it.secrets.skip(OVERLAP.minusNanos(1));
        assertThat(reason("old")).isEqualTo(Reason.ACCEPTED_PREVIOUS);
        it.secrets.skip(Duration.ofNanos(1));
        assertThat(reason("old")).isEqualTo(Reason.INVALID_KEY);
        assertThat(it.directory.sequence()).isEqualTo(sequence);
    }

    @Test
    void staleTtlEndsOnTheRequestPathWithoutANewIndex() {
        it.secrets.provider.put("jack", "1", "key", "jack-key");
        it.consumer("jack", it.referenced(null, "jack/key")).publish();
        it.secrets.skip(STALE_TTL.minusNanos(1));
        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
        it.secrets.skip(Duration.ofNanos(1));
        assertThat(reason("jack-key")).as("neither a yes nor a no").isEqualTo(Reason.UNRESOLVED);
    }

    @Test
    void deletedSecretIsRefusedBeforeTheNextIndexAndInvalidAfterIt() {
        it.secrets.provider.put("jack", "1", "key", "jack-key");
        it.consumer("jack", it.referenced(null, "jack/key")).publish();
        it.secrets.provider.gone("jack");
        it.secrets.resolver.refresh(it.secrets.provider.id, List.of());
        it.secrets.drain();
        assertThat(reason("jack-key")).isEqualTo(Reason.UNRESOLVED);
        it.settle();
        assertThat(reason("jack-key")).isEqualTo(Reason.INVALID_KEY);
    }

    /** A new version id for the same value once ended the version in the index, which gave 503 for a good key. */
    @Test
    void keyIsAcceptedWithoutInterruptionWhenOnlyItsVersionIdChanges() {
        it.secrets.provider.put("jack", "1", "key", "jack-key");
        it.consumer("jack", it.referenced(null, "jack/key")).publish();
        rotate("jack", "2", "jack-key");
        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void outageNeverEmptiesTheIndex() {
        it.secrets.provider.put("jack", "1", "key", "jack-key");
        it.consumer("jack", it.referenced(null, "jack/key")).publish();
        it.secrets.outage(Kind.UNAVAILABLE);
        it.secrets.pass(Duration.ofMinutes(9));
        it.directory.changed(Set.of());
        it.settle();
        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void keyThatSeveralCredentialsShareIsRefusedForAllAndReported() {
        it.secrets.provider.put("anna", "1", "key", "shared");
        it.consumer("jack", it.literal(null, "shared"))
                .consumer("anna", it.referenced("c1", "anna/key"))
                .consumer("zoe", it.literal("c2", "shared"), it.literal("c3", "zoe-key"))
                .publish();
        assertThat(reason("shared")).isEqualTo(Reason.AMBIGUOUS_KEY);
        assertThat(reason("zoe-key")).isEqualTo(Reason.ACCEPTED);
        assertThat(it.directory.size()).isEqualTo(1);
        assertThat(it.directory.ambiguities())
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .contains(
                                "consumer jack", "credential anna/c1", "credential zoe/c2", "refused for all of them"));
        it.without("anna").without("zoe").publish();
        assertThat(reason("shared")).isEqualTo(Reason.ACCEPTED);
        assertThat(it.directory.ambiguities()).isEmpty();
    }

    @Test
    void keyTwiceInOneConsumerIsAmbiguousBetweenItsCredentials() {
        it.consumer("jack", it.literal("c1", "same"), it.literal("c2", "same")).publish();
        assertThat(reason("same")).isEqualTo(Reason.AMBIGUOUS_KEY);
    }

    @Test
    void previousKeyOfOneYieldsToTheCurrentKeyOfAnother() {
        it.secrets.provider.put("jack", "1", "key", "handed-on");
        it.consumer("jack", it.referenced(null, "jack/key")).publish();
        rotate("jack", "2", "new");
        for (String heir : List.of("anna", "zoe")) {
            it.consumer(heir, it.literal(null, "handed-on")).publish();
            assertThat(it.decide("handed-on")).isInstanceOfSatisfying(Decision.Accept.class, accept -> {
                assertThat(accept.consumer()).isEqualTo(heir);
                assertThat(accept.reason()).isEqualTo(Reason.ACCEPTED);
            });
            assertThat(it.directory.ambiguities()).isEmpty();
            it.without(heir);
        }
    }

    @Test
    void indexThatYieldsToACurrentOwnerReportsNoAmbiguityOfFormerOnes() {
        it.secrets.provider.put("a", "1", "key", "k");
        it.secrets.provider.put("b", "1", "key", "k");
        it.consumer("a", it.referenced(null, "a/key"))
                .consumer("b", it.referenced(null, "b/key"))
                .publish();
        rotate("a", "2", "a-new");
        rotate("b", "2", "b-new");
        it.settle();
        assertThat(reason("k")).isEqualTo(Reason.AMBIGUOUS_KEY);
        it.consumer("c", it.literal(null, "k")).publish();
        assertThat(reason("k")).isEqualTo(Reason.ACCEPTED);
        assertThat(it.directory.ambiguities()).isEmpty();
    }

    @Test
    void missingSecretIsDecidedAndItsConsumerSimplyHasNoKey() {
        it.consumer("jack", it.referenced(null, "jack/key")).publish();
        assertThat(it.directory.undecided()).isZero();
        assertThat(reason("any")).isEqualTo(Reason.INVALID_KEY);
    }
}
