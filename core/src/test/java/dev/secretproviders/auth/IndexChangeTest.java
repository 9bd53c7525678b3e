package dev.secretproviders.auth;

import static dev.secretproviders.resolve.ResolverFixture.OVERLAP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.spi.ProviderException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The credentials that a change of the index reports as affected. */
class IndexChangeTest {
    private final DirectoryFixture it = new DirectoryFixture();

    @AfterEach
    void everyChangeHasTheNumberAfterTheOneBefore() {
        assertThat(it.changes.stream().map(IndexChange::sequence).toList())
                .isEqualTo(IntStream.rangeClosed(1, it.changes.size())
                        .mapToObj(Long::valueOf)
                        .toList());
        assertThat(it.directory.sequence()).isEqualTo(it.changes.size());
        it.close();
    }

    /** No key was accepted before. Verdicts of a previous runner are to be confirmed, not dropped. */
    @Test
    void firstIndexTouchesNobody() {
        it.consumer("jack", it.literal(null, "jack-key")).publish();
        assertThat(it.affected()).isEmpty();
    }

    @Test
    void keyThatIsKnownAtLastTouchesNobody() {
        it.secrets.provider.fail("jack", Kind.UNAVAILABLE);
        it.consumer("jack", it.referenced("k1", "jack/key")).publish();
        it.rotate("jack", "1", "jack-key");
        it.settle();
        assertThat(it.decide("jack-key").reason()).isEqualTo(Decision.Reason.ACCEPTED);
        assertThat(it.changes).hasSizeGreaterThan(1);
        assertThat(it.affected()).isEmpty();
    }

    @Test
    void listenerIsToldOnceTheChangeIsInForce() {
        List<Decision.Reason> seen = new ArrayList<>();
        it.directory.addListener(change -> {
            assertThat(it.directory.sequence()).isEqualTo(change.sequence());
            seen.add(it.decide("jack-key").reason());
        });
        it.consumer("jack", it.literal(null, "jack-key")).publish();
        it.without("jack").publish();
        assertThat(seen).containsExactly(Decision.Reason.ACCEPTED, Decision.Reason.INVALID_KEY);
    }

    @Test
    void listenerThatFailsKeepsNobodyFromBeingTold() {
        List<Long> told = new ArrayList<>();
        it.directory.addListener(_ -> {
            throw new IllegalStateException("listener");
        });
        it.directory.addListener(change -> told.add(change.sequence()));
        it.publish();
        it.consumer("jack", it.literal(null, "jack-key")).publish();
        assertThat(told).containsExactly(1L, 2L);
    }

    @Test
    void rotationTouchesThoseWhoReferToTheSecretAndNobodyElse() {
        it.secrets.provider.put("shared", "1", "key", "old", "other", "theirs");
        it.secrets.provider.put("anna", "1", "key", "anna-key");
        it.consumer("jack", it.referenced("k1", "shared/key"), it.literal("k2", "jack-key"))
                .consumer("jill", it.referenced(null, "shared/other"))
                .consumer("anna", it.referenced(null, "anna/key"))
                .publish();
        it.secrets.provider.put("shared", "2", "key", "new", "other", "newer");
        it.secrets.provider.announceChange();
        it.secrets.drain();
        it.settle();
        assertThat(it.affected()).containsExactly("jack/k1", "jill");
    }

    @Test
    void endOfAnOverlapTouchesItsCredential() {
        it.secrets.provider.put("jack", "1", "key", "old");
        it.consumer("jack", it.referenced(null, "jack/key")).publish();
        it.rotate("jack", "2", "new");
        it.settle();
        int before = it.changes.size();
        it.secrets.pass(OVERLAP.plus(Duration.ofSeconds(3)));
        it.settle();
        assertThat(it.changes.size()).isGreaterThan(before);
        assertThat(it.affected()).containsExactly("jack");
    }

    @Test
    void otherConsumersTouchThoseWhoGoOrChange() {
        it.consumer("stays", it.literal(null, "stays-key"), it.literal("k1", "another"))
                .consumer("goes", it.literal("k1", "goes-key"))
                .consumer("changes", it.literal("k1", "before"), it.literal("k2", "kept"))
                .consumerWithLabels("labelled", Map.of("a", "1"), it.literal(null, "labelled-key"))
                .publish();
        it.without("goes")
                .consumer("comes", it.literal(null, "comes-key"))
                .consumer("changes", it.literal("k1", "after"), it.literal("k2", "kept"))
                .consumerWithLabels("labelled", Map.of("a", "2"), it.literal(null, "labelled-key"))
                .consumer("keyless")
                .publish();
        assertThat(it.affected()).containsExactly("changes/k1", "changes/k2", "goes/k1", "labelled");
    }

