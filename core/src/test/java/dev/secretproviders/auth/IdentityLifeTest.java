package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.CredentialKind;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The state of a credential that is kept when the index is rebuilt. */
class IdentityLifeTest {
    private final DirectoryFixture it = new DirectoryFixture();

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private Identity identity(String username) {
        return it.directory.index().identities(username).getFirst();
    }

    private KeyClaim claim(CredentialIndex index, String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return Objects.requireNonNull(index.keys().find(it.secrets.digester.digestOf(bytes, 0, bytes.length)));
    }

    @Test
    void credentialThatIsTheSameStaysTheSameObject() {
        it.secrets.provider.put("jack", "1", "key", "jack-key");
        it.consumer("jack", it.referenced(null, "jack/key"))
                .consumer("anna", it.literal(null, "anna-key"))
                .publish();
        Identity jack = identity("jack");
        Identity anna = identity("anna");
        KeyClaim annas = claim(it.directory.index(), "anna-key");

        it.consumer("zoe", it.literal(null, "zoe-key")).publish();

        assertThat(identity("jack")).isSameAs(jack);
        assertThat(identity("anna")).isSameAs(anna);
        assertThat(claim(it.directory.index(), "anna-key")).isSameAs(annas);

        it.publishWithAnotherProvider();

        assertThat(identity("jack")).isSameAs(jack);
        assertThat(identity("anna")).isSameAs(anna);
        assertThat(claim(it.directory.index(), "anna-key")).isSameAs(annas);
        assertThat(it.decide("jack-key").reason()).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void consumerOrCredentialThatChangedIsAnotherObjectAndTakesItsUsesOver() {
        it.consumer("jack", it.literal("k1", "before")).publish();
        Identity before = identity("jack");
        assertThat(it.decide("before").reason()).isEqualTo(Reason.ACCEPTED);
        it.consumer("jack", it.literal("k1", "after")).publish();
        Identity after = identity("jack");
        assertThat(after).isNotSameAs(before);
        it.consumerWithLabels("jack", Map.of("a", "b"), it.literal("k1", "after"))
                .publish();
        assertThat(identity("jack")).isNotSameAs(after);
        assertThat(it.directory.lastUses()).containsOnlyKeys(new CredentialName("jack", "k1", CredentialKind.KEY_AUTH));
    }

    /** A decision that began with the previous index also ends with it. Its mark of use must not be lost. */
    @Test
    void useThatIsMarkedThroughTheIndexBeforeIsKept() {
        it.consumer("jack", it.literal(null, "jack-key")).publish();
        CredentialIndex before = it.directory.index();

        it.publishWithAnotherProvider();
        Objects.requireNonNull(claim(before, "jack-key").identity()).mark(it.secrets.now());

        assertThat(it.directory.index()).isNotSameAs(before);
        assertThat(it.directory.lastUses()).containsOnlyKeys(new CredentialName("jack", null, CredentialKind.KEY_AUTH));
    }

    /** Readers of the previous index find the same in it as before the build. */
    @Test
    void indexBeforeIsNotHarmedByTheOneThatTakesItsIdentitiesOver() {
        it.secrets.provider.put("jack", "1", "key", "jack-key");
        it.consumer("jack", it.referenced(null, "jack/key"))
                .consumer("anna", it.literal(null, "anna-key"))
                .publish();
        CredentialIndex before = it.directory.index();
        int size = before.size();

        it.without("anna").consumer("zoe", it.literal(null, "zoe-key")).publishWithAnotherProvider();
        it.rotate("jack", "2", "new");
        it.settle();

        assertThat(claim(before, "jack-key").identity()).isSameAs(identity("jack"));
        assertThat(claim(before, "anna-key").identity()).isNotNull();
        assertThat(before.size()).isEqualTo(size);
        assertThat(before.undecided()).isZero();
        assertThat(it.decide("new").reason()).isEqualTo(Reason.ACCEPTED);
        assertThat(it.decide("jack-key").reason()).isEqualTo(Reason.ACCEPTED_PREVIOUS);
    }
}
