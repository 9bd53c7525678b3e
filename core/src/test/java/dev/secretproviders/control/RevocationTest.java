package dev.secretproviders.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.ResolverFixture;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A revoked version is denied whatever the manager says; others of the same secret are not. */
class RevocationTest {
    private static final String JACK = "jack/key";

    private final ResolverFixture it = new ResolverFixture();

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private void put(String version, String value) {
        it.provider.put("jack", version, "key", value);
        it.resolver.refresh(it.provider.id, List.of());
        it.drain();
    }

    private void revoke(@Nullable String version) {
        it.resolver.deny(new RevokedVersions(
                List.of(new Revocation(it.provider.id, "jack", version, null, "jane", it.clock()))));
    }

    @Test
    void currentVersionEndsAtOnceOnTheRequestPathTooAndNoRefreshBringsItBack() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        HeldVersion inTheIndex =
                Objects.requireNonNull(it.resolution(JACK).current()).version();
        int changes = it.events.changes;

        revoke("1");
        assertThat(inTheIndex.usableAt(it.now())).isFalse();
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(it.resolution(JACK).problem()).contains("version 1 was revoked");
        assertThat(it.events.changes).isEqualTo(changes + 1);

        it.resolver.refresh(it.provider.id, List.of());
        it.drain();
        it.pass(ResolverFixture.STALE_TTL);
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
    }

    @Test
    void laterVersionWorksAtOnce() {
        put("1", "secret-a");
        it.resolve(JACK);
        revoke("1");
        put("2", "secret-b");
        assertThat(it.isCurrent(JACK, "secret-b")).isTrue();
        assertThat(it.isPrevious(JACK, "secret-a")).isFalse();
    }

    @Test
    void previousVersionEndsWithinItsOverlapAndTheCurrentOneStays() {
        put("1", "secret-a");
        it.resolve(JACK);
        put("2", "secret-b");
        assertThat(it.isPrevious(JACK, "secret-a")).isTrue();
        revoke("1");
        assertThat(it.isPrevious(JACK, "secret-a")).isFalse();
        assertThat(it.isCurrent(JACK, "secret-b")).isTrue();
    }

    @Test
    void runnerThatStartsAfterwardsTakesOverNeitherTheCurrentNorThePreviousVersion() {
        revoke("1");
        it.provider.putCreatedAt(it.clock(), "jack", "2", "key", "secret-b");
        it.provider.putPrevious("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        assertThat(it.isCurrent(JACK, "secret-b")).isTrue();
        assertThat(it.isPrevious(JACK, "secret-a")).isFalse();

        revoke(null);
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
        put("3", "secret-c");
        assertThat(it.state(JACK)).as("all means those to come, too").isEqualTo(ResolutionState.NEGATIVE);
    }

    @Test
    void versionThatEachRunnerNamesWithADigestOfItsOwnIsKnownToAllByTheRest() {
        put("3-content-00ab12cd", "secret-a");
        it.resolve(JACK);
        revoke("3");
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
        put("4-content-00ab12cd", "secret-b");
        assertThat(it.isCurrent(JACK, "secret-b")).isTrue();
        put("33-content-00ab12cd", "secret-c");
        assertThat(it.isCurrent(JACK, "secret-c")).isTrue();
    }

    @Test
    void answerUnderWayWhenItIsRevokedDoesNotBringItBack() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        it.resolver.refresh(it.provider.id, List.of());
        revoke("1");
        it.drain();
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
    }

    @Test
    void revocationTakenBackCountsWithTheNextAnswer() {
        put("1", "secret-a");
        it.resolve(JACK);
        revoke("1");
        it.resolver.deny(RevokedVersions.NONE);
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
        Set<String> _ = it.resolver.refreshMatching(it.provider.id, "jack"::equals);
        it.drain();
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
    }

    @Test
    void namesDifferWhereVersionOrSecretDo() {
        var names = new java.util.HashSet<String>();
        for (String path : List.of("a", "a/b")) {
            for (String version : new String[] {null, "*", "1", "="}) {
                names.add(new Revocation(it.provider.id, path, version, null, "jane", it.clock()).id());
            }
        }
        assertThat(names).hasSize(8);
    }
}
