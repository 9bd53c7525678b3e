package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.resolve.Visit;
import dev.secretproviders.resolve.value.Use;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Consumers that change while an index is in force. */
class ConsumerReplacementTest {
    private final DirectoryFixture it = new DirectoryFixture();

    @BeforeEach
    void jackAndAnna() {
        it.secrets.provider.put("jack", "1", "key", "old");
        it.consumer("jack", it.referenced(null, "jack/key"));
        it.consumer("anna", it.literal(null, "anna-key")).publish();
    }

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private Reason reason(String key) {
        return it.decide(key).reason();
    }

    @Test
    void newConsumerIsPutIntoTheIndexInForce() {
        CredentialIndex index = it.directory.index();
        long before = index.sequence();

        it.consumer("zoe", it.literal(null, "zoe-key"), it.literal("two", "second"))
                .publish();

        assertThat(it.directory.index()).isSameAs(index);
        assertThat(index.sequence()).isEqualTo(before + 1);
        assertThat(reason("zoe-key")).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("second")).isEqualTo(Reason.ACCEPTED);
        assertThat(it.affected()).isEmpty();
        assertThat(index.consumer("zoe")).isNotNull();
        assertThat(it.directory.size()).isEqualTo(4);
    }

    @Test
    void consumerThatGoesTakesItsKeysAndReferencesAlong() {
        it.without("jack").publish();

        assertThat(reason("old")).isEqualTo(Reason.INVALID_KEY);
        assertThat(it.affected()).containsExactly("jack");
        assertThat(it.directory.index().consumer("jack")).isNull();
        assertThat(it.secrets
                        .resolver
                        .resolution(ResolverFixture.reference("jack/key"))
                        .state())
                .isEqualTo(ResolutionState.INVALID);
        assertThat(it.directory.size()).isOne();
    }

    @Test
    void referenceThatAnotherConsumerHoldsStays() {
        it.consumer("anna", it.referenced("a", "jack/key")).publish();
        assertThat(it.directory.ambiguities()).hasSize(1);

        it.without("jack").publish();

        assertThat(reason("old")).isEqualTo(Reason.ACCEPTED);
        assertThat(it.directory.ambiguities()).isEmpty();
        it.rotate("jack", "2", "new");
        it.settle();
        assertThat(reason("new")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void valueOfAReferenceIsKeptWhileACredentialNeedsIt() {
        it.secrets.provider.put("rose", "1", "id", "rose-id", "secret", "rose-secret");
        it.consumer("rose", it.hmac(null, it.name("rose-id"), it.reference("rose/secret")));
        it.consumer("key", it.referenced(null, "rose/secret")).publish();
        assertThat(value("rose/secret")).isTrue();

        it.without("rose").publish();

        assertThat(value("rose/secret")).isFalse();
        assertThat(reason("rose-secret")).isEqualTo(Reason.ACCEPTED);
    }

    private boolean value(String path) {
        var current =
                it.secrets.resolver.resolution(ResolverFixture.reference(path)).current();
        return current != null && current.value() != null;
    }

    @Test
    void keyThatMovesBehindAReferenceWaitsForTheManager() {
        it.secrets.provider.put("anna", "1", "key", "anna-key");

        it.consumer("anna", it.referenced(null, "anna/key")).tell();
        it.build();

        assertThat(reason("anna-key")).isEqualTo(Reason.UNRESOLVED);
        it.secrets.drain();
        it.settle();
        assertThat(reason("anna-key")).isEqualTo(Reason.ACCEPTED);
    }

    @ParameterizedTest
    @EnumSource
    void keyThatMovesBehindAReferenceThatIsKnownAlreadyIsAcceptedThroughout(Use use) {
        it.secrets.provider.put("anna", "1", "key", "anna-key");
        try (Visit _ = it.secrets.resolver.visit(ResolverFixture.reference("anna/key"), use)) {
            it.secrets.drain();

            it.consumer("anna", it.referenced(null, "anna/key")).tell();
            it.build();

            assertThat(reason("anna-key")).isEqualTo(Reason.ACCEPTED);
        }
        it.secrets.drain();
        it.settle();
        assertThat(reason("anna-key")).isEqualTo(Reason.ACCEPTED);
        assertThat(value("anna/key")).isFalse();
        assertThat(it.secrets.provider.timesAsked("anna")).isEqualTo(1);
    }

    @Test
    void secretOfSignaturesThatIsKnownAlreadyIsNotFetchedAgain() {
        it.secrets.provider.put("rose", "1", "secret", "rose-secret");
        try (Visit _ = it.secrets.resolver.visit(ResolverFixture.reference("rose/secret"), Use.VALUE)) {
            it.secrets.drain();

            it.consumer("rose", it.hmac(null, it.name("rose-id"), it.reference("rose/secret")))
                    .tell();
            it.build();

            assertThat(value("rose/secret")).isTrue();
        }
        it.secrets.drain();
        it.settle();
        assertThat(value("rose/secret")).isTrue();
        assertThat(it.secrets.provider.timesAsked("rose")).isEqualTo(1);
    }

    @Test
    void keyThatGoesFromOneConsumerToAnotherIsTheOthers() {
        it.consumer("zoe", it.literal(null, "moving")).publish();
        it.without("zoe").consumer("adam", it.literal(null, "moving")).publish();

        assertThat(it.decide("moving").reason()).isEqualTo(Reason.ACCEPTED);
        assertThat(it.affected()).containsExactly("zoe");
        assertThat(it.directory.ambiguities()).isEmpty();
    }

    @Test
    void changedConsumerKeepsItsUsesAndLosesItsVerdicts() {
        assertThat(reason("anna-key")).isEqualTo(Reason.ACCEPTED);

        it.consumerWithCustomId("anna", "another", it.literal(null, "anna-key")).publish();

        assertThat(it.affected()).containsExactly("anna");
        assertThat(it.directory.lastUses()).hasSize(1);
        assertThat(reason("anna-key")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void whatArrivesBeforeTheStepIsTakenTogether() {
        long before = it.directory.sequence();
        for (String name : List.of("a", "b", "c")) {
            it.consumer(name, it.literal(null, name + "-key")).tell();
        }
        it.without("anna").tell();
        it.settle();

        assertThat(it.directory.size()).isEqualTo(4);
        assertThat(it.directory.sequence()).isEqualTo(before + 1);
        assertThat(it.affected()).containsExactly("anna");
    }

    @Test
    void deniedSecretAndRotationGoOn() {
        it.consumer("zoe", it.literal(null, "zoe-key")).publish();
        it.rotate("jack", "2", "new");
        it.settle();
        assertThat(reason("new")).isEqualTo(Reason.ACCEPTED);

        it.secrets.provider.gone("jack");
        it.secrets.resolver.refresh(it.secrets.provider.id, List.of());
        it.secrets.drain();
        it.settle();
        assertThat(reason("new")).isEqualTo(Reason.INVALID_KEY);
    }

    /** The provider's access rules take effect immediately. */
    @Test
    void providerThatIsTakenOutOfForceIsOutOfForce() {
        it.secrets.resolver.remove(it.secrets.provider.id);
        it.settle();
        assertThat(reason("old")).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void gatewayConfigurationThatLeavesTheConsumersAsTheyAreChangesNothing() {
        it.publish();
        assertThat(it.affected()).isEmpty();
    }
}
