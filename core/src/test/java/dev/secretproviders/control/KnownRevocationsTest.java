package dev.secretproviders.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.ProviderId;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class KnownRevocationsTest {
    private static final Revocation FIRST = revocation("1");
    private static final Revocation SECOND = revocation("2");

    private final KnownRevocations known = new KnownRevocations();

    private static Revocation revocation(String version) {
        return new Revocation(
                new ProviderId("vault", "prod"), "jack", version, null, "jane", Instant.parse("2026-11-25T10:00:00Z"));
    }

    @Test
    void deletionEndsARevocationOnce() {
        known.learn("a", 1, FIRST);
        assertThat(known.learn("a", 2, null)).isEqualTo(FIRST);
        assertThat(known.learn("a", 2, null)).isNull();
        assertThat(known.learn("b", 3, null)).isNull();
        assertThat(known.all()).isEmpty();
        assertThat(known.keys()).isEmpty();
    }

    @Test
    void olderChangesToldLateUndoNothing() {
        known.learn("a", 5, SECOND);
        known.learn("a", 4, FIRST);
        known.learn("a", 3, null);
        assertThat(known.all()).containsExactly(SECOND);
        known.learn("a", 6, null);
        known.learn("a", 5, SECOND);
        assertThat(known.all()).isEmpty();
        known.learn("a", 7, FIRST);
        assertThat(known.all()).containsExactly(FIRST);
        known.learn("a", 6, null);
        assertThat(known.all()).containsExactly(FIRST);
    }

    /** A restored store has earlier revisions. */
    @Test
    void storeThatWasRestoredDecidesWhateverItsRevisionsAre() {
        known.learn("withdrawn", 300, FIRST);
        known.learn("withdrawn", 400, null);
        known.learn("stays", 410, SECOND);
        known.restarted();
        assertThat(known.all()).as("until it is listed").containsExactly(SECOND);

        known.learn("withdrawn", 300, FIRST);
        known.learn("stays", 350, null);

        assertThat(known.all()).containsExactly(FIRST);
    }

    /** Found by the soak test: withdrawn revocations stayed in memory. */
    @Test
    void revocationsThatWereTakenBackDoNotPileUp() {
        int many = 3 * KnownRevocations.DELETIONS;
        for (int i = 0; i < many; i++) {
            known.learn("key" + i, 2L * i + 1, FIRST);
            known.learn("key" + i, 2L * i + 2, null);
        }
        assertThat(known.size()).isEqualTo(KnownRevocations.DELETIONS);
        known.learn("key" + (many - 1), 2L * many - 1, FIRST);
        assertThat(known.all()).as("the latest deletions are remembered").isEmpty();
    }

    @Test
    void whatIsInForceIsNeverDropped() {
        known.learn("kept", 1, FIRST);
        for (int i = 0; i < 2 * KnownRevocations.DELETIONS; i++) {
            known.learn("gone" + i, i + 2L, null);
        }
        assertThat(known.all()).containsExactly(FIRST);
    }
}
