package dev.secretproviders.admin.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.rotation.VersionUsers.Moved;
import dev.secretproviders.admin.rotation.VersionUsers.User;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.auth.usage.PreviousUses;
import dev.secretproviders.consumer.CredentialKind;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VersionUsersTest {
    private static final Instant ROTATED = Instant.parse("2026-01-01T00:00:00.900Z");
    private static final Instant SAME_SECOND = Instant.parse("2026-01-01T00:00:00Z");

    private static Moved moved(@Nullable Instant last, @Nullable Instant previous) {
        return new User(
                        new CredentialName("jack", null, CredentialKind.KEY_AUTH),
                        last,
                        previous == null ? null : new PreviousUses(3, previous))
                .moved(ROTATED);
    }

    @Test
    void credentialThatWasNotUsedSinceTheRotationIsSilent() {
        assertThat(moved(null, null)).isEqualTo(Moved.SILENT);
        assertThat(moved(SAME_SECOND.minusSeconds(2), SAME_SECOND.minusSeconds(2)))
                .isEqualTo(Moved.SILENT);
    }

    @Test
    void credentialWhoseLastUseWasWithTheOldVersionHasNotMoved() {
        assertThat(moved(SAME_SECOND, SAME_SECOND)).isEqualTo(Moved.PREVIOUS);
        assertThat(moved(SAME_SECOND.minusSeconds(1), SAME_SECOND.minusSeconds(1)))
                .isEqualTo(Moved.PREVIOUS);
        assertThat(moved(SAME_SECOND.plusSeconds(9), SAME_SECOND.plusSeconds(9)))
                .isEqualTo(Moved.PREVIOUS);
    }

    /** A use shortly before the rotation may be shown as one in the second after it. */
    @Test
    void useThatMayHaveBeenBeforeTheRotationDoesNotCountAsMoved() {
        assertThat(moved(SAME_SECOND.plusSeconds(1), null)).isEqualTo(Moved.SILENT);
        assertThat(moved(SAME_SECOND.plusSeconds(2), null)).isEqualTo(Moved.MOVED);
    }

    @Test
    void credentialThatUsedBothMayStillHaveClientsToMove() {
        assertThat(moved(SAME_SECOND.plusSeconds(9), SAME_SECOND.plusSeconds(8)))
                .isEqualTo(Moved.BOTH);
    }

    @Test
    void usesBeforeTheRotationDoNotCount() {
        assertThat(moved(SAME_SECOND.plusSeconds(9), SAME_SECOND.minusSeconds(8)))
                .isEqualTo(Moved.MOVED);
        assertThat(moved(SAME_SECOND.plusSeconds(9), null)).isEqualTo(Moved.MOVED);
    }
}
