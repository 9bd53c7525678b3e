package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which changes wait after a long build of the index, and which never do. */
class BuildPacingTest {
    private final DirectoryFixture it = new DirectoryFixture();

    /** Runs a build of fifty milliseconds, so that the next one is postponed for two hundred. */
    @BeforeEach
    void longBuild() {
        it.secrets.provider.put("jack", "1", "key", "old");
        it.consumer("jack", it.referenced(null, "jack/key")).publish();
        it.buildTakes = Duration.ofMillis(50);
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
    void otherConsumersWaitForTheEndOfTheRest() {
        it.consumer("zoe", it.literal(null, "zoe-key")).publish();
        assertThat(reason("zoe-key")).isEqualTo(Reason.INVALID_KEY);
        assertThat(it.later).hasSize(1);

        it.rest(Duration.ofMillis(200));
        it.later.remove().run();
        it.settle();

        assertThat(reason("zoe-key")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void whatComesInTheRestIsTakenTogether() {
        long before = it.directory.sequence();
        for (String name : List.of("a", "b", "c")) {
            it.consumer(name, it.literal(null, name + "-key")).publish();
        }
        assertThat(it.later).as("one build is put off, not three").hasSize(1);
        it.rest(Duration.ofMillis(200));
        it.later.remove().run();
        it.settle();
        assertThat(it.directory.size()).isEqualTo(5);
        assertThat(it.directory.sequence())
                .as("three times nothing to change in place, and one build")
                .isEqualTo(before + 4);
    }

    @Test
    void deniedSecretAndRotationDoNotWait() {
        it.rotate("jack", "2", "new");
        it.settle();
        assertThat(reason("new")).isEqualTo(Reason.ACCEPTED);

        it.secrets.provider.gone("jack");
        it.secrets.resolver.refresh(it.secrets.provider.id, List.of());
        it.secrets.drain();
        it.settle();
        assertThat(reason("new")).isEqualTo(Reason.INVALID_KEY);
        assertThat(it.later).isEmpty();
    }

    @Test
    void deniedSecretDoesNotWaitForABuildThatIsPutOff() {
        it.consumer("zoe", it.literal(null, "zoe-key")).publish();

        it.secrets.provider.gone("jack");
        it.secrets.resolver.refresh(it.secrets.provider.id, List.of());
        it.secrets.drain();
        it.settle();

        assertThat(reason("old")).isEqualTo(Reason.INVALID_KEY);
        assertThat(it.affected()).containsExactly("jack");
        assertThat(reason("zoe-key")).as("still put off").isEqualTo(Reason.INVALID_KEY);
    }

    /** The provider's access rules take effect immediately. */
    @Test
    void providerThatIsTakenOutOfForceDoesNotWait() {
        it.secrets.resolver.remove(it.secrets.provider.id);
        it.settle();
        assertThat(reason("old")).isEqualTo(Reason.INVALID_KEY);
        assertThat(it.later).isEmpty();
    }

    @Test
    void gatewayConfigurationThatLeavesTheConsumersAsTheyAreBuildsNothing() {
        it.publish();
        assertThat(it.later).isEmpty();
        assertThat(it.affected()).isEmpty();
    }
}
