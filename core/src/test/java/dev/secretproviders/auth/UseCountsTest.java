package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.resolve.ResolverFixture;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The uses of credentials, counted by version. */
class UseCountsTest {
    private final DirectoryFixture it = new DirectoryFixture();

    @BeforeEach
    void publishJack() {
        it.secrets.provider.put("jack", "1", "key", "old");
        it.consumer("jack", it.referenced("k1", "jack/key"))
                .consumer("anna", it.literal(null, "annas"))
                .publish();
    }

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private void use(String key, int times) {
        for (int i = 0; i < times; i++) {
            it.decide(key);
        }
    }

    private List<String> taken() {
        CompletableFuture<List<CredentialUses>> uses = it.directory.takeUses();
        it.settle();
        return uses.join().stream()
                .map(use -> {
                    assertThat(use.reference()).isEqualTo(ResolverFixture.reference("jack/key"));
                    return use.credential().username() + "/" + use.credential().id() + " " + use.current() + " "
                            + use.previous();
                })
                .toList();
    }

    @Test
    void usesOfReferencesAreTakenOnce() {
        use("old", 3);
        use("wrong", 2);
        use("annas", 2);
        assertThat(taken()).containsExactly("jack/k1 3 0");
        assertThat(taken()).isEmpty();
        use("old", 1);
        assertThat(taken()).containsExactly("jack/k1 1 0");
    }

    @Test
    void usesOfAPreviousVersionAreCountedByThemselves() {
        use("old", 1);
        it.rotate("jack", "2", "new");
        it.settle();
        use("old", 2);
        use("new", 4);
        assertThat(taken()).containsExactly("jack/k1 5 2");
        use("old", 1);
        assertThat(taken()).containsExactly("jack/k1 0 1");
        assertThat(it.directory.previousUses().get(new CredentialName("jack", "k1")))
                .as("this count goes on")
                .extracting(PreviousUses::count)
                .isEqualTo(3L);
    }

    @Test
    void usesOfACredentialThatIsRemovedOrReplacedAreKept() {
        use("old", 2);
        it.consumerWithCustomId("jack", "other", it.referenced("k1", "jack/key"))
                .publish();
        use("old", 3);
        it.without("jack").publish();

        assertThat(taken()).containsExactly("jack/k1 2 0", "jack/k1 3 0");
        assertThat(taken()).isEmpty();
    }

    @Test
    void previousUsesOfAReplacedCredentialAreCountedOnce() {
        it.rotate("jack", "2", "new");
        it.settle();
        use("old", 2);
        it.consumerWithCustomId("jack", "other", it.referenced("k1", "jack/key"))
                .publish();
        use("old", 1);

        assertThat(taken()).containsExactly("jack/k1 0 2", "jack/k1 0 1");
        assertThat(taken()).isEmpty();
    }
}
