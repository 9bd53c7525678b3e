package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ProofNotesTest {
    private final ProofNotes notes = new ProofNotes();

    @Test
    void notesAreReadAsTheyWerePublished() {
        Identity jack = identity("jack");
        Identity rose = identity("rose");
        notes.put(jack, "weak");
        assertThat(notes.published()).isEmpty();

        notes.publish();
        notes.put(jack, "weaker");
        notes.put(rose, "weak");
        assertThat(notes.published()).containsOnlyKeys(jack.name()).containsValue("weak");

        notes.publish();
        assertThat(notes.published()).containsEntry(jack.name(), "weaker").containsEntry(rose.name(), "weak");

        notes.put(jack, null);
        notes.publish();
        assertThat(notes.published()).containsOnlyKeys(rose.name());
    }

    @Test
    void theSameNotesAreNamedOnce() {
        notes.put(identity("jack"), "weak");
        notes.publish();
        Object named = notes.published();

        notes.publish();

        assertThat(notes.published()).isSameAs(named);
    }

    private static Identity identity(String username) {
        SecretReference reference = SecretReference.parse("$secret://vault/prod/" + username + "/key");
        Credential credential = new Credential.KeyAuth(null, new CredentialText.Referenced(reference));
        return new Identity(new Consumer(username, null, List.of(credential)), credential);
    }
}
