package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.route.RememberedUses;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.auth.usage.CredentialUses;
import dev.secretproviders.auth.usage.LatestUses;
import dev.secretproviders.auth.usage.PreviousUses;
import dev.secretproviders.auth.usage.UseMarks;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.resolve.ResolverFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
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
                    assertThat(use.references()).containsExactly(ResolverFixture.reference("jack/key"));
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
    void nextProcessGoesOnCountingWhereThisOneEnded() {
        it.rotate("jack", "2", "new");
        it.settle();
        use("old", 2);
        assertThat(taken()).containsExactly("jack/k1 0 2");
        use("old", 1);
        use("new", 4);
        use("annas", 1);
        List<UseMarks> handed = it.directory.handUses();
        try (DirectoryFixture next = new DirectoryFixture()) {
            next.secrets.provider.put("jack", "2", "key", "new");
            next.consumer("jack", next.referenced("k1", "jack/key"))
                    .consumer("anna", next.literal(null, "annas"))
                    .publish();

            next.directory.adoptUses(handed);

            assertThat(next.directory.lastUses().keySet())
                    .extracting(CredentialName::username)
                    .containsExactlyInAnyOrder("jack", "anna");
            assertThat(next.directory.previousUses().values())
                    .extracting(PreviousUses::count)
                    .containsExactly(3L);
            CompletableFuture<List<CredentialUses>> uses = next.directory.takeUses();
            next.settle();
            assertThat(uses.join()).singleElement().satisfies(use -> {
                assertThat(use.current()).isEqualTo(4);
                assertThat(use.previous()).as("two were taken before").isEqualTo(1);
            });
        }
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
        assertThat(it.directory.previousUses().get(new CredentialName("jack", "k1", CredentialKind.KEY_AUTH)))
                .as("this count goes on")
                .extracting(PreviousUses::count)
                .isEqualTo(3L);
    }

    @Test
    void latestUsesOfOneCredentialAreThoseInTheListOfAll() {
        CredentialName jack = new CredentialName("jack", "k1", CredentialKind.KEY_AUTH);
        assertThat(it.directory.latestUses(jack)).isEqualTo(LatestUses.NONE);
        use("old", 1);
        it.rotate("jack", "2", "new");
        it.settle();
        use("old", 2);

        LatestUses uses = it.directory.latestUses(jack);

        assertThat(uses.last()).isNotNull().isBetween(lastUse(jack).minusSeconds(1), lastUse(jack));
        assertThat(Objects.requireNonNull(uses.previous()).count()).isEqualTo(2);
        assertThat(it.directory.latestUses(new CredentialName("unknown", null, CredentialKind.KEY_AUTH)))
                .isEqualTo(LatestUses.NONE);
    }

    private Instant lastUse(CredentialName name) {
        return Objects.requireNonNull(it.directory.lastUses().get(name));
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

    @Test
    void usesThatAFollowerReportsCountAsIfItHadAsked() {
        CredentialName jack = new CredentialName("jack", "k1", CredentialKind.KEY_AUTH);
        RememberedUses uses = new RememberedUses(it.context(UnresolvedAnswer.UNAVAILABLE));
        uses.mark(jack, 5, 0);
        assertThat(taken()).as("before any verdict").containsExactly("jack/k1 5 0");
        it.rotate("jack", "2", "new");
        it.settle();
        it.secrets.skip(Duration.ofSeconds(20));
        uses.mark(jack, 41, 7);
        assertThat(taken()).containsExactly("jack/k1 41 7");
        assertThat(Objects.requireNonNull(it.directory.previousUses().get(jack)).count())
                .isEqualTo(7);
        uses.mark(jack, 0, 0);
        assertThat(taken()).isEmpty();
    }

    @Test
    void usesOfACredentialThatIsGoneAreNotCounted() {
        CredentialName anna = new CredentialName("anna", null, CredentialKind.KEY_AUTH);
        RememberedUses uses = new RememberedUses(it.context(UnresolvedAnswer.UNAVAILABLE));
        it.without("anna").publish();
        uses.mark(anna, 3, 0);
        assertThat(it.directory.lastUses()).doesNotContainKey(anna);
    }
}