    @Test
    void indexThatIsBuiltAnewForTheSameCredentialsTouchesNobody() {
        it.secrets.provider.put("jack", "1", "key", "jack-key");
        it.consumer("jack", it.referenced(null, "jack/key"))
                .consumer("anna", it.referenced(null, "missing/key"))
                .consumer("one", it.literal(null, "same"))
                .consumer("two", it.literal(null, "same"))
                .publish();
        it.consumer("keyless").publish();
        assertThat(it.affected()).isEmpty();
    }

    @Test
    void newcomerWithSomebodysKeyTouchesThatOne() {
        it.consumer("jack", it.literal(null, "key")).publish();
        it.consumer("thief", it.literal(null, "key")).publish();
        assertThat(it.affected()).containsExactly("jack");
    }

    @Test
    void secretThatBecomesSomebodysKeyTouchesThatOneToo() {
        it.secrets.provider.put("thief", "1", "key", "own");
        it.consumer("jack", it.literal(null, "key"))
                .consumer("thief", it.referenced("k1", "thief/key"))
                .publish();
        it.rotate("thief", "2", "key");
        it.settle();
        assertThat(it.affected()).containsExactly("jack", "thief/k1");
    }

    @Test
    void previousOwnerOfAKeyIsTouchedWhenAnotherGetsIt() {
        it.secrets.provider.put("jack", "1", "key", "handed-on");
        it.consumer("jack", it.referenced(null, "jack/key")).publish();
        it.rotate("jack", "2", "new");
        it.settle();
        it.consumer("heir", it.literal(null, "handed-on")).publish();
        assertThat(it.affected()).containsExactly("jack");
    }

    @Test
    void consumerThatMayNotUseItsReferenceAnyMoreIsTouched() {
        it.secrets.provider.put("jack", "1", "key", "jack-key");
        it.consumer("jack", it.referenced(null, "jack/key"))
                .consumer("anna", it.literal(null, "anna-key"))
                .publish();
        it.secrets.resolver.remove(it.secrets.provider.id);
        it.settle();
        assertThat(it.affected()).containsExactly("jack");
    }

    @Test
    void moreThanAThousandAreAll() {
        for (int i = 0; i <= IndexChange.Affected.MOST; i++) {
            it.consumer("c" + i, it.literal(null, "key-" + i));
        }
        it.publish();
        for (int i = 0; i < IndexChange.Affected.MOST; i++) {
            it.consumer("c" + i, it.literal(null, "next-key-" + i));
        }
        it.publish();
        assertThat(it.affected()).hasSize(IndexChange.Affected.MOST);
        for (int i = 0; i <= IndexChange.Affected.MOST; i++) {
            it.consumer("c" + i, it.literal(null, "last-key-" + i));
        }
        it.publish();
        assertThat(it.affected()).containsExactly("all");
    }

    /** A failed build may leave any state, so the next index is not compared with it. */
    @Test
    void indexAfterABuildThatFailedTouchesAll() {
        it.consumer("jack", it.literal(null, "jack-key"))
                .consumer("zoe", it.literal(null, "zoe-key"))
                .publish();
        it.consumer("broken", new Credential.KeyAuth(null, new CredentialText.Literal(noDigest(), false)))
                .publish();
        assertThat(it.decide("jack-key").reason()).as("the index before").isEqualTo(Decision.Reason.ACCEPTED);
        assertThat(it.changes).hasSize(1);

        it.without("broken").without("zoe").tell();
        it.later.remove().run();
        it.settle();

        assertThat(it.affected()).containsExactly("all");
        assertThat(it.decide("jack-key").reason()).isEqualTo(Decision.Reason.ACCEPTED);
        assertThat(it.decide("zoe-key").reason()).isEqualTo(Decision.Reason.INVALID_KEY);
        assertThat(it.directory.size()).isEqualTo(1);
    }

    @SuppressWarnings("NullAway")
    private static KeyDigest noDigest() {
        @Nullable KeyDigest none = null;
        return none;
    }
}
